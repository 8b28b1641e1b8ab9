import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fisherInterval, kendallP } from '../../../src/core/stats/acrossRuns';
import {
  differences,
  effectiveLength,
  kendall,
  pearson,
  spearman,
} from '../../../src/core/stats/association';

interface Case {
  x: number[];
  y: number[];
  pearson: number;
  spearman: number;
  kendall: number;
  kendallExactP: number | null;
  differences: number;
  nEff: number;
  interval: [number, number];
}
const CASES = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/metrics/association.json'), 'utf8'),
) as Case[];

describe('correlations against SciPy', () => {
  it.each(CASES.map((each, i) => [i, each] as const))('case %i', (_, given) => {
    const { x, y } = given;
    expect(pearson(x, y)).toBeCloseTo(given.pearson, 9);
    expect(spearman(x, y)).toBeCloseTo(given.spearman, 12);
    expect(kendall(x, y)).toBeCloseTo(given.kendall, 12);
    expect(differences(x, y)).toBeCloseTo(given.differences, 9);
    expect(effectiveLength(x, y)).toBeCloseTo(given.nEff, 6);
    const [low, high] = fisherInterval(given.pearson, x.length)!;
    expect(low).toBeCloseTo(given.interval[0], 12);
    expect(high).toBeCloseTo(given.interval[1], 12);
  });

  it('takes every order of few runs, and many of more', () => {
    const exact = CASES.filter(({ kendallExactP }) => kendallExactP !== null);
    expect(exact.length).toBeGreaterThanOrEqual(5);
    for (const { x, y, kendall: tau, kendallExactP } of exact) {
      const digits = x.length <= 7 ? 12 : 1.4;
      expect(kendallP(x, y, tau)).toBeCloseTo(kendallExactP!, digits);
    }
  });
});

describe('series without a correlation', () => {
  it('changes that rounding alone makes different, as of a learning rate that falls evenly', () => {
    const score = [0.1, 0.35, 0.3, 0.62, 0.6, 0.85];
    const rate = score.map((_, i) => 1e-3 * (1 - i / 7));
    for (const series of [rate, rate.map(Math.fround)]) {
      expect(new Set(series.slice(1).map((value, i) => value - series[i]!)).size).toBeGreaterThan(1);
      expect(differences(series, score)).toBeNull();
      expect(differences(score, series)).toBeNull();
      expect(pearson(series, score)).toBeLessThan(-0.9);
    }
    const constant = [0.3, 0.1 + 0.2, 0.3, 0.3, 0.3, 0.3];
    for (const of of [pearson, spearman, kendall, differences, effectiveLength]) {
      expect(of(constant, score)).toBeNull();
      expect(of(score, constant)).toBeNull();
    }
  });

  it.each([
    ['two points', [1, 2], [2, 1]],
    ['no change', [1, 1, 1, 1], [1, 2, 3, 4]],
    ['nothing at all', [], []],
  ])('%s', (_, x, y) => {
    for (const of of [pearson, spearman, kendall, differences, effectiveLength]) {
      expect(of(x, y)).toBeNull();
      expect(of(y, x)).toBeNull();
    }
  });

  it('has none of NaN or infinity at the ends of the range of numbers', () => {
    const x = [Number.MAX_VALUE, -Number.MAX_VALUE, 0, 1e300, 5e-324];
    const y = [5e-324, 1e-310, 0, 2e-320, -5e-324];
    for (const of of [pearson, spearman, kendall, differences, effectiveLength]) {
      for (const value of [of(x, y), of(y, x), of(x, x)]) {
        if (value !== null) expect(Number.isFinite(value)).toBe(true);
      }
    }
    expect(pearson(x, x)).toBeCloseTo(1, 12);
  });

  it('is exactly ±1 of orders that are one, and of points on a line, whatever sums are rounded to', () => {
    for (let n = 3; n <= 60; n++) {
      const x = Array.from({ length: n }, (_, i) => Math.exp(i / 7) - 0.1 * i);
      expect([
        n,
        spearman(
          x,
          x.map((each) => -(each ** 3)),
        ),
        pearson(
          x,
          x.map((each) => 0.3 * each + 0.7),
        ),
      ]).toEqual([n, -1, 1]);
    }
    // Two places exchanged among a thousand are no line.
    const many = Array.from({ length: 1000 }, (_, i) => i);
    expect(spearman(many, [1, 0, ...many.slice(2)])).toBeLessThan(1);
  });

  it('has no interval of exactly ±1, nor of three pairs', () => {
    expect(fisherInterval(1, 10)).toBeNull();
    expect(fisherInterval(0.5, 3)).toBeNull();
  });
});
