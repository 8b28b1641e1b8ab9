/**
 * Parses the header of a safetensors file in place: for 100,000 tensors, `JSON.parse` would first build a tree of half
 * a million values. Any valid JSON of the right form is read. A general parser is used only to word the error for
 * anything else.
 */
import { MAX_DIMENSIONS, MAX_TENSORS } from './caps';
import { quoted } from '../../../protocol/visible';
import { decodeUtf8, endOfString, parseStrictJson, type JsonLevel, type JsonLimits } from '../strictJson';
import { isTextMap } from '../textMap';

/** Number of fields in a tensor's entry, whatever they are. */
const MAX_FIELDS = 100;
/** Quantization libraries write an entry per tensor; all other programs write a few. */
export const MAX_METADATA_ENTRIES = 100_000;

export type TakeEntry = (name: string, entry: HeaderEntry) => void;

interface TensorKind {
  dtype: string;
  /** Tensors of one kind mostly share this array. */
  shape: readonly number[];
}

export interface HeaderEntry extends TensorKind {
  /** Range of the values, in bytes after the header. */
  begin: number;
  end: number;
}

/** Why a header cannot be read, in words for users. */
export class HeaderFault extends Error {}

const METADATA = '__metadata__';
const MORE_TENSORS = `lists more than ${MAX_TENSORS} tensors`;
const METADATA_LEVEL: JsonLevel = {
  most: MAX_METADATA_ENTRIES,
  fault: `has more than ${MAX_METADATA_ENTRIES} entries of metadata`,
};
const LIST_LEVEL: JsonLevel = {
  most: MAX_DIMENSIONS,
  fault: `has a list of more than ${MAX_DIMENSIONS} numbers`,
};
const METADATA_LIMITS: JsonLimits = { levels: [METADATA_LEVEL], containers: 1 };
/** Limits for a field of an entry that has no meaning here. */
const FIELD_LIMITS: JsonLimits = { levels: [LIST_LEVEL], containers: 1 };
/** A tensor's entry holds two lists, so the header is three levels deep and has three containers per tensor. */
const LIMITS: JsonLimits = {
  levels: [{ most: MAX_TENSORS + 1, fault: MORE_TENSORS }, METADATA_LEVEL, LIST_LEVEL],
  containers: 3 * MAX_TENSORS + 2,
};

/**
 * Reads a header.
 * @param take called with every tensor in turn, before the text after it has been examined.
 * @returns its metadata. @throws HeaderFault, and whatever `take` throws.
 */
export function readHeader(bytes: Uint8Array, take: TakeEntry): Record<string, string> {
  const reader = new HeaderReader(worded(() => decodeUtf8(bytes)));
  try {
    return reader.read(take);
  } catch (error) {
    if (error !== ODD) throw error;
    worded(() => parseStrictJson(bytes, LIMITS));
    // The JSON is valid, so its form must be wrong.
    throw new HeaderFault(
      reader.name === METADATA
        ? 'its __metadata__ is not a map from text to text'
        : `its entry for ${quoted(reader.name)} is not of the form {dtype, shape, data_offsets}`,
    );
  }
}

function worded<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new HeaderFault(`its header ${(error as Error).message}`);
  }
}

/** Thrown where a header continues in a way that is not allowed. */
const ODD = new Error('an odd header');

const OPEN = 0x7b;
const CLOSE = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;
const QUOTE = 0x22;
const SPACE = 0x20;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const ZERO = 0x30;
const NINE = 0x39;
/** In the order in which the format's own library writes them. */
const FIELDS = ['dtype', 'shape', 'data_offsets'];
const WRITTEN_FIELDS = FIELDS.map((field) => `"${field}"`);
/** Escapes, and characters that JSON strings may not contain unescaped. */
const UNUSUAL = /[\\\u0000-\u001f]/; // eslint-disable-line no-control-regex -- this pattern looks for control characters
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** A longer beginning of an entry is parsed individually. */
const MAX_WRITTEN = 512;
const NO_KIND: Partial<TensorKind> = {};

class HeaderReader {
  /** The current entry. */
  name = '';
  #at = 0;
  /** Element type and shape by the text with which an entry begins. */
  readonly #kinds = new Map<string, TensorKind>();
  readonly #isUsual: boolean;

  constructor(private readonly text: string) {
    this.#isUsual = !UNUSUAL.test(text);
  }

