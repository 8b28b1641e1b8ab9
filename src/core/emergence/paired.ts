/** E and its interval from the samples or draws that both ends have. */
import { tInterval } from '../stats/paired';
import { meanPoint } from './figures';
import { degreeOfEmergence, type Point } from './formula';

/** One sample at both ends (a seed takes the same neurons everywhere), or one draw of a null model. */
export interface Pair {
  now: Point;
  then: Point;
}

/** The pairs that both ends have. */
export function pairsOf(now: readonly (Point | null)[], then: readonly (Point | null)[]): (Pair | null)[] {
  return now.map((point, i) => {
    const other = then[i];
    return point && other ? { now: point, then: other } : null;
  });
}

export interface PairedEmergence {
  value: number;
  /** The contribution of each pair to E, linearized around the means; they sum to 0. */
  terms: number[];
}

/**
 * E from the means over the pairs, and its terms by the delta method: with means ā, w̄ now and ā₀, w̄₀ then, and L = ln(ā₀ / ā),
 * u = (w̄ / w̄₀) · ((a₀ − ā₀) / ā₀ − (a − ā) / ā) + L · ((w − w̄) / w̄₀ − w̄ (w₀ − w̄₀) / w̄₀²).
 * Percentiles of resamples would cover too little: 88 % at 10 pairs where they say 95.
 * @param pairs not empty
 */
export function pairedEmergence(pairs: readonly Pair[]): PairedEmergence {
  const now = meanPoint(pairs.map((pair) => pair.now));
  const then = meanPoint(pairs.map((pair) => pair.then));
  const logs = Math.log(then.alpha0 / now.alpha0);
  const terms = pairs.map(
    ({ now: { alpha0: a, width: w }, then: { alpha0: a0, width: w0 } }) =>
      (now.width / then.width) * ((a0 - then.alpha0) / then.alpha0 - (a - now.alpha0) / now.alpha0) +
      logs * ((w - now.width) / then.width - (now.width * (w0 - then.width)) / then.width ** 2),
  );
  return { value: degreeOfEmergence(now, then), terms };
}

/** E with its interval; the value is NaN or infinite where it is undefined. */
export const withInterval = ({
  value,
  terms,
}: PairedEmergence): { value: number; ci95: [number, number] | null } => ({
  value,
  ci95: tInterval(value, terms),
});
