/**
 * Parses JSON from files of unknown origin. `JSON.parse` alone takes the last of two equal keys, and builds whatever it
 * is given until memory runs out; here both are refused, the latter before anything is built.
 *
 * Headers have up to 100 MB, so the usual case is one pass over the bytes that builds nothing: an object has a key
 * twice exactly where the text has more keys than the value built from it.
 */
import { quoted } from '../../protocol/visible';

export interface JsonLimits {
  /**
   * By nesting level of objects and lists, from the outermost: how many members one of them may have. Deeper nesting is
   * refused.
   */
  levels: readonly JsonLevel[];
  /** Objects and lists in total. */
  containers: number;
}

export interface JsonLevel {
  most: number;
  /** The message for more members. */
  fault: string;
}

/** This many levels with the same limits. */
export function levels(count: number, most: number): JsonLevel[] {
  return Array.from({ length: count }, () => ({
    most,
    fault: `has more than ${most} members in one object or list`,
  }));
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/** The value of `bytes`. @throws Error whose message says, in words for users, what is wrong with them. */
export function parseStrictJson(bytes: Uint8Array, limits: JsonLimits): unknown {
  const keys = checkJsonLimits(bytes, limits);
  const text = decodeUtf8(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('is not valid JSON');
  }
  if (keys !== keysIn(value)) throw new Error(`names ${quoted(firstDuplicate(text) ?? '')} twice`);
  return value;
}

/** @throws Error saying that the bytes are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error('is not valid UTF-8');
  }
}

/**
 * Checks the limits in one pass that builds nothing. The text need not be valid JSON.
 * @returns how many keys it has. @throws Error whose message says, in words for users, which limit it exceeds.
 */
export function checkJsonLimits(bytes: Uint8Array, { levels: allowed, containers }: JsonLimits): number {
  /** Commas so far in the open objects and lists, by level. */
  const commas = new Float64Array(allowed.length + 1);
  let depth = 0;
  let opened = 0;
  let keys = 0;
  let inText = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (inText) {
      // No byte of a multi-byte UTF-8 character equals either.
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) inText = false;
      continue;
    }
    if (byte === QUOTE) inText = true;
    else if (byte === COLON) keys++;
    else if (byte === COMMA) {
      const level = allowed[depth - 1];
      if (level && ++commas[depth]! >= level.most) throw new Error(level.fault);
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      if (++depth > allowed.length) throw new Error(`is nested more than ${allowed.length} levels deep`);
      if (++opened > containers) throw new Error(`has more than ${containers} objects and lists`);
      commas[depth] = 0;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth--;
  }
  return keys;
}

/** The number of keys of all objects in `value`. */
function keysIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + keysIn(each), 0);
  let keys = 0;
  // JSON.parse makes plain objects, so inherited properties are not enumerable.
  for (const key in value) keys += 1 + keysIn((value as Record<string, unknown>)[key]);
  return keys;
}

/** The first key that an object of a valid text has twice; null where there is none. */
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

/** The index after the closing quote of the string that opens at `at`. */
export function endOfString(text: string, at: number): number {
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
