/** Intervals by resampling (Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapters 6 and 13). */
import { Mt19937 } from '../sampling/mt19937';
import { quantiles } from './estimate';

/** Enough for the 2.5 and 97.5 % points; the usual choice for percentile intervals. */
export const BOOTSTRAP_DRAWS = 1_000;
/** Any fixed number works: the same data give the same interval. */
export const BOOTSTRAP_SEED = 20_250_424;

/**
 * Resamples of `items` things: each row holds `items` indices, drawn with replacement. Equal numbers of things get the
 * same rows, so that statistics of several series over the same things are resampled together.
 */
export function resamples(items: number, draws = BOOTSTRAP_DRAWS, seed = BOOTSTRAP_SEED): Uint32Array[] {
  const generator = new Mt19937(seed);
  return Array.from({ length: draws }, () =>
    Uint32Array.from({ length: items }, () => generator.interval(items - 1)),
  );
}

/** The central 95 % of a statistic's resampled values; undefined ones (NaN, ±∞) do not count. */
export function percentileInterval(values: readonly number[]): [number, number] | null {
  const sorted = Float64Array.from(values.filter(Number.isFinite)).sort();
  if (sorted.length === 0) return null;
  const [low, high] = quantiles(sorted, [0.025, 0.975]);
  return [low!, high!];
}
