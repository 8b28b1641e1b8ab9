/** The digest of rows: the same bits in both kernels, and other bits for other bytes. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DIGEST_STEP, type Kernel } from '../../../src/core/multifractal/kernel/kernel';
import { ReferenceKernel } from '../../../src/core/multifractal/kernel/reference';
import { WasmKernel } from '../../../src/core/multifractal/kernel/wasmKernel';

const wasm = new WasmKernel();
const reference = new ReferenceKernel();

function digest(
  kernel: Kernel,
  bytes: Uint8Array,
  rowBytes: number,
  seed = 7n,
  sums = new BigUint64Array(2),
) {
  kernel.begin(0, 0, bytes.length);
  kernel.input(bytes.length).set(bytes);
  kernel.digestRows(bytes.length / rowBytes, rowBytes, seed, sums);
  return [...sums];
}

/** Rows of every length around a stripe of 64 bytes. */
const matrices = fc
  .tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 6 }))
  .chain(([rowBytes, rows]) =>
    fc.record({
      rowBytes: fc.constant(rowBytes),
      bytes: fc.uint8Array({ minLength: rowBytes * rows, maxLength: rowBytes * rows }),
    }),
  );

describe('the digest of rows', () => {
  it('has the same bits in WebAssembly and in TypeScript', () => {
    fc.assert(
      fc.property(matrices, fc.bigInt(0n, 2n ** 64n - 1n), ({ rowBytes, bytes }, seed) => {
        expect(digest(wasm, bytes, rowBytes, seed)).toEqual(digest(reference, bytes, rowBytes, seed));
      }),
    );
  });

  it('has other bits when any one bit is another', () => {
    const bytes = Uint8Array.from({ length: 3 * 150 }, (_, i) => (31 * i) % 251);
    const seen = new Set([digest(wasm, bytes, 150).join()]);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const other = bytes.slice();
      other[bit >> 3]! ^= 1 << (bit & 7);
      seen.add(digest(wasm, other, 150).join());
    }
    expect(seen.size).toBe(1 + 8 * bytes.length);
  });

  it('has other bits when any two bits are others, in whichever stripes', () => {
    const row = Uint8Array.from({ length: 130 }, (_, i) => (29 * i) % 251);
    wasm.begin(0, 0, row.length);
    const input = wasm.input(row.length);
    input.set(row);
    const sums = new BigUint64Array(2);
    const now = (): bigint => {
      sums.fill(0n);
      wasm.digestRows(1, row.length, 7n, sums);
      return sums[0]!;
    };
    const before = now();
    let same = 0;
    for (let a = 0; a < 8 * row.length; a++) {
      input[a >> 3]! ^= 1 << (a & 7);
      for (let b = a + 1; b < 8 * row.length; b++) {
        input[b >> 3]! ^= 1 << (b & 7);
        if (now() === before) same++;
        input[b >> 3]! ^= 1 << (b & 7);
      }
      input[a >> 3]! ^= 1 << (a & 7);
    }
    expect(same).toBe(0);
  });

  it('sees what a sum of words would not: swapped rows and words, two signs that both change', () => {
    const bytes = Uint8Array.from({ length: 2 * 256 }, (_, i) => (7 * i) % 253);
    const swapped = Uint8Array.from([...bytes.subarray(256), ...bytes.subarray(0, 256)]);
    const words = bytes.slice();
    words.copyWithin(0, 64, 72);
    words.set(bytes.subarray(0, 8), 64);
    const seen = [bytes, swapped, words].map((each) => digest(wasm, each, 256).join());
    // The highest bit of two words of one lane, 64 bytes apart.
    for (let lane = 0; lane < 64; lane += 4) {
      const signs = bytes.slice();
      for (const at of [lane + 3, lane + 67]) signs[at]! ^= 0x80;
      seen.push(digest(wasm, signs, 256).join());
    }
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('tells a row from the same row with zeros behind it', () => {
    expect(digest(wasm, new Uint8Array(10), 10)).not.toEqual(digest(wasm, new Uint8Array(12), 12));
  });

  it('adds up to the same wherever rows are cut, and in any order', () => {
    fc.assert(
      fc.property(matrices, fc.nat(), ({ rowBytes, bytes }, n) => {
        const cut = n % (bytes.length / rowBytes);
        const sums = new BigUint64Array(2);
        const rest = BigInt.asUintN(64, 7n + BigInt(cut) * DIGEST_STEP);
        digest(wasm, bytes.subarray(cut * rowBytes), rowBytes, rest, sums);
        if (cut > 0) digest(wasm, bytes.subarray(0, cut * rowBytes), rowBytes, 7n, sums);
        expect([...sums]).toEqual(digest(wasm, bytes, rowBytes));
      }),
    );
  });
});
