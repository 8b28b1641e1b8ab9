/**
 * Finds the datasets of an HDF5 file. Reads the part of the format that h5py and Keras write by default: superblock 0
 * or 1, symbol tables and contiguous values (https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t11.html). Any
 * other part is reported by its name. Addresses are relative to where the file begins in `source`: it may be a member
 * of an archive.
 */
import { integer } from '../../../protocol/format';
import { MAX_DIMENSIONS, MAX_NAME_LENGTH, MAX_TENSORS } from './caps';
import { sliceOf, type ByteRange, type ByteSource } from '../../storage/storage';
import type { DType } from '../dtype';
import { isHdf5 } from './heads';
import { FormatFault } from './reading';

export interface Dataset {
  /** The names of its groups, then its own. */
  path: string[];
  shape: number[];
  /** Null where its elements are not numbers of a known type. */
  dtype: DType | null;
  /** The absolute range of its values; null where they are not stored contiguously and unchanged. */
  values: ByteRange | null;
  /** Why `values` is null. */
  fault: string | null;
}

export interface Hdf5 {
  datasets: Dataset[];
  /** Text attributes of the root. */
  texts: Map<string, string>;
  /** The ranges that were read. */
  headers: ByteRange[];
}

/** Groups, their nodes and datasets in total: for a million datasets, a third is groups and nodes. */
const MAX_VISITS = 4_000_000;
/** Groups are nested as layers are, about ten deep. */
const MAX_DEPTH = 64;
/** Size of one object's header, which contains attributes of at most 64 KiB. */
const MAX_HEADER_BYTES = 16 * 2 ** 20;
/** What a file begins with, see `isHdf5`. */
const SIGNATURE_BYTES = 8;
/** Number of byte ranges that one object's header consists of: a few, each larger than the one before. */
const MAX_BLOCKS = 1000;
/** Size of the names in one group: about 60 MB for a million datasets. */
const MAX_HEAP_BYTES = 64 * 2 ** 20;
/** A model's configuration as JSON has a few MB. */
const MAX_TEXT_BYTES = 64 * 2 ** 20;

const MESSAGE = {
  space: 1,
  type: 3,
  fill: 5,
  link: 6,
  layout: 8,
  filters: 0x0b,
  attribute: 0x0c,
  continued: 0x10,
  table: 0x11,
};

/** A part of the format that `libver="latest"` and other programs write. */
class Newer extends FormatFault {}

/**
 * @param end end of the file in `source`. @throws FormatFault; {@link isOtherHdf5} says whether the file is sound
 *   but uses other parts of the format.
 */
export function readHdf5(
  source: ByteSource,
  start: number,
  end: number,
  onProgress: (count: number) => void,
): Hdf5 {
  return new Reader(source, start, end, onProgress).read();
}

/** Whether the file is sound, but uses parts of the format that this program does not read. */
export const isOtherHdf5 = (error: unknown): boolean => error instanceof Newer;

interface Message {
  type: number;
  bytes: Buffer;
}

class Reader {
  readonly #datasets: Dataset[] = [];
  readonly #texts = new Map<string, string>();
  readonly #headers: ByteRange[] = [];
  readonly #seen = new Set<number>();
  #visits = 0;

  constructor(
    private readonly source: ByteSource,
    private readonly start: number,
    private readonly end: number,
    private readonly onProgress: (count: number) => void,
  ) {}

