/**
 * Reads the header of a GGUF file: its metadata, and where its tensors are
 * (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md; where that is silent, `gguf.cpp` decides). Values are
 * read later, by range.
 */
import { MAX_TENSORS } from './caps';
import { integer } from '../../../protocol/format';
import { quoted } from '../../../protocol/visible';
import { sliceOf, type ByteSource } from '../../storage/storage';

/** What is wrong with a header, in words for users. */
export class GgufFault extends Error {
  /** @param unsupported whether the file is sound, but of a kind that is not read. */
  constructor(
    message: string,
    readonly unsupported = false,
  ) {
    super(message);
  }
}

/** For a list: its length and type, and its numbers where they are few. */
export type GgufValue = number | string | boolean | GgufList;
export interface GgufList {
  count: number;
  numbers: readonly number[] | null;
}

export interface GgufTensor {
  name: string;
  /** Row-major: elements along the last dimension are adjacent. */
  shape: readonly number[];
  /** ggml's number of the stored type. */
  type: number;
  /** Relative to the beginning of the values. */
  offset: number;
}

export interface GgufHeader {
  /** In file order; keys are unique. */
  metadata: ReadonlyMap<string, GgufValue>;
  /** In file order; names are unique. */
  tensors: readonly GgufTensor[];
  /** Tensors begin at multiples of this. */
  alignment: number;
  /** Absolute offset of the values. */
  valuesAt: number;
}

/** Real files have 20 to 60. */
const MAX_KEYS = 100_000;
/** Vocabularies have up to 300,000 tokens, in three lists. */
const MAX_LIST_ELEMENTS = 20_000_000;
/** Chat templates and license texts have about 100 KB. */
const MAX_TEXT_BYTES = 2 ** 20;
/** Names are shown, joined to keys and matched by patterns; ggml itself allows 63 bytes. */
const MAX_NAME_BYTES = 4096;
/** The deepest known nesting is a list in a list. */
const MAX_LIST_DEPTH = 4;
/** ggml's `GGML_MAX_DIMS`. */
const MAX_DIMENSIONS = 4;
/** 32 in nearly all files. */
const MAX_ALIGNMENT = 65_536;
/** For lists with one number per block. */
const MAX_KEPT_NUMBERS = 4096;
/** The number of bytes read at once. */
const WINDOW_BYTES = 2 ** 18;

const TEXT = 8;
const LIST = 9;
/** Numbers and booleans by type number: size in bytes, and how to read the value. */
const SCALARS: Readonly<
  Record<number, readonly [bytes: number, read: (view: DataView, at: number) => GgufValue]>
> = {
  0: [1, (view, at) => view.getUint8(at)],
  1: [1, (view, at) => view.getInt8(at)],
  2: [2, (view, at) => view.getUint16(at, true)],
  3: [2, (view, at) => view.getInt16(at, true)],
  4: [4, (view, at) => view.getUint32(at, true)],
  5: [4, (view, at) => view.getInt32(at, true)],
  6: [4, (view, at) => view.getFloat32(at, true)],
  7: [1, (view, at) => view.getUint8(at) !== 0],
  10: [8, (view, at) => large(view.getBigUint64(at, true))],
  11: [8, (view, at) => large(view.getBigInt64(at, true))],
  12: [8, (view, at) => view.getFloat64(at, true)],
};

/** A number where it is exact, otherwise its digits. */
function large(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

/**
 * @param onTensors called now and then with the number of tensors found so far.
 * @throws GgufFault; NeuroMfaError where the file cannot be read.
 */
export function readGgufHeader(source: ByteSource, onTensors: (count: number) => void): GgufHeader {
  const reader = new Reader(source, onTensors);
  if (reader.text(4) !== 'GGUF') throw new GgufFault('it does not begin like a GGUF file');
  const version = reader.u32();
  if (version !== 2 && version !== 3) {
    const kind = version > 0xffff ? 'big-endian' : `of version ${version} of GGUF`;
    throw new GgufFault(`it is ${kind}; versions 2 and 3 in little-endian order are read`, true);
  }
  const count = reader.count(MAX_TENSORS, 'tensors');
  const keys = reader.count(MAX_KEYS, 'entries of metadata');
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < keys; i++) {
    const key = reader.name('key of metadata');
    if (metadata.has(key)) throw new GgufFault(`its metadata have ${quoted(key)} twice`);
    metadata.set(key, reader.value(reader.u32(), 0));
  }
  const tensors: GgufTensor[] = [];
  const names = new Set<string>();
  for (let i = 0; i < count; i++) {
    const tensor = readTensor(reader);
    if (names.has(tensor.name)) throw new GgufFault(`it has tensor ${quoted(tensor.name)} twice`);
    names.add(tensor.name);
    tensors.push(tensor);
    reader.found = tensors.length;
  }
  const alignment = metadata.get('general.alignment') ?? 32;
  if (typeof alignment !== 'number' || !isAlignment(alignment))
    throw new GgufFault('its alignment is no power of two from 8 to 65,536');
  return { metadata, tensors, alignment, valuesAt: Math.ceil(reader.at / alignment) * alignment };
}

