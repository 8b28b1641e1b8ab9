/** WebAssembly gives the bits of the plain loops, for every type, length and kind of value. */
import { describe, expect, it } from 'vitest';
import { DTYPE_BITS, type DecodableDType } from '../../../src/core/checkpoint/dtype';
import {
  BINS,
  ReferenceValueKernel,
  WasmValueKernel,
  type ValueKernel,
} from '../../../src/core/compare/valueKernel';
import { seeded } from '../support/quantized';

const TYPES: readonly DecodableDType[] = ['F16', 'BF16', 'F32', 'F64'];
/** Multiples of four and others. */
const LENGTHS = [1, 2, 3, 4, 5, 127, 2047, 2048];
const kernels: [ValueKernel, ValueKernel] = [new WasmValueKernel(), new ReferenceValueKernel()];

/** Any bits: among them zeros of both signs, subnormal numbers, infinities and NaN. */
function anyBits(dtype: DecodableDType, count: number, seed: number): Uint8Array {
  const random = seeded(seed);
  const size = DTYPE_BITS[dtype] / 8;
  const bytes = Uint8Array.from({ length: size * count }, () => 256 * random());
  for (let i = 0; i < count; i++) {
    const kind = Math.floor(8 * random());
    const value = bytes.subarray(size * i, size * (i + 1));
    if (kind === 0) value.fill(0, 0, size - 1);
    // The largest exponent, with a mantissa or without.
    if (kind === 1) value.set([0xff, 0xff], size - 2);
    if (kind === 2)
      value.fill(0).set(dtype === 'F16' ? [0x7c] : [0x80, 0x7f], dtype === 'F16' ? 1 : size - 2);
  }
  return bytes;
}

/** Numbers as they are in weights. */
function weights(count: number, seed: number): Uint8Array {
  const random = seeded(seed);
  return new Uint8Array(Float32Array.from({ length: count }, () => random() - 0.5).buffer);
}

describe.each(TYPES)('runs of %s', (dtype) => {
  it.each(LENGTHS)('of %d values have the same sums', (count) => {
    for (let seed = 1; seed < 9; seed++) {
      const [a, b] = [anyBits(dtype, count, seed), anyBits(dtype, count, seed + 100)];
      // Some are equal.
      b.set(a.subarray(0, a.length >> 1));
      const found = kernels.map((kernel) => {
        kernel.take('a', dtype, a, count);
        kernel.take('b', dtype, b, count);
        const counts = new Float64Array(BINS);
        return {
          pairs: kernel.pairs(count),
          range: kernel.range(count),
          around: kernel.around(count, 0.25, -1, 3, counts),
          counts,
        };
      });
      expect(found[0]).toEqual(found[1]);
    }
  });
});

describe('runs of weights', () => {
  it('have a histogram that holds each finite value once, the greatest in the last bin', () => {
    for (const kernel of kernels) {
      const counts = new Float64Array(BINS);
      kernel.take('a', 'F32', weights(1001, 7), 1001);
      const { least, greatest, finite } = kernel.range(1001);
      kernel.around(1001, 0, least, BINS / (greatest - least), counts);
      expect(finite).toBe(1001);
      expect(counts.reduce((sum, each) => sum + each)).toBe(1001);
      expect(counts[BINS - 1]).toBeGreaterThan(0);
    }
  });

  it('of two types are paired by their values', () => {
    const values = [1, -2, 0.5, 0, 3];
    const single = new Uint8Array(Float32Array.from(values).buffer);
    const double = new Uint8Array(Float64Array.from(values).buffer);
    for (const kernel of kernels) {
      kernel.take('a', 'F32', single, 5);
      kernel.take('b', 'F64', double, 5);
      expect(kernel.pairs(5)).toEqual({ equal: 5, finite: 5, aa: 14.25, bb: 14.25, ab: 14.25, dd: 0 });
    }
  });
});
