import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packArrays, unpackArrays } from '../../../src/protocol/packing';

const float64 = fc.float64Array({ maxLength: 20 });
const samples = fc.array(fc.record({ lnZ: float64, nfd: float64 }), { maxLength: 5 });

describe('packed arrays', () => {
  it('come back bit for bit, NaN, infinities and −0 included', () => {
    fc.assert(
      fc.property(samples, (arrays) => {
        expect(unpackArrays(packArrays(arrays))).toEqual(arrays);
      }),
    );
  });

  it('are read from the middle of a larger buffer, as messages deliver them', () => {
    const arrays = [{ lnZ: Float64Array.of(1, 2), nfd: Float64Array.of(3) }];
    const packed = packArrays(arrays);
    const larger = new Uint8Array(packed.length + 5);
    larger.set(packed, 3);
    expect(unpackArrays(larger.subarray(3, 3 + packed.length))).toEqual(arrays);
  });

  it('have the documented layout', () => {
    const view = new DataView(packArrays([{ lnZ: Float64Array.of(7), nfd: new Float64Array() }]).buffer);
    expect(String.fromCharCode(...[0, 1, 2, 3].map((at) => view.getUint8(at)))).toBe('NMFA');
    expect([4, 8, 12].map((at) => view.getUint32(at, true))).toEqual([1, 2, 0]);
    expect([16, 24].map((at) => view.getBigUint64(at, true))).toEqual([1n, 0n]);
    expect(view.getFloat64(32, true)).toBe(7);
    expect(view.byteLength).toBe(40);
  });

  const packed = packArrays([{ lnZ: Float64Array.of(1, 2), nfd: Float64Array.of(3) }]);
  it('are refused when cut short anywhere', () => {
    for (let length = 0; length < packed.length; length++) {
      expect(() => unpackArrays(packed.subarray(0, length)), `${length} bytes`).toThrow(/packed result/);
    }
  });

  it.each([
    ['bytes follow', 'trailing', (bytes: Uint8Array) => Uint8Array.of(...bytes, 0)],
    ['they begin otherwise', 'not a packed', (bytes: Uint8Array) => bytes.fill(0, 0, 1)],
    ['the version is another', 'version', (bytes: Uint8Array) => bytes.fill(2, 4, 5)],
    ['the number of arrays is odd', 'cut short', (bytes: Uint8Array) => bytes.fill(1, 8, 9)],
    ['there are said to be billions of arrays', 'cut short', (bytes: Uint8Array) => bytes.fill(254, 8, 12)],
    ['an array is said to be endless', 'cut short', (bytes: Uint8Array) => bytes.fill(255, 16, 24)],
  ])('are refused when %s', (_, cause, damage) => {
    expect(() => unpackArrays(damage(packed.slice()))).toThrow(cause);
  });
});
