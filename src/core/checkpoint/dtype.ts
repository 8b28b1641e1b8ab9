/** Element types of stored tensors and their exact widening to float64. */
import { NeuroMfaError } from '../../protocol/errors';

/** Size in bits of every dtype name that safetensors defines (https://docs.rs/safetensors, `Dtype`). */
export const DTYPE_BITS = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
} as const;
export type DType = keyof typeof DTYPE_BITS;

/** Reads the element at `index` as float64. Indices outside the bytes throw a RangeError. */
export type ElementReader = (index: number) => number;

const bits32 = new Uint32Array(1);
const float32 = new Float32Array(bits32.buffer);

/** A bfloat16 is the upper half of a float32. */
function fromBfloat16(bits: number): number {
  bits32[0] = bits << 16;
  return float32[0]!;
}

function fromFloat16(bits: number): number {
  const magnitude = bits & 0x7fff;
  if (magnitude < 0x400) return (bits & 0x8000 ? -1 : 1) * magnitude * 2 ** -24;
  // The exponent's bias is 15 here and 127 in a float32; the largest exponent means infinity or NaN in both.
  const rebias = magnitude < 0x7c00 ? 127 - 15 : 255 - 31;
  bits32[0] = ((bits & 0x8000) << 16) | ((magnitude << 13) + (rebias << 23));
  return float32[0]!;
}

let float16Values: Float32Array | undefined;

/** The value of every float16 bit pattern. Each is exact in float32, so the table takes 256 KiB. */
export function float16Table(): Float32Array {
  if (float16Values) return float16Values;
  const table = new Float32Array(0x10000);
  for (let bits = 0; bits < table.length; bits++) table[bits] = fromFloat16(bits);
  return (float16Values = table);
}

/** Stored values are little-endian; a DataView reads them as such on any machine and at any alignment. */
const READERS = {
  F64: (view: DataView) => (index: number) => view.getFloat64(8 * index, true),
  F32: (view: DataView) => (index: number) => view.getFloat32(4 * index, true),
  F16: (view: DataView) => (index: number) => fromFloat16(view.getUint16(2 * index, true)),
  BF16: (view: DataView) => (index: number) => fromBfloat16(view.getUint16(2 * index, true)),
};
export type DecodableDType = keyof typeof READERS;

/** Whether typed arrays have the byte order of stored values: they are faster than a DataView. */
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The element types whose values can be read. */
export const DECODABLE_DTYPES = Object.keys(READERS) as readonly DecodableDType[];

/** Whether values of `dtype` can be read; all others can only be listed. */
export function isDecodable(dtype: string): dtype is DecodableDType {
  return Object.hasOwn(READERS, dtype);
}

/**
 * Random access to the elements stored in `bytes`, for picking some columns of a row.
 * @throws NeuroMfaError `unsupported` when values of `dtype` cannot be read.
 */
export function elementReader(dtype: DType, bytes: Uint8Array): ElementReader {
  if (!isDecodable(dtype)) {
    throw new NeuroMfaError(
      'unsupported',
      `element type ${dtype}`,
      'weights of this type cannot be read',
      `Convert the checkpoint to one of ${DECODABLE_DTYPES.join(', ')}`,
    );
  }
  return READERS[dtype](new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

/**
 * Widens `out.length` elements from the start of `bytes`, exactly.
 * @throws NeuroMfaError `unsupported` as {@link elementReader}; RangeError when `bytes` is too short.
 */
export function decode(dtype: DType, bytes: Uint8Array, out: Float64Array): void {
  if (8 * bytes.length < out.length * DTYPE_BITS[dtype])
    throw new RangeError(`${bytes.length} bytes are too few`);
  if (dtype === 'F16' && LITTLE_ENDIAN && bytes.byteOffset % 2 === 0) {
    const values = float16Table();
    const patterns = new Uint16Array(bytes.buffer, bytes.byteOffset, out.length);
    for (let index = 0; index < out.length; index++) out[index] = values[patterns[index]!]!;
  } else if (dtype === 'F32' && LITTLE_ENDIAN && bytes.byteOffset % 4 === 0) {
    out.set(new Float32Array(bytes.buffer, bytes.byteOffset, out.length));
  } else if (dtype === 'BF16' && LITTLE_ENDIAN && bytes.byteOffset % 2 === 0) {
    const patterns = new Uint16Array(bytes.buffer, bytes.byteOffset, out.length);
    for (let index = 0; index < out.length; index++) {
      bits32[0] = patterns[index]! << 16;
      out[index] = float32[0]!;
    }
  } else {
    const read = elementReader(dtype, bytes);
    for (let index = 0; index < out.length; index++) out[index] = read(index);
  }
}
