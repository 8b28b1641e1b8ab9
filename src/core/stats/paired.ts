/** Student's t intervals for paired measurements, such as two on the same seeds. */
import { sampleStandardDeviation } from 'simple-statistics';
import { studentTwoSided } from './studentT';

/** With fewer items in common there is no interval: two items say almost nothing about their spread. */
export const MIN_COMMON = 3;

/**
 * The 95 % interval, around `center`, of a mean with these single terms; null for fewer than {@link MIN_COMMON}, or
 * where it is beyond the range of numbers.
 */
export function tInterval(center: number, terms: readonly number[]): [number, number] | null {
  const n = terms.length;
  if (n < MIN_COMMON || !terms.every(Number.isFinite)) return null;
  const half = (studentT975(n - 1) * sampleStandardDeviation([...terms])) / Math.sqrt(n);
  const interval: [number, number] = [center - half, center + half];
  return interval.every(Number.isFinite) ? interval : null;
}

/** The interval around `center` in which one more term would lie in 95 % of cases; null as above. */
export function tSpread(center: number, terms: readonly number[]): [number, number] | null {
  const mean = tInterval(center, terms);
  if (!mean) return null;
  const half = (mean[1] - center) * Math.sqrt(terms.length);
  return [center - half, center + half];
}

/**
 * As {@link tInterval}, of terms that are not independent: chance has given them a share of themselves in common.
 * @param draws what chance gives each; their spread counts as far as the terms are one. @param overlap 0 to 1
 */
export function sharedInterval(
  center: number,
  terms: readonly number[],
  draws: readonly number[],
  overlap: number,
): [number, number] | null {
  const own = tInterval(center, terms);
  if (!own || overlap === 0) return own;
  const other = tSpread(center, draws);
  if (!other) return null;
  const half = Math.hypot(own[1] - center, overlap * (other[1] - center));
  return [center - half, center + half];
}

const quantiles = new Map<number, number>();

/** Cached: it is found by bisection, and the same few are needed repeatedly. */
function studentT975(degrees: number): number {
  const known = quantiles.get(degrees);
  if (known !== undefined) return known;
  const found = studentTwoSided(0.95, degrees);
  quantiles.set(degrees, found);
  return found;
}