  read(take: TakeEntry): Record<string, string> {
    let metadata: Record<string, string> = {};
    const names = new Set<string>();
    let tensors = 0;
    this.#expect(OPEN);
    for (let more = !this.#accepts(CLOSE); more; more = this.#continues(CLOSE)) {
      const name = (this.name = this.#string());
      if (names.size === names.add(name).size) throw ODD;
      this.#expect(COLON);
      if (name === METADATA) metadata = this.#metadata();
      else if (++tensors > MAX_TENSORS) throw new HeaderFault(`its header ${MORE_TENSORS}`);
      else take(name, this.#entry());
    }
    this.#skipSpace();
    if (this.#at < this.text.length) throw ODD;
    return metadata;
  }

  #entry(): HeaderEntry {
    this.#skipSpace();
    const begin = this.#at;
    // Up to the end of the shape, entries of one kind are the same text.
    const end = this.text.indexOf(']', begin) + 1;
    const written = end - begin > MAX_WRITTEN ? '' : this.text.slice(begin, end);
    let { dtype, shape }: Partial<TensorKind> = this.#kinds.get(written) ?? NO_KIND;
    let offsets: readonly number[] | undefined;
    let others: Set<string> | undefined;
    let place = 0;
    let more: boolean;
    if (shape) {
      place = 2;
      this.#at = end;
      more = this.#continues(CLOSE);
    } else {
      this.#expect(OPEN);
      more = !this.#accepts(CLOSE);
    }
    for (; more; more = this.#continues(CLOSE)) {
      const field = this.#field(place++);
      this.#expect(COLON);
      if (field === 'dtype' && dtype === undefined) dtype = this.#string();
      else if (field === 'shape' && shape === undefined) {
        shape = this.#sizes();
        if (dtype !== undefined && place === 2 && this.#at === end && written !== '') {
          this.#kinds.set(written, { dtype, shape });
        }
      } else if (field === 'data_offsets' && offsets === undefined) offsets = this.#sizes();
      else {
        others ??= new Set(FIELDS);
        if (others.size > MAX_FIELDS || others.size === others.add(field).size) throw ODD;
        this.#skipField();
      }
    }
    if (dtype === undefined || shape === undefined || offsets?.length !== 2) throw ODD;
    return { dtype, shape, begin: offsets[0]!, end: offsets[1]! };
  }

  /** The name of a field. Most often it is the usual one at this position. */
  #field(place: number): string {
    this.#skipSpace();
    const usual = WRITTEN_FIELDS[place];
    if (usual === undefined || !this.text.startsWith(usual, this.#at)) return this.#string();
    this.#at += usual.length;
    return FIELDS[place]!;
  }

  #sizes(): number[] {
    const sizes: number[] = [];
    this.#expect(OPEN_LIST);
    for (let more = !this.#accepts(CLOSE_LIST); more; more = this.#continues(CLOSE_LIST)) {
      if (sizes.push(this.#size()) > MAX_DIMENSIONS) throw ODD;
    }
    return sizes;
  }

  #size(): number {
    this.#skipSpace();
    const begin = this.#at;
    let value = 0;
    let digit = this.text.charCodeAt(begin);
    for (; digit >= ZERO && digit <= NINE; digit = this.text.charCodeAt(++this.#at)) {
      value = 10 * value + (digit - ZERO);
    }
    const plain = digit === COMMA || digit === CLOSE_LIST;
    if (!plain || this.#at === begin || (this.text.charCodeAt(begin) === ZERO && this.#at > begin + 1)) {
      // A number may be written in other ways.
      NUMBER.lastIndex = begin;
      const [written] = NUMBER.exec(this.text) ?? [''];
      if (written === '') throw ODD;
      this.#at = begin + written.length;
      value = Number(written);
    }
    if (!Number.isSafeInteger(value) || value < 0) throw ODD;
    return value;
  }

  #string(): string {
    this.#expect(QUOTE);
    const begin = this.#at;
    const quote = this.text.indexOf('"', begin);
    if (quote < 0) throw ODD;
    const written = this.text.slice(begin, quote);
    if (this.#isUsual || !UNUSUAL.test(written)) {
      this.#at = quote + 1;
      return written;
    }
    this.#at = endOfString(this.text, begin - 1);
    try {
      return JSON.parse(this.text.slice(begin - 1, this.#at)) as string;
    } catch {
      throw ODD;
    }
  }

  #metadata(): Record<string, string> {
    const written = this.#value();
    // Whatever is wrong here, the parser of the whole header reports it.
    const value: unknown = trusted(written, METADATA_LIMITS);
    if (!isTextMap(value)) throw ODD;
    return value;
  }

  #skipField(): void {
    trusted(this.#value(), FIELD_LIMITS);
  }

  /** Any value without nested objects or lists, as text. */
  #value(): string {
    this.#skipSpace();
    const begin = this.#at;
    for (let open = false; this.#at < this.text.length;) {
      const code = this.text.charCodeAt(this.#at);
      if (code === QUOTE) {
        this.#at = endOfString(this.text, this.#at);
        continue;
      }
      const opens = code === OPEN || code === OPEN_LIST;
      if (opens && open) throw ODD;
      const closes = code === CLOSE || code === CLOSE_LIST;
      // The end of the value, or of its container.
      if (!open && (closes || code === COMMA)) break;
      this.#at++;
      if (closes) break;
      open ||= opens;
    }
    return this.text.slice(begin, this.#at);
  }

  /** Whether another member follows; otherwise moves past the end of the object or list. */
  #continues(close: number): boolean {
    if (this.#accepts(COMMA)) return true;
    this.#expect(close);
    return false;
  }

  #expect(code: number): void {
    if (!this.#accepts(code)) throw ODD;
  }

  #accepts(code: number): boolean {
    if (this.text.charCodeAt(this.#at) !== code) this.#skipSpace();
    if (this.text.charCodeAt(this.#at) !== code) return false;
    this.#at++;
    return true;
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.#at);
      if (code > SPACE || !(code === SPACE || code === LINE_FEED || code === TAB || code === CARRIAGE_RETURN))
        return;
      this.#at++;
    }
  }
}

function trusted(written: string, limits: JsonLimits): unknown {
  try {
    return parseStrictJson(Buffer.from(written), limits);
  } catch {
    throw ODD;
  }
}
