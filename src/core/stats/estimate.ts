/** Means with their uncertainty, and quantiles. */
import { mean, sampleStandardDeviation } from 'simple-statistics';
import type { Estimate } from '../../protocol/analysis';
import { studentTwoSided } from './studentT';

/** Mean, standard deviation over n − 1 and the 95 % interval of the mean by Student's t; null where undefined. */
export function estimate(values: readonly number[]): Estimate {
  if (values.length === 0) return { mean: null, sd: null, ci95: null };
  const center = mean([...values]);
  if (values.length === 1) return { mean: center, sd: null, ci95: null };
  const sd = sampleStandardDeviation([...values]);
  const half = (studentTwoSided(0.95, values.length - 1) * sd) / Math.sqrt(values.length);
  return { mean: center, sd, ci95: [center - half, center + half] };
}

/**
 * Quantiles with linear interpolation between order statistics (Hyndman & Fan's type 7, NumPy's default).
 *
 * @param sorted ascending, not empty. @param shares between 0 and 1.
 */
export function quantiles(sorted: Float64Array, shares: readonly number[]): number[] {
  return shares.map((share) => {
    const position = share * (sorted.length - 1);
    const below = Math.floor(position);
    const above = Math.min(below + 1, sorted.length - 1);
    const [low, high, part] = [sorted[below]!, sorted[above]!, position - below];
    const gap = high - low;
    return Number.isFinite(gap) ? low + part * gap : (1 - part) * low + part * high;
  });
}

/** The mean of finite numbers, also where their sum is beyond the range of numbers. @param values not empty. */
export function meanOf(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  if (Number.isFinite(sum)) return sum / values.length;
  return values.reduce((total, value) => total + value / values.length, 0);
}

/** The mean of two numbers, also where their sum is beyond the range of numbers. */
export function between(a: number, b: number): number {
  const sum = a + b;
  return Number.isFinite(sum) ? sum / 2 : a / 2 + b / 2;
}

/** Counts of `sorted` in `bins` equal parts of its range; the last part includes the maximum. */
export function histogram(
  sorted: Float64Array,
  bins: number,
): { min: number; max: number; counts: number[] } {
  const min = sorted[0]!;
  const max = sorted[sorted.length - 1]!;
  const counts = new Array<number>(bins).fill(0);
  for (const value of sorted) {
    const bin = max > min ? Math.min(Math.floor(((value - min) / (max - min)) * bins), bins - 1) : 0;
    counts[bin]!++;
  }
  return { min, max, counts };
}
