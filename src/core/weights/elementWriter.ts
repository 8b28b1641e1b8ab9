/** Writes values of element types as they are stored: the reverse of `elementReader`. */
import type { DType } from '../checkpoint/dtype';
import { rounder } from '../checkpoint/rounding';

/** Writes a value of the type as element `index`. */
export type ElementWriter = (index: number, value: number) => void;

const float32 = new Float32Array(1);
const bits32 = new Uint32Array(float32.buffer);

/** @throws NeuroMfaError `unsupported` for types to which numbers cannot be rounded. */
export function elementWriter(dtype: DType, { buffer, byteOffset, byteLength }: Uint8Array): ElementWriter {
  const view = new DataView(buffer, byteOffset, byteLength);
  switch (dtype) {
    case 'F64':
      return (index, value) => {
        view.setFloat64(8 * index, value, true);
      };
    case 'F32':
      return (index, value) => {
        view.setFloat32(4 * index, value, true);
      };
    case 'BF16':
      return (index, value) => {
        float32[0] = value;
        view.setUint16(2 * index, bits32[0]! >>> 16, true);
      };
    case 'F16':
      return (index, value) => {
        view.setUint16(2 * index, float16Bits(value), true);
      };
    default:
      rounder(dtype); // throws for it
      throw new RangeError(dtype);
  }
}

function float16Bits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude < 2 ** -14) return sign | (magnitude * 2 ** 24);
  if (magnitude === Infinity) return sign | 0x7c00;
  float32[0] = magnitude;
  // The exponent's bias is 127 in a float32 and 15 here.
  return sign | ((bits32[0]! >>> 13) - ((127 - 15) << 10));
}
