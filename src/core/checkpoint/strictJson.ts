/**
 * JSON from files of unknown origin. `JSON.parse` alone keeps the last of two equal keys, and builds whatever
 * nesting it is given until memory runs out; here both are refused, the latter before anything is built.
 *
 * Headers have up to 100 MB, so the usual case is one pass over the bytes that builds nothing: an object has a key twice
 * exactly where the text has more keys than the value built from it.
 */

export interface JsonLimits {
  /** Levels of objects and arrays. */
  depth: number;
  /** Objects and arrays in all. */
  containers: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/** The value that `bytes` spell. @throws Error saying, in words for users, what is wrong with them. */
export function parseStrictJson(bytes: Uint8Array, limits: JsonLimits): unknown {
  const text = decodeUtf8(bytes);
  const keys = countKeys(bytes, limits);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('is not valid JSON');
  }
  if (keys !== keysIn(value)) throw new Error(`names ${JSON.stringify(firstDuplicate(text))} twice`);
  return value;
}

/** @throws Error saying that the bytes are no UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error('is not valid UTF-8');
  }
}

/** Checks the limits and returns how many keys the text has. It need not be valid JSON. */
function countKeys(bytes: Uint8Array, limits: JsonLimits): number {
  let depth = 0;
  let containers = 0;
  let keys = 0;
  let quoted = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (quoted) {
      // No byte of a longer UTF-8 character looks like either.
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) quoted = false;
      continue;
    }
    if (byte === QUOTE) quoted = true;
    else if (byte === COLON) keys++;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      if (++depth > limits.depth) throw new Error(`is nested more than ${limits.depth} levels deep`);
      if (++containers > limits.containers)
        throw new Error(`has more than ${limits.containers} objects and lists`);
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth--;
  }
  return keys;
}

/** The keys of all objects in `value`. */
function keysIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + keysIn(each), 0);
  let keys = 0;
  // JSON.parse makes plain objects, so what they inherit is not enumerable.
  for (const key in value) keys += 1 + keysIn((value as Record<string, unknown>)[key]);
  return keys;
}

/** The first key that an object of a valid text has twice; null where none has. */
function firstDuplicate(text: string): string | null {
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case OPEN_OBJECT:
        open.push(new Set());
        break;
      case OPEN_ARRAY:
        open.push(null);
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        open.pop();
        break;
      case QUOTE: {
        const end = endOfString(text, at);
        const keys = open.at(-1);
        if (keys && text.charCodeAt(skipSpace(text, end)) === COLON) {
          const key = JSON.parse(text.slice(at, end)) as string;
          if (keys.has(key)) return key;
          keys.add(key);
        }
        at = end - 1;
      }
    }
  }
  return null;
}

/** Index after the closing quote of the string that opens at `at`. */
function endOfString(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) return i + 1;
    if (code === BACKSLASH) i++;
  }
  return text.length;
}

function skipSpace(text: string, at: number): number {
  while (' \t\r\n'.includes(text.charAt(at)) && at < text.length) at++;
  return at;
}
