import type { DType } from '../../../src/core/checkpoint/dtype';
import type { Mt19937 } from '../../../src/core/sampling/mt19937';

/**
 * Stored weights that cover everything: mostly magnitudes whose edges fall within the thresholds, and among them zeros
 * of both signs, subnormals, infinities, NaN, and magnitudes right at 1 and at 1/150.
 */
export function randomBits(generator: Mt19937, dtype: DType, count: number): Uint8Array {
  const edge = { F16: EDGES_16, BF16: EDGES_B16, F32: EDGES_32, F64: [] }[dtype as 'F16'];
  const bytes = new Uint8Array(count * (dtype === 'F32' ? 4 : dtype === 'F64' ? 8 : 2));
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < count; i++) {
    const sign = generator.uint32() & 1;
    const special = generator.interval(19) === 0;
    // exp2 of a uniform exponent between −8.5 and 1.
    const magnitude = 2 ** (-8.5 + (9.5 * generator.uint32()) / 2 ** 32);
    if (dtype === 'F64') {
      view.setFloat64(
        8 * i,
        (sign ? -1 : 1) * (special ? SPECIAL_64[generator.interval(6)]! : magnitude),
        true,
      );
      continue;
    }
    const f32 = new Uint32Array(Float32Array.of(magnitude).buffer)[0]!;
    const e = (f32 >>> 23) - 112;
    const half = e > 0 ? (e << 10) | ((f32 >>> 13) & 1023) : 0;
    const bits = special
      ? edge[generator.interval(edge.length - 1)]!
      : { F16: half, BF16: f32 >>> 16, F32: f32 }[dtype as 'F16'];
    if (dtype === 'F32') view.setUint32(4 * i, (bits | (sign << 31)) >>> 0, true);
    else view.setUint16(2 * i, bits | (sign << 15), true);
  }
  return bytes;
}

const EDGES_16 = [0, 1, 0x3ff, 0x400, 0x7c00, 0x7e00, 0x7fff, 0x3c00, 0x3bff, 0x3c01, 0x1ed3, 0x1ed4, 0x1ed5];
const EDGES_B16 = [0, 1, 0x7f, 0x80, 0x7f80, 0x7fc0, 0x3f80, 0x3f7f, 0x3f81, 0x3bda, 0x3bdb, 0x3bd9];
const EDGES_32 = [
  0, 1, 0x7fffff, 0x800000, 0x7f800000, 0x7fc00000, 0x3f800000, 0x3f7fffff, 0x3f800001, 0x3bda740d,
  0x3bda740e, 0x3bda740f,
];
const SPECIAL_64 = [0, Number.MIN_VALUE, Infinity, NaN, 1, 1 / 150, 1 / 150.5];
