import { describe, expect, it } from 'vitest';
import { estimate, histogram, meanOf, quantiles } from '../../../src/core/stats/estimate';
import { studentTwoSided } from '../../../src/core/stats/studentT';

describe("Student's t", () => {
  // Published two-sided 95 % and 99 % points.
  it.each([
    [0.95, 1, 12.706204736],
    [0.95, 2, 4.30265273],
    [0.95, 9, 2.262157163],
    [0.95, 30, 2.042272456],
    [0.95, 1000, 1.962339081],
    [0.99, 4, 4.604094871],
  ])('confidence %f, %i degrees of freedom: %f', (confidence, degrees, t) => {
    expect(studentTwoSided(confidence, degrees)).toBeCloseTo(t, 7);
  });
});

describe('estimate', () => {
  it('is null where undefined', () => {
    expect(estimate([])).toEqual({ mean: null, sd: null, ci95: null });
    expect(estimate([3])).toEqual({ mean: 3, sd: null, ci95: null });
  });

  it('has the sd over n − 1 and the t interval', () => {
    const { mean, sd, ci95 } = estimate([1, 2, 3, 4]);
    expect(mean).toBe(2.5);
    expect(sd).toBeCloseTo(Math.sqrt(5 / 3), 14);
    expect(ci95![1] - 2.5).toBeCloseTo((3.182446305 * sd!) / 2, 7);
    expect(2.5 - ci95![0]).toBeCloseTo(ci95![1] - 2.5, 12);
  });
});

describe('quantiles and histogram', () => {
  it('interpolates between order statistics', () => {
    expect(quantiles(Float64Array.of(1, 2, 4, 8), [0, 0.5, 1, 1 / 3])).toEqual([1, 3, 8, 2]);
    expect(quantiles(Float64Array.of(5), [0, 0.5, 1])).toEqual([5, 5, 5]);
  });

  it('and means are finite where differences and sums are not', () => {
    expect(quantiles(Float64Array.of(-1.5e308, 1.5e308), [0, 0.25, 0.5, 1])).toEqual([
      -1.5e308, -7.5e307, 0, 1.5e308,
    ]);
    expect(meanOf([1e308, 1.5e308])).toBe(1.25e308);
    expect(meanOf([1, 2, 6])).toBe(3);
  });

  it('counts every value once, the maximum too', () => {
    expect(histogram(Float64Array.of(0, 1, 2, 4), 4)).toEqual({ min: 0, max: 4, counts: [1, 1, 1, 1] });
    expect(histogram(Float64Array.of(2, 2), 4).counts).toEqual([2, 0, 0, 0]);
  });
});