function isAlignment(value: number): boolean {
  return Number.isInteger(Math.log2(value)) && value >= 8 && value <= MAX_ALIGNMENT;
}

function readTensor(reader: Reader): GgufTensor {
  const name = reader.name('tensor name');
  const dimensions = reader.u32();
  if (dimensions > MAX_DIMENSIONS) {
    throw new GgufFault(
      `tensor ${quoted(name)} has ${dimensions} dimensions; at most ${MAX_DIMENSIONS} are allowed`,
    );
  }
  const shape: number[] = [];
  // Elements along the first dimension are adjacent.
  for (let i = 0; i < dimensions; i++) shape.unshift(reader.u64(`a side of tensor ${quoted(name)}`));
  return { name, shape, type: reader.u32(), offset: reader.u64(`the offset of tensor ${quoted(name)}`) };
}

/** Reads the file through a window that moves forward. */
class Reader {
  /** Position of the next byte in the file. */
  at = 0;
  /** Number of tensors found so far. */
  found = 0;
  #window = new DataView(new ArrayBuffer(0));
  #windowAt = 0;
  #listElements = 0;

  constructor(
    private readonly source: ByteSource,
    private readonly onTensors: (count: number) => void,
  ) {}

  /** Advances by this many bytes and makes sure that they are in the window. @returns their position in it. */
  #take(bytes: number): number {
    const begin = this.at;
    this.skip(bytes);
    if (begin < this.#windowAt || this.at > this.#windowAt + this.#window.byteLength) {
      const length = Math.min(Math.max(bytes, WINDOW_BYTES), this.source.size - begin);
      this.#window = new DataView(sliceOf(this.source, begin, length).buffer);
      this.#windowAt = begin;
      this.onTensors(this.found);
    }
    return begin - this.#windowAt;
  }

  skip(bytes: number): void {
    const left = this.source.size - this.at;
    if (bytes > left)
      throw new GgufFault(`it is cut short: at least ${integer(bytes - left)} of its bytes are missing`);
    this.at += bytes;
  }

  u32(): number {
    const at = this.#take(4);
    return this.#window.getUint32(at, true);
  }

  u64(what: string): number {
    const at = this.#take(8);
    const value = Number(this.#window.getBigUint64(at, true));
    if (!Number.isSafeInteger(value)) throw new GgufFault(`${what} is beyond 2^53`);
    return value;
  }

  count(most: number, of: string): number {
    const count = this.u64(`the number of ${of}`);
    if (count > most) throw new GgufFault(`it claims ${count} ${of}; at most ${most} are allowed`);
    return count;
  }

  /** @param strict whether invalid UTF-8 is a fault. */
  text(bytes: number, strict = false): string {
    const at = this.#take(bytes);
    const text = new Uint8Array(this.#window.buffer, at, bytes);
    try {
      return new TextDecoder('utf-8', { fatal: strict, ignoreBOM: true }).decode(text);
    } catch {
      throw new GgufFault('a name in it is no valid UTF-8');
    }
  }

  name(what: string): string {
    const length = this.u64(`the length of a ${what}`);
    if (length > MAX_NAME_BYTES) {
      throw new GgufFault(
        `a ${what} has ${integer(length)} bytes; at most ${integer(MAX_NAME_BYTES)} are allowed`,
      );
    }
    return this.text(length, true);
  }

  value(type: number, depth: number): GgufValue {
    const scalar = SCALARS[type];
    if (scalar) {
      const at = this.#take(scalar[0]);
      return scalar[1](this.#window, at);
    }
    if (type === LIST) return this.#list(depth);
    if (type !== TEXT)
      throw new GgufFault(`its metadata have a value of type ${type}, which GGUF does not define`);
    const length = this.u64('the length of a text');
    if (length > MAX_TEXT_BYTES) {
      throw new GgufFault(
        `a text of its metadata has ${integer(length)} bytes; at most ${integer(MAX_TEXT_BYTES)} are allowed`,
      );
    }
    return this.text(length);
  }

  /** Skips lists: nobody needs a vocabulary. */
  #list(depth: number): GgufList {
    if (depth >= MAX_LIST_DEPTH)
      throw new GgufFault(`its metadata have lists more than ${MAX_LIST_DEPTH} deep`);
    const type = this.u32();
    const count = this.u64('the length of a list');
    this.#listElements += count;
    if (this.#listElements > MAX_LIST_ELEMENTS) {
      throw new GgufFault(`the lists of its metadata have more than ${MAX_LIST_ELEMENTS} elements`);
    }
    const scalar = SCALARS[type];
    if (scalar && count > MAX_KEPT_NUMBERS) {
      this.skip(scalar[0] * count);
      return { count, numbers: null };
    }
    const numbers: number[] = [];
    for (let i = 0; i < count; i++) {
      if (type === TEXT) this.skip(this.u64('the length of a text'));
      else {
        const value = this.value(type, depth + 1);
        if (typeof value === 'number') numbers.push(value);
      }
    }
    return { count, numbers: numbers.length === count ? numbers : null };
  }
}
