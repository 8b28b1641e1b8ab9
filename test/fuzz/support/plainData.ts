/** Inputs as text, for files that people can read: JSON, in which what JSON has no word for is an object with one `$` key. */

const NUMBERS = { NaN, Infinity, '-Infinity': -Infinity, '-0': -0 } as const;

type Tagged =
  | { $number: keyof typeof NUMBERS }
  | { $text: string }
  | { $base64: string }
  | { $undefined: true }
  | { $entries: [string, unknown][] };

/** Bytes that are text are written as such. */
export function writeData(value: unknown): string {
  return `${JSON.stringify(tag(value), null, 1)}\n`;
}

export function readData(text: string): unknown {
  return untag(JSON.parse(text));
}

function tag(value: unknown): unknown {
  if (value === undefined) return { $undefined: true } satisfies Tagged;
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)))
    return { $number: Object.is(value, -0) ? '-0' : (String(value) as 'NaN') } satisfies Tagged;
  if (value instanceof Uint8Array) return tagBytes(value);
  if (Array.isArray(value)) return value.map(tag);
  if (typeof value !== 'object' || value === null) return value;
  // As a list, because of keys such as "__proto__" and "$text".
  return { $entries: Object.entries(value).map(([key, each]) => [key, tag(each)]) } satisfies Tagged;
}

function tagBytes(bytes: Uint8Array): Tagged {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8');
  return Buffer.from(text).equals(buffer) ? { $text: text } : { $base64: buffer.toString('base64') };
}

function untag(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(untag);
  if (typeof value !== 'object' || value === null) return value;
  const tagged = value as Tagged;
  if ('$undefined' in tagged) return undefined;
  if ('$number' in tagged) return NUMBERS[tagged.$number];
  if ('$text' in tagged) return new Uint8Array(Buffer.from(tagged.$text));
  if ('$base64' in tagged) return new Uint8Array(Buffer.from(tagged.$base64, 'base64'));
  const object = {};
  for (const [key, each] of tagged.$entries) {
    Object.defineProperty(object, key, {
      value: untag(each),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return object;
}
