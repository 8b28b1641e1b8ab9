/** How many samples a run needs until E is known well enough: starts with 10, then doubles. */
import type { Fact } from '../../protocol/facts';
import type { RunPoint } from '../../protocol/run';
import { MAX_SAMPLES } from '../analysis/settings';

export const MIN_SAMPLES = 10;
/** The goal: half of E's 95 % interval is at most this, or this share of E. */
const HALF_WIDTH = 0.002;
const HALF_SHARE = 0.05;

/** The points whose interval of E is wider; more samples do not help where there is no interval. */
function wide(points: readonly Pick<RunPoint, 'emergence'>[]): number {
  return points.filter(({ emergence: { value, ci95 } }) => {
    if (value === null || !ci95) return false;
    return (ci95[1] - ci95[0]) / 2 > Math.max(HALF_WIDTH, HALF_SHARE * Math.abs(value));
  }).length;
}

/** The number of samples to take next; null where these are enough, or as many as possible. */
export function moreSamples(points: readonly Pick<RunPoint, 'emergence'>[], samples: number): number | null {
  return wide(points) === 0 || samples >= MAX_SAMPLES ? null : Math.min(2 * samples, MAX_SAMPLES);
}

/** What a reader of the last series should know; null where its intervals are as narrow as required. */
export function samplesWarning(points: readonly Pick<RunPoint, 'emergence'>[], samples: number): Fact | null {
  const others = wide(points);
  return others === 0 ? null : { code: 'wide-intervals', others, of: points.length, samples };
}
