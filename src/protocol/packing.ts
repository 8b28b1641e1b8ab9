/**
 * Large arrays as one little-endian binary: written by the store and sent to panels.
 *
 * Layout: u32 magic "NMFA", u32 version, u32 number of arrays, u32 zero, then one u64 element count per array, then the
 * float64 values of all arrays in order. Everything is 8-byte aligned.
 */
import type { SampleArrays } from './analysis';

const MAGIC = 0x41464d4e;
const VERSION = 1;
const HEADER_BYTES = 16;

/** The arrays of all samples in the order of the packing: lnZ and nfd of each. */
export function packedOrder(arrays: readonly SampleArrays[]): Float64Array[] {
  return arrays.flatMap((sample) => [sample.lnZ, sample.nfd]);
}

/** Size of the header for `arrays` arrays. */
export const packedHeaderBytes = (arrays: number): number => HEADER_BYTES + 8 * arrays;

/** The header for arrays of these lengths. */
export function packedHeader(lengths: readonly number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(packedHeaderBytes(lengths.length));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, VERSION, true);
  view.setUint32(8, lengths.length, true);
  for (const [index, length] of lengths.entries())
    view.setBigUint64(packedHeaderBytes(index), BigInt(length), true);
  return bytes;
}

/**
 * The lengths of the arrays in a packing of `total` bytes.
 * @param head its beginning, with at least the whole header.
 * @throws Error when these are not the header and the size of a packing.
 */
export function packedLengths(head: Uint8Array, total: number): number[] {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.byteLength < HEADER_BYTES || view.getUint32(0, true) !== MAGIC)
    throw new Error('not a packed result');
  if (view.getUint32(4, true) !== VERSION) throw new Error('a packed result of another version');
  const arrays = view.getUint32(8, true);
  if (arrays % 2 !== 0 || packedHeaderBytes(arrays) > head.byteLength)
    throw new Error('a packed result that is cut short');
  const lengths = Array.from({ length: arrays }, (_, index) =>
    Number(view.getBigUint64(packedHeaderBytes(index), true)),
  );
  const bytes = lengths.reduce((sum, length) => sum + 8 * length, packedHeaderBytes(arrays));
  if (bytes > total) throw new Error('a packed result that is cut short');
  if (bytes < total) throw new Error('a packed result with trailing bytes');
  return lengths;
}

/** The reverse of {@link packedOrder}. */
export function arraysInOrder(list: readonly Float64Array[]): SampleArrays[] {
  return Array.from({ length: list.length / 2 }, (_, sample) => ({
    lnZ: list[2 * sample]!,
    nfd: list[2 * sample + 1]!,
  }));
}

/** Packs `arrays` in one piece. */
export function packArrays(arrays: readonly SampleArrays[]): Uint8Array<ArrayBuffer> {
  const list = packedOrder(arrays);
  const header = packedHeader(list.map(({ length }) => length));
  const values = list.reduce((sum, array) => sum + array.length, 0);
  const bytes = new Uint8Array(header.length + 8 * values);
  bytes.set(header);
  const view = new DataView(bytes.buffer);
  let at = header.length;
  for (const array of list) {
    for (const value of array) {
      view.setFloat64(at, value, true);
      at += 8;
    }
  }
  return bytes;
}

/** The reverse of {@link packArrays}. @throws Error when the bytes are not such a packing, or are cut short. */
export function unpackArrays(bytes: Uint8Array): SampleArrays[] {
  const lengths = packedLengths(bytes, bytes.byteLength);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = packedHeaderBytes(lengths.length);
  const list = lengths.map((length) => {
    const array = new Float64Array(length);
    for (let i = 0; i < length; i++, at += 8) array[i] = view.getFloat64(at, true);
    return array;
  });
  return arraysInOrder(list);
}
