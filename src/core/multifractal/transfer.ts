/** Weight-to-distance transfer functions (method §8): how long an edge of weight w is. */
import type { Transfer } from '../../protocol/analysis';

/** The edge length d(|w|), in float64. Infinite at w = 0 (no edge), 0 at infinite w, NaN at NaN. */
export const TRANSFER: Readonly<Record<Transfer, (magnitude: number) => number>> = {
  inv: (magnitude) => 1 / magnitude,
  inv2: (magnitude) => 1 / (magnitude * magnitude),
  neglog: (magnitude) => -Math.log(magnitude),
  invsqrt: (magnitude) => 1 / Math.sqrt(magnitude),
};
