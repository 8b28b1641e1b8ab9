/**
 * Large arrays as one little-endian binary: what the store writes and what travels to a panel.
 *
 * Layout: u32 magic "NMFA", u32 version, u32 number of arrays, u32 zero, then one u64 element count per array,
 * then the float64 values of all arrays in order. Everything is 8-byte aligned.
 */
import type { SampleArrays } from './analysis';

const MAGIC = 0x41464d4e;
const VERSION = 1;
const HEADER_BYTES = 16;

/** Packs `arrays` (lnZ, nfd of each sample, in order). */
export function packArrays(arrays: readonly SampleArrays[]): Uint8Array<ArrayBuffer> {
  const list = arrays.flatMap((sample) => [sample.lnZ, sample.nfd]);
  const values = list.reduce((sum, array) => sum + array.length, 0);
  const bytes = new Uint8Array(HEADER_BYTES + 8 * list.length + 8 * values);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, VERSION, true);
  view.setUint32(8, list.length, true);
  let at = HEADER_BYTES;
  for (const array of list) {
    view.setBigUint64(at, BigInt(array.length), true);
    at += 8;
  }
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
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < HEADER_BYTES || view.getUint32(0, true) !== MAGIC)
    throw new Error('not a packed result');
  if (view.getUint32(4, true) !== VERSION) throw new Error('a packed result of another version');
  const arrays = view.getUint32(8, true);
  let at = HEADER_BYTES + 8 * arrays;
  if (arrays % 2 !== 0 || at > bytes.byteLength) throw new Error('a packed result that is cut short');
  const list: Float64Array[] = [];
  for (let index = 0; index < arrays; index++) {
    const length = Number(view.getBigUint64(HEADER_BYTES + 8 * index, true));
    if (at + 8 * length > bytes.byteLength) throw new Error('a packed result that is cut short');
    const array = new Float64Array(length);
    for (let i = 0; i < length; i++, at += 8) array[i] = view.getFloat64(at, true);
    list.push(array);
  }
  if (at !== bytes.byteLength) throw new Error('a packed result with trailing bytes');
  return Array.from({ length: arrays / 2 }, (_, sample) => ({
    lnZ: list[2 * sample]!,
    nfd: list[2 * sample + 1]!,
  }));
}