  read(): Hdf5 {
    const block = this.#at(0, Math.min(100, this.end - this.start));
    if (block.length < 100 || !isHdf5(block.subarray(0, SIGNATURE_BYTES)))
      throw new FormatFault('it is too short for an HDF5 file');
    const version = block[8]!;
    if (version > 1) throw new Newer(`its superblock is of version ${version}`);
    if (block[13] !== 8 || block[14] !== 8) throw new Newer('its addresses have other than 8 bytes');
    const entry = version === 1 ? 60 : 56;
    // In an archive, addresses are relative to its own beginning; after a user block the superblock says so.
    const base = this.#address(block, entry - 32);
    if (base !== 0 && base !== this.start) throw new Newer('its addresses do not begin where it does');
    this.#object([], this.#known(block, entry + 8), 0);
    return { datasets: this.#datasets, texts: this.#texts, headers: this.#headers };
  }

  #object(path: string[], address: number, depth: number): void {
    this.#visit();
    if (depth > MAX_DEPTH) throw new FormatFault(`its groups are nested more than ${MAX_DEPTH} deep`);
    const messages = this.#messages(address);
    if (depth === 0) this.#readTexts(messages);
    const table = messages.find(({ type }) => type === MESSAGE.table)?.bytes;
    if (table) {
      // A group with several names is read once.
      if (this.#seen.has(address)) return;
      this.#seen.add(address);
      this.#need(table, 16);
      this.#group(path, this.#known(table, 0), this.#known(table, 8), depth);
      return;
    }
    if (messages.some(({ type }) => type === 2 || type === MESSAGE.link))
      throw new Newer(`the group ${JSON.stringify(path.join('/'))} has no symbol table`);
    this.#dataset(path, messages);
  }

  /** The messages of an object header, including those in continuation blocks. */
  #messages(address: number): Message[] {
    const head = this.#at(address, 16);
    if (head.toString('latin1', 0, 4) === 'OHDR') throw new Newer('its object headers are of version 2');
    if (head[0] !== 1) throw new FormatFault(`at byte ${address} is no object header`);
    let left = head.readUInt16LE(2);
    const blocks = [{ at: address + 16, size: head.readUInt32LE(8) }];
    const messages: Message[] = [];
    for (let i = 0; i < blocks.length && left > 0; i++) {
      const { at, size } = blocks[i]!;
      if (size > MAX_HEADER_BYTES)
        throw new FormatFault(`the object header at byte ${address} has ${integer(size)} bytes`);
      const bytes = this.#at(at, size);
      for (let from = 0; from + 8 <= size && left > 0; left--) {
        const type = bytes.readUInt16LE(from);
        const length = bytes.readUInt16LE(from + 2);
        const to = from + 8 + length;
        if (to > size) throw new FormatFault(`the object header at byte ${address} is damaged`);
        const content = bytes.subarray(from + 8, to);
        const shared = (bytes[from + 4]! & 2) !== 0;
        if (shared && type !== MESSAGE.attribute) throw new Newer('it shares types between datasets');
        if (type === MESSAGE.continued) {
          this.#need(content, 16);
          blocks.push({ at: this.#known(content, 0), size: this.#known(content, 8) });
          if (blocks.length > MAX_BLOCKS)
            throw new FormatFault(`the object header at byte ${address} does not end`);
        } else messages.push({ type, bytes: content });
        from = to;
      }
    }
    return messages;
  }

  /** The members of a group, by the tree of its symbol table. */
  #group(path: string[], tree: number, heap: number, depth: number): void {
    const head = this.#at(heap, 32);
    if (head.toString('latin1', 0, 4) !== 'HEAP') throw new FormatFault(`at byte ${heap} are no names`);
    const size = this.#known(head, 8);
    if (size > MAX_HEAP_BYTES) throw new FormatFault(`the names of a group have ${integer(size)} bytes`);
    const names = this.#at(this.#known(head, 24), size);
    const nodes = [tree];
    for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
      this.#visit();
      if (this.#seen.has(node)) throw new FormatFault(`the node at byte ${node} is in two places`);
      this.#seen.add(node);
      const begin = this.#at(node, 8);
      const count = begin.readUInt16LE(6);
      const signature = begin.toString('latin1', 0, 4);
      if (signature === 'TREE') {
        const children = this.#at(node + 24, count * 16 + 8);
        for (let i = count - 1; i >= 0; i--) nodes.push(this.#known(children, 8 + 16 * i));
      } else if (signature === 'SNOD') {
        const entries = this.#at(node + 8, count * 40);
        for (let at = 0; at < entries.length; at += 40) {
          const name = [...path, nameAt(names, this.#known(entries, at))];
          if (entries.readUInt32LE(at + 16) === 2) this.#skip(name, 'a link to another object');
          else this.#object(name, this.#known(entries, at + 8), depth + 1);
        }
      } else throw new FormatFault(`at byte ${node} is no node of a group`);
    }
  }

  #dataset(path: string[], messages: readonly Message[]): void {
    const of = (type: number): Buffer | undefined => messages.find((each) => each.type === type)?.bytes;
    const space = of(MESSAGE.space);
    const type = of(MESSAGE.type);
    const layout = of(MESSAGE.layout);
    if (!space || !type || !layout) return; // a committed (named) type
    this.#need(space, 4);
    const rank = space[1]!;
    if (rank > MAX_DIMENSIONS) throw new FormatFault(`a dataset has ${rank} dimensions`);
    const sizes = space[0] === 1 ? 8 : 4;
    this.#need(space, sizes + 8 * rank);
    const shape = Array.from({ length: rank }, (_, i) => this.#known(space, sizes + 8 * i));
    this.#need(type, 8);
    const dtype = dtypeOf(type);
    const bigEndian = (type[1]! & 1) !== 0 && type.readUInt32LE(4) > 1;
    const dataset: Dataset = { path, shape, dtype, values: null, fault: null };
    const filters = of(MESSAGE.filters);
    if (filters) dataset.fault = 'its values are compressed';
    else if (dtype !== null && bigEndian) dataset.fault = 'its values are big-endian';
    else if (layout[0] !== 3) dataset.fault = `its layout is of version ${layout[0]}`;
    else if (layout[1] === 2) dataset.fault = 'its values are in chunks';
    else if (layout[1] === 0) {
      this.#need(layout, 4);
      // The values are inside the header: few, and no weights.
      dataset.fault = 'its values are in its header';
    } else {
      this.#need(layout, 18);
      const offset = this.#address(layout, 2);
      const bytes = this.#known(layout, 10);
      if (offset === null) dataset.fault = bytes === 0 || shape.includes(0) ? null : 'it has no values';
      else if (this.start + offset + bytes > this.end)
        throw new FormatFault(`the values of ${JSON.stringify(path.join('/'))} end outside the file`);
      else dataset.values = { offset: this.start + offset, bytes };
    }
    this.#add(dataset);
  }

  #skip(path: string[], fault: string): void {
    this.#add({ path, shape: [], dtype: null, values: null, fault });
  }

  #add(dataset: Dataset): void {
    this.#datasets.push(dataset);
    if (this.#datasets.length > MAX_TENSORS)
      throw new FormatFault(`it has more than ${MAX_TENSORS} datasets`);
    this.onProgress(this.#datasets.length);
  }

  /** Reads the attributes that are single texts. */
  #readTexts(messages: readonly Message[]): void {
    for (const { type, bytes } of messages) {
      if (type !== MESSAGE.attribute) continue;
      const text = this.#textOf(bytes);
      if (text) this.#texts.set(text.name, text.value);
    }
  }

  /** Null for attributes of other kinds, which are not needed. */
  #textOf(bytes: Buffer): { name: string; value: string } | null {
    if (bytes.length < 8 || bytes[0] !== 1) return null;
    const [nameSize, typeSize, spaceSize] = [2, 4, 6].map((at) => bytes.readUInt16LE(at)) as [
      number,
      number,
      number,
    ];
    // Each is padded to a multiple of 8 bytes.
    const typeAt = 8 + padded(nameSize);
    const spaceAt = typeAt + padded(typeSize);
    const valueAt = spaceAt + padded(spaceSize);
    if (valueAt > bytes.length || typeSize < 8 || spaceSize < 2 || bytes[spaceAt + 1] !== 0) return null;
    const name = untilZero(bytes.subarray(8, 8 + nameSize));
    const type = bytes.subarray(typeAt, typeAt + typeSize);
    const kind = type[0]! & 0x0f;
    const size = type.readUInt32LE(4);
    if (kind === 3 && valueAt + size <= bytes.length)
      return { name, value: untilZero(bytes.subarray(valueAt, valueAt + size)) };
    // Texts of variable length are in a heap of the whole file.
    if (kind !== 9 || valueAt + 16 > bytes.length) return null;
    const length = bytes.readUInt32LE(valueAt);
    const heap = this.#address(bytes, valueAt + 4);
    const value = heap === null ? null : this.#inHeap(heap, bytes.readUInt32LE(valueAt + 12), length);
    return value === null ? null : { name, value: untilZero(value) };
  }

  #inHeap(address: number, wanted: number, length: number): Buffer | null {
    const head = this.#at(address, 16);
    const size = this.#known(head, 8);
    if (head.toString('latin1', 0, 4) !== 'GCOL' || size > MAX_TEXT_BYTES) return null;
    const heap = this.#at(address, size);
    for (let at = 16; at + 16 <= size;) {
      const index = heap.readUInt16LE(at);
      const bytes = this.#known(heap, at + 8);
      if (index === wanted && length <= bytes && at + 16 + length <= size)
        return heap.subarray(at + 16, at + 16 + length);
      if (index === 0) return null;
      at += 16 + padded(bytes);
    }
    return null;
  }

  /** Bytes at an address of the file. */
  #at(address: number, bytes: number): Buffer {
    const offset = this.start + address;
    if (offset + bytes > this.end)
      throw new FormatFault(`an address (${address}) leads out of it: it is cut short or damaged`);
    const last = this.#headers.at(-1);
    if (last && last.offset + last.bytes === offset) last.bytes += bytes;
    else this.#headers.push({ offset, bytes });
    return Buffer.from(sliceOf(this.source, offset, bytes).buffer);
  }

