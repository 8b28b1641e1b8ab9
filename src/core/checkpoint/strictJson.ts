/**
 * JSON from files of unknown origin. `JSON.parse` alone keeps the last of two equal keys, and builds whatever
 * nesting it is given until memory runs out; here both are refused, the latter before anything is built.
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
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error('is not valid UTF-8');
  }
  const duplicate = scan(text, limits);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('is not valid JSON');
  }
  if (duplicate !== null) throw new Error(`names ${JSON.stringify(duplicate)} twice`);
  return value;
}

/** Checks the limits and returns the first key that an object has twice. The text need not be valid JSON. */
function scan(text: string, limits: JsonLimits): string | null {
  const open: (Set<string> | null)[] = [];
  let containers = 0;
  let duplicate: string | null = null;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        open.push(text.charCodeAt(at) === OPEN_OBJECT ? new Set() : null);
        if (open.length > limits.depth) throw new Error(`is nested more than ${limits.depth} levels deep`);
        if (++containers > limits.containers)
          throw new Error(`has more than ${limits.containers} objects and lists`);
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        open.pop();
        break;
      case QUOTE: {
        const end = endOfString(text, at);
        const keys = open.at(-1);
        if (keys && text.charCodeAt(skipSpace(text, end)) === COLON) {
          const key = text.slice(at, end).includes('\\')
            ? unescaped(text.slice(at, end))
            : text.slice(at + 1, end - 1);
          if (keys.has(key)) duplicate ??= key;
          keys.add(key);
        }
        at = end - 1;
      }
    }
  }
  return duplicate;
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

/** The key that `quoted` spells; a malformed one stays as it is, for JSON.parse to refuse. */
function unescaped(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted;
  }
}
