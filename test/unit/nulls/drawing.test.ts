/** The pieces that null models are drawn with, against what is known of them. */
import { describe, expect, it } from 'vitest';
import { gaussianChances, gaussianMedian } from '../../../src/core/analysis/nulls/nullTensor';
import { codePasses } from '../../../src/core/counting/passes';
import { countDrawn, countShuffled } from '../../../src/core/multifractal/kernel/nullDraws';
import { aliasTable } from '../../../src/core/stats/alias';
import { normalCdf } from '../../../src/core/stats/normal';
import { Random32 } from '../../../src/core/stats/random32';
import { TRANSFERS } from '../../../src/protocol/analysis';

const KEY = [1, 2] as const;
const pass = codePasses({ transfer: 'inv', threshold: 150, scale: 1 })[0]!;

describe('the normal distribution', () => {
  // Abramowitz & Stegun, table 26.1, and the tail from its series.
  it.each([
    [0, 0.5],
    [1, 0.841344746068543],
    [-1.96, 0.024997895148220435],
    [2.4999, 0.9937885816250555],
    [2.5001, 0.9937920872851848],
    [-6, 9.865876450376981e-10],
    [-20, 2.7536241186062337e-89],
  ])('is %s at %s', (x, expected) => {
    expect(Math.abs(normalCdf(x) / expected - 1)).toBeLessThan(1e-9);
  });
});

describe('random numbers', () => {
  it('are those of the key and the counters, however many are asked for at once', () => {
    const all = Array.from(new Random32(KEY, 1, 2, 3).next(10)).slice(0, 10);
    const random = new Random32(KEY, 1, 2, 3);
    const parts = [3, 7].flatMap((count) => Array.from(random.next(count).subarray(0, count)));
    expect(parts).toEqual(all);
    for (const other of [
      new Random32([1, 3], 1, 2, 3),
      new Random32(KEY, 0, 2, 3),
      new Random32(KEY, 1, 2, 4),
    ])
      expect(other.next(1)[0]).not.toBe(all[0]);
  });

  it('are even', () => {
    const count = 100_000;
    const words = new Random32(KEY, 0, 0, 0).next(count);
    let sum = 0;
    for (let i = 0; i < count; i++) sum += words[i]! / 2 ** 32;
    expect(Math.abs(sum / count - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / count));
  });
});

describe('shuffling', () => {
  it('gives every arrangement the same chance', () => {
    // Two sources with two edges each of the codes 2, 2, 3, 4: the first may hold five different pairs.
    const [slots, deck] = [Uint32Array.of(2, 2), Uint16Array.of(2, 2, 3, 4)];
    const seen = new Map<string, number>();
    const times = 12_000;
    const random = new Random32(KEY, 7, 0, 0);
    for (let i = 0; i < times; i++) {
      const counts = new Uint32Array(2 * pass.codes.size);
      countShuffled(deck, slots, { counts, codes: pass.codes.size }, random);
      const [a, b] = [0, 1].map((row) =>
        [2, 3, 4].map((code) => counts[row * pass.codes.size + code]!).join(''),
      ) as [string, string];
      expect(Number(a) + Number(b)).toBe(211);
      seen.set(a, (seen.get(a) ?? 0) + 1);
    }
    // Of the six ways to choose two of four edges: 2 and 2 once, 3 and 4 once, 2 and either of them twice each.
    for (const [pair, ways] of Object.entries({ '200': 1, '011': 1, '110': 2, '101': 2 })) {
      const chance = ways / 6;
      const error = Math.sqrt((chance * (1 - chance)) / times);
      expect(Math.abs(seen.get(pair)! / times - chance)).toBeLessThan(4 * error);
    }
  });
});

describe('Gaussian weights', () => {
  it.each(TRANSFERS)('have the codes that their lengths have: %s', (transfer) => {
    const lengths = { transfer, threshold: 40, scale: 7 };
    const [own] = codePasses(lengths) as [typeof pass];
    const chances = gaussianChances({ mean: 0.1, deviation: 0.5 }, own, lengths);
    expect(Math.abs(chances.reduce((sum, chance) => sum + chance, 0) - 1)).toBeLessThan(1e-12);
    // By the midpoints of very many equal parts of the distribution's density.
    const steps = 400_000;
    const found = new Float64Array(chances.length);
    const { first, last } = own.codes.spectrum!;
    for (let i = 0; i < steps; i++) {
      const z = -8 + (16 * (i + 0.5)) / steps;
      const code = own.codes.codeOf(Math.abs(0.1 + 0.5 * z));
      const into = code >= first && code <= last ? code : own.codes.beyond;
      found[into]! += (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * (16 / steps);
    }
    for (const [code, chance] of chances.entries())
      expect(Math.abs(chance - found[code]!)).toBeLessThan(1e-4);
  });

  it('have the radii of their own lengths, whatever scale the observed ones have', () => {
    const { codes } = pass;
    const lengths = { transfer: 'inv', threshold: 40, scale: 3 } as const;
    const own = codePasses(lengths)[0]!.codes;
    const other = codePasses({ ...lengths, scale: 0.01 })[0]!;
    const chances = gaussianChances({ mean: 0.1, deviation: 0.5 }, other, lengths);
    expect(chances).toEqual(gaussianChances({ mean: 0.1, deviation: 0.5 }, { codes: own }, lengths));
    const none = gaussianChances({ mean: 0, deviation: 1 }, pass, { ...lengths, scale: NaN });
    expect(none[codes.beyond]).toBe(1);
    expect(none.reduce((sum, chance) => sum + chance, 0)).toBe(1);
  });

  it('come as often as their chances say', () => {
    const chances = new Float64Array(pass.codes.size);
    chances.set([0.5, 0.3, 0, 0.2], 2);
    const edges = 50_000;
    const codes = pass.codes.size;
    const counts = new Uint32Array(2 * codes);
    const slots = Uint32Array.of(0, edges);
    countDrawn(aliasTable(chances), slots, { counts, codes }, new Random32(KEY, 0, 0, 0));
    for (const [code, chance] of chances.entries()) {
      const found = counts[codes + code]! / edges;
      expect(Math.abs(found - chance)).toBeLessThanOrEqual(4 * Math.sqrt((chance * (1 - chance)) / edges));
    }
    expect(counts.subarray(0, codes).every((count) => count === 0)).toBe(true);
  });

  it('have the median length of the normal distribution', () => {
    const tensor = { edges: 5, mean: 0, deviation: 0.02 };
    expect(Math.abs(gaussianMedian([tensor], 'inv')! * 0.02 * 0.6744897501960817 - 1)).toBeLessThan(1e-9);
    expect(gaussianMedian([{ ...tensor, deviation: 0 }], 'inv')).toBeNull();
  });
});
