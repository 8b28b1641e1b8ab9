/**
 * Headers of safetensors files as the format's own library writes them: no spaces, no escapes, the entry's fields in one
 * order. Half a million entries of such a header are read in place, where `JSON.parse` builds a tree of two million values
 * first. All others, and all that are wrong in any way, are left to the general reader.
 */

/** Element type and shape; tensors of one kind share it. */
export interface TensorKind {
  dtype: string;
  shape: number[];
}

export type TakeEntry = (name: string, kind: TensorKind, begin: number, end: number) => void;

/** Escapes, and characters that JSON does not allow in texts. */
const UNUSUAL = /[\\\u0000-\u001f]/; // eslint-disable-line no-control-regex -- control characters are what is looked for
const METADATA_NAME = '__metadata__';
const SHAPE = '","shape":[';
/** A type and a shape as they are written; what is longer is wrong, and for the general reader to complain about. */
const MAX_KIND_LENGTH = 4096;
const SIZE = /^(?:0|[1-9]\d*)$/;
const ZERO = 0x30;
const NINE = 0x39;

/**
 * Reads a header.
 * @param take told every entry in turn.
 * @returns the text of its metadata, '{}' where there is none; null where it is not such a header: then what was taken
 *   counts for nothing.
 */
export function readPlainHeader(text: string, take: TakeEntry): string | null {
  const reader = new PlainReader(text);
  if (!reader.literal('{')) return null;
  const described = reader.literal(`"${METADATA_NAME}":`);
  const metadata = described ? reader.flatObject() : '{}';
  if (metadata === null || UNUSUAL.test(text.slice(reader.at))) return null;
  const names = new Set<string>();
  let separated = !described || reader.literal(',');
  while (separated) {
    const name = reader.name();
    const kind = name === null ? null : reader.kind();
    const offsets = kind === null ? null : reader.offsets();
    if (name === null || name === METADATA_NAME || names.has(name) || !kind || !offsets) return null;
    names.add(name);
    take(name, kind, offsets[0], offsets[1]);
    separated = reader.literal(',');
  }
  return reader.literal('}') && /^ *$/.test(text.slice(reader.at)) ? metadata : null;
}

class PlainReader {
  at = 0;
  readonly #kinds = new Map<string, TensorKind | null>();

  constructor(private readonly text: string) {}

  literal(expected: string): boolean {
    if (!this.text.startsWith(expected, this.at)) return false;
    this.at += expected.length;
    return true;
  }

  /** `"name":` */
  name(): string | null {
    if (!this.literal('"')) return null;
    const end = this.text.indexOf('"', this.at);
    const name = this.text.slice(this.at, end);
    this.at = end + 1;
    return end >= 0 && this.literal(':') ? name : null;
  }

  /** `{"dtype":"F16","shape":[2,3],` */
  kind(): TensorKind | null {
    if (!this.literal('{"dtype":"')) return null;
    const end = this.text.indexOf(']', this.at);
    const written = this.text.slice(this.at, end);
    this.at = end + 1;
    if (end < 0 || written.length > MAX_KIND_LENGTH || !this.literal(',')) return null;
    let kind = this.#kinds.get(written);
    if (kind === undefined) this.#kinds.set(written, (kind = kindOf(written)));
    return kind;
  }

  /** `"data_offsets":[0,12]}` */
  offsets(): [begin: number, end: number] | null {
    if (!this.literal('"data_offsets":[')) return null;
    const begin = this.#integer();
    if (begin === null || !this.literal(',')) return null;
    const end = this.#integer();
    return end !== null && this.literal(']}') ? [begin, end] : null;
  }

  #integer(): number | null {
    const begin = this.at;
    let value = 0;
    for (; ; this.at++) {
      const digit = this.text.charCodeAt(this.at);
      if (!(digit >= ZERO && digit <= NINE)) break;
      value = 10 * value + (digit - ZERO);
    }
    const digits = this.at - begin;
    const leadingZero = digits > 1 && this.text.charCodeAt(begin) === ZERO;
    return digits > 0 && !leadingZero && Number.isSafeInteger(value) ? value : null;
  }

  /** An object without others in it, as it is written. */
  flatObject(): string | null {
    const begin = this.at;
    if (!this.literal('{')) return null;
    for (let quoted = false; this.at < this.text.length;) {
      const character = this.text[this.at++];
      if (quoted && character === '\\') this.at++;
      else if (character === '"') quoted = !quoted;
      else if (!quoted && character === '}') return this.text.slice(begin, this.at);
      else if (!quoted && (character === '{' || character === '[')) return null;
    }
    return null;
  }
}

/** @param written such as `F16","shape":[2,3` */
function kindOf(written: string): TensorKind | null {
  const at = written.indexOf('"');
  if (at < 0 || !written.startsWith(SHAPE, at)) return null;
  const sizes = written.slice(at + SHAPE.length);
  const numbers = sizes === '' ? [] : sizes.split(',');
  const shape = numbers.map(Number);
  return numbers.every((number) => SIZE.test(number)) && shape.every(Number.isSafeInteger)
    ? { dtype: written.slice(0, at), shape }
    : null;
}
