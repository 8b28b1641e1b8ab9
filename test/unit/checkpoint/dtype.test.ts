import { describe, expect, it } from 'vitest';
import {
  decode,
  DTYPE_BITS,
  elementReader,
  isDecodable,
  type DType,
} from '../../../src/core/checkpoint/dtype';
import { NeuroMfaError } from '../../../src/protocol/errors';

/** IEEE 754 binary16 in terms of its text definition, not of the table's arithmetic. */
function half(bits: number): number {
  const [, sign, exponent, fraction] = /^(.)(.{5})(.{10})$/.exec(bits.toString(2).padStart(16, '0'))!;
  const magnitude =
    exponent === '11111'
      ? Number(fraction) === 0
        ? Infinity
        : NaN
      : parseInt(`${exponent === '00000' ? 0 : 1}${fraction}`, 2) /
        1024 /
        2 ** (15 - Math.max(parseInt(exponent!, 2), 1));
  return sign === '1' ? -magnitude : magnitude;
}

describe('float16', () => {
  it('decodes every one of the 65,536 patterns', () => {
    const bits = Uint16Array.from({ length: 65_536 }, (_, i) => i);
    const out = new Float64Array(bits.length);
    decode('F16', new Uint8Array(bits.buffer), out);
    for (const [i, value] of out.entries()) {
      if (!Object.is(value, half(i))) throw new Error(`pattern ${i}: ${value} instead of ${half(i)}`);
    }
  });

  it('has the published landmarks', () => {
    const read = elementReader(
      'F16',
      new Uint8Array(Uint16Array.of(0x0001, 0x03ff, 0x0400, 0x3555, 0x7bff, 0x8000).buffer),
    );
    expect([0, 1, 2, 3, 4].map(read)).toEqual([2 ** -24, 1023 * 2 ** -24, 2 ** -14, 0.333251953125, 65504]);
    expect(read(5)).toBe(-0);
  });
});

describe('the other float types', () => {
  it('widens bfloat16 as the upper half of a float32, for every pattern', () => {
    const bits = Uint16Array.from({ length: 65_536 }, (_, i) => i);
    const out = new Float64Array(bits.length);
    decode('BF16', new Uint8Array(bits.buffer), out);
    const view = new DataView(new ArrayBuffer(4));
    for (const [i, value] of out.entries()) {
      view.setUint16(0, i);
      if (!Object.is(value, view.getFloat32(0))) throw new Error(`pattern ${i}: ${value}`);
    }
  });

  it('widens float32 exactly and returns float64 as it is', () => {
    const singles = Float32Array.of(0.1, -0, 1e-45, 3.4028234663852886e38, Infinity, NaN);
    const doubles = Float64Array.of(0.1, -0, 5e-324, Number.MAX_VALUE, -Infinity, NaN);
    const out = new Float64Array(6);
    decode('F32', new Uint8Array(singles.buffer), out);
    expect([...out]).toEqual([...singles]);
    decode('F64', new Uint8Array(doubles.buffer), out);
    expect([...out]).toEqual([...doubles]);
  });
});

it.each(['F64', 'F32', 'F16', 'BF16'] as const)('reads %s at any alignment', (dtype) => {
  const size = DTYPE_BITS[dtype] / 8;
  const random = Uint8Array.from({ length: 4 * size }, (_, i) => (i * 89 + 17) % 120);
  const shifted = new Uint8Array(random.length + 3);
  shifted.set(random, 3);
  const expected = new Float64Array(4);
  const actual = new Float64Array(4);
  decode(dtype, random, expected);
  decode(dtype, shifted.subarray(3), actual);
  expect(actual).toEqual(expected);
  expect(() => elementReader(dtype, random)(4)).toThrow(RangeError);
});

it.each(Object.keys(DTYPE_BITS).filter((dtype) => !isDecodable(dtype)) as DType[])(
  'refuses to decode %s',
  (dtype) => {
    expect(() => elementReader(dtype, new Uint8Array(8))).toThrow(NeuroMfaError);
    expect(() => elementReader(dtype, new Uint8Array(8))).toThrow(dtype);
  },
);

it('does not take properties of all objects for types', () => {
  expect(isDecodable('toString')).toBe(false);
});