  /** Null where it is undefined. */
  #address(bytes: Buffer, at: number): number | null {
    const value = bytes.readBigUInt64LE(at);
    if (value === 0xffff_ffff_ffff_ffffn) return null;
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw new FormatFault('an address or a size is beyond all use');
    return Number(value);
  }

  #known(bytes: Buffer, at: number): number {
    const value = this.#address(bytes, at);
    if (value === null) throw new FormatFault('an address is missing');
    return value;
  }

  #need(bytes: Buffer, size: number): void {
    if (bytes.length < size) throw new FormatFault('a message of an object header is cut short');
  }

  #visit(): void {
    if (++this.#visits > MAX_VISITS)
      throw new FormatFault(`it has more than ${MAX_VISITS} groups, nodes and datasets`);
  }
}

const padded = (size: number): number => Math.ceil(size / 8) * 8;

function untilZero(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}

function nameAt(names: Buffer, at: number): string {
  const end = names.indexOf(0, at);
  if (at >= names.length || end < 0) throw new FormatFault('a name is outside the names of its group');
  if (end - at > MAX_NAME_LENGTH) throw new FormatFault(`a name has ${end - at} characters`);
  return names.toString('utf8', at, end);
}

/** Position of the sign bit, and number of exponent bits. */
const FLOATS: Readonly<Record<number, { dtype: DType; sign: number; exponent: number }>> = {
  2: { dtype: 'F16', sign: 15, exponent: 5 },
  4: { dtype: 'F32', sign: 31, exponent: 8 },
  8: { dtype: 'F64', sign: 63, exponent: 11 },
};

/** Numbers of the usual precisions; byte order is checked elsewhere. */
function dtypeOf(type: Buffer): DType | null {
  const size = type.readUInt32LE(4);
  const kind = type[0]! & 0x0f;
  if (kind === 1) {
    const float = FLOATS[size];
    return float && type.length >= 20 && type[2] === float.sign && type[13] === float.exponent
      ? float.dtype
      : null;
  }
  if (kind !== 0 || ![1, 2, 4, 8].includes(size)) return null;
  return `${(type[1]! & 8) !== 0 ? 'I' : 'U'}${8 * size}` as DType;
}
