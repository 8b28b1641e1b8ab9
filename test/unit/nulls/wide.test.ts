/** Counts of null weights that are drawn code by code, against the distributions that they must have. */
import { describe, expect, it } from 'vitest';
import {
  countDrawnWide,
  countShuffledWide,
  drawTables,
  shuffleTables,
} from '../../../src/core/multifractal/kernel/nullDraws';
import { codePasses } from '../../../src/core/counting/passes';
import { Random32 } from '../../../src/core/stats/random32';

const { codes } = codePasses({ transfer: 'inv', threshold: 150, scale: 1 })[0]!;
const SOURCES = 8;
const TIMES = 4000;

/** Counts [sources, codes] of so many draws, one after another. */
function drawn(count: (counts: Uint32Array, random: Random32) => void): Uint32Array[] {
  const random = new Random32([3, 4], 0, 0, 0);
  return Array.from({ length: TIMES }, () => {
    const counts = new Uint32Array(SOURCES * codes.size);
    count(counts, random);
    return counts;
  });
}

const moments = (values: readonly number[]): { mean: number; variance: number } => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    mean,
    variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1),
  };
};

/** Mean and variance within 4.5 standard errors, those of the variance as for a normal distribution and a little more. */
function expectMoments(values: readonly number[], mean: number, variance: number): void {
  const found = moments(values);
  expect(Math.abs(found.mean - mean)).toBeLessThan(4.5 * Math.sqrt(variance / TIMES));
  expect(Math.abs(found.variance / variance - 1)).toBeLessThan(4.5 * 1.3 * Math.sqrt(2 / TIMES));
}

describe('shuffled', () => {
  // A common code, a rare one that is dealt out one by one, and two between.
  const pool = new Uint32Array(codes.size);
  pool.set([0, 900, 5, 215, 480], 2);
  const total = 1600;
  const perSource = total / SOURCES;
  const tables = shuffleTables(pool, SOURCES);
  const all = drawn((counts, random) => {
    countShuffledWide(pool, tables, SOURCES, { counts, codes: codes.size }, random);
  });

  it('every edge is kept, and every source has as many', () => {
    for (const counts of all) {
      for (let source = 0; source < SOURCES; source++) {
        const row = counts.subarray(source * codes.size, (source + 1) * codes.size);
        expect(row.reduce((sum, edges) => sum + edges, 0)).toBe(perSource);
      }
      for (const [code, edges] of pool.entries()) {
        let sum = 0;
        for (let source = 0; source < SOURCES; source++) sum += counts[source * codes.size + code]!;
        if (sum !== edges) expect(sum).toBe(edges);
      }
    }
  });

  it.each([3, 4, 5, 6])('code %s comes as often as in a hypergeometric distribution', (code) => {
    const share = pool[code]! / total;
    const variance = (perSource * share * (1 - share) * (total - perSource)) / (total - 1);
    for (const source of [0, SOURCES - 1])
      expectMoments(
        all.map((counts) => counts[source * codes.size + code]!),
        perSource * share,
        variance,
      );
  });

  it('codes, and sources, take edges from each other as they must', () => {
    const at = (counts: Uint32Array, source: number, code: number): number =>
      counts[source * codes.size + code]!;
    const [a, b] = [pool[3]! / total, pool[6]! / total];
    const factor = (total - perSource) / (total - 1);
    // Var(x + y) = Var x + Var y + 2 Cov: of two codes of one source, and of one code of two sources.
    const own = (share: number): number => perSource * share * (1 - share) * factor;
    expectMoments(
      all.map((counts) => at(counts, 2, 3) + at(counts, 2, 6)),
      perSource * (a + b),
      own(a) + own(b) - 2 * perSource * a * b * factor,
    );
    expectMoments(
      all.map((counts) => at(counts, 1, 3) + at(counts, 6, 3)),
      2 * perSource * a,
      (2 * perSource * a * (1 - a) * (total - 2 * perSource)) / (total - 1),
    );
  });
});

describe('Gaussian', () => {
  const EDGES = 300;
  const chances = new Float64Array(codes.size);
  chances.set([0.6, 0.001, 0.149, 0.25], 2);
  const tables = drawTables(chances, EDGES);
  const all = drawn((counts, random) => {
    countDrawnWide(tables, EDGES, SOURCES, { counts, codes: codes.size }, random);
  });

  it('every source has all its edges', () => {
    for (const counts of all.slice(0, 200)) {
      for (let source = 0; source < SOURCES; source++) {
        const row = counts.subarray(source * codes.size, (source + 1) * codes.size);
        expect(row.reduce((sum, edges) => sum + edges, 0)).toBe(EDGES);
      }
    }
  });

  it.each([2, 3, 4, 5])('code %s comes as often as in a binomial distribution', (code) => {
    const chance = chances[code]!;
    expectMoments(
      all.map((counts) => counts[3 * codes.size + code]!),
      EDGES * chance,
      EDGES * chance * (1 - chance),
    );
  });
});
