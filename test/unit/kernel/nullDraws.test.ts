/** The kernel's null draws and moments against their twins: same bits. */
import { describe, expect, it } from 'vitest';
import { elementReader } from '../../../src/core/checkpoint/dtype';
import type { Kernel } from '../../../src/core/multifractal/kernel/kernel';
import { drawTables, shuffleTables } from '../../../src/core/multifractal/kernel/nullDraws';
import { ReferenceKernel } from '../../../src/core/multifractal/kernel/reference';
import { WasmKernel } from '../../../src/core/multifractal/kernel/wasmKernel';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { aliasTable } from '../../../src/core/stats/alias';
import { Random32 } from '../../../src/core/stats/random32';
import { randomBits } from '../support/weights';

const FIRST = 3;

/** Counters from row {@link FIRST} on, which hold something before, where that is allowed. */
function both(sources: number, codes: number, draw: (kernel: Kernel, random: Random32) => void, before = 0) {
  const counts = [new WasmKernel(), new ReferenceKernel()].map((kernel) => {
    kernel.begin(FIRST + sources, 1, 0, codes);
    kernel.counts.fill(before);
    draw(kernel, new Random32([5, 6], 1, 2, 3));
    return kernel.counts.slice();
  });
  expect(counts[0]).toEqual(counts[1]);
  expect(counts[0]!.subarray(0, FIRST * codes).every((count) => count === before)).toBe(true);
  return counts[0]!.subarray(FIRST * codes);
}

const sum = (numbers: Uint32Array): number => numbers.reduce((total, each) => total + each, 0);

describe.each([256, 308])('null draws among %s codes', (codes) => {
  const random = new Mt19937(codes);
  const slots = Uint32Array.from({ length: 40 }, () => random.uint32() % 50);
  // More than there are words in hand at once.
  slots[7] = 9000;
  const deck = Uint16Array.from({ length: sum(slots) }, () => 2 + (random.uint32() % (codes - 2)));
  const chances = Float64Array.from({ length: codes }, (_, i) => (i < 2 ? 0 : 1 / i ** 2));

  it('edge by edge', () => {
    const shuffled = both(40, codes, (kernel, words) => {
      kernel.countShuffled(deck, slots, FIRST, words);
    });
    for (const [code] of chances.entries()) {
      let found = 0;
      for (let source = 0; source < 40; source++) found += shuffled[source * codes + code]!;
      expect(found).toBe(deck.filter((each) => each === code).length);
    }
    const drawn = both(
      40,
      codes,
      (kernel, words) => {
        kernel.countDrawn(aliasTable(chances), slots, FIRST, words);
      },
      1,
    );
    for (const [source, edges] of slots.entries())
      expect(sum(drawn.subarray(source * codes, (source + 1) * codes))).toBe(edges + codes);
  });

  it('code by code', () => {
    const [sources, edges] = [130, 700];
    const pool = new Uint32Array(codes);
    for (let i = 0; i < sources * edges; i++) {
      const code = 2 + Math.floor((codes - 2) * (random.uint32() / 2 ** 32) ** 3);
      pool[code]!++;
    }
    const shuffled = both(sources, codes, (kernel, words) => {
      kernel.countShuffledWide(pool, shuffleTables(pool, sources), sources, FIRST, words);
    });
    const drawn = both(sources, codes, (kernel, words) => {
      kernel.countDrawnWide(drawTables(chances, edges), edges, sources, FIRST, words);
    });
    for (let source = 0; source < sources; source++)
      for (const counts of [shuffled, drawn])
        expect(sum(counts.subarray(source * codes, (source + 1) * codes))).toBe(edges);
    for (const [code, all] of pool.entries()) {
      let found = 0;
      for (let source = 0; source < sources; source++) found += shuffled[source * codes + code]!;
      expect(found).toBe(all);
    }
  });
});

it('a code that has next to no chance does not come with every word', () => {
  // The first column of an alias table begins at 0, where a chance of 1e-30 would be as large as that of one word in 2^32.
  const table = aliasTable(Float64Array.of(1e-30, 1, 1, 1));
  const words = { next: () => Uint32Array.of(0), state: new Int32Array(4) } as unknown as Random32;
  const kernel = new ReferenceKernel();
  kernel.begin(1, 1, 0, 4);
  kernel.countDrawn(table, Uint32Array.of(1), 0, words);
  expect(kernel.counts[0]).toBe(0);
});

describe('moments of rows', () => {
  it.each(['F16', 'BF16', 'F32'] as const)('of %s, subnormals, NaN and infinities among them', (dtype) => {
    const random = new Mt19937(3);
    for (const [rows, width] of [
      [1, 1],
      [3, 257],
      [4, 64],
      [9, 100],
    ] as const) {
      const bytes = new Uint8Array(rows * width * (dtype === 'F32' ? 4 : 2));
      bytes.set(randomBits(random, dtype, rows * width));
      const [wasm, reference] = [new WasmKernel(), new ReferenceKernel()].map((kernel) => {
        kernel.begin(0, 0, bytes.length);
        kernel.input(bytes.length).set(bytes);
        return kernel.rowMoments(dtype, rows, width);
      });
      expect(wasm).toEqual(reference);
      const element = elementReader(dtype, bytes);
      for (let row = 0; row < rows; row++) {
        const finite = Array.from({ length: width }, (_, i) => element(row * width + i)).filter(
          Number.isFinite,
        );
        expect(wasm![3 * row]).toBe(finite.length);
      }
    }
  });
});
