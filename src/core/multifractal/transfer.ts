/** Weight-to-distance transfer functions (method §8): how long an edge of weight w is. */
import type { Transfer } from '../../protocol/analysis';
import type { Fact } from '../../protocol/facts';

/** The edge length d(|w|), in float64. Infinite at w = 0 (no edge), 0 at infinite w, NaN at NaN. */
export const TRANSFER: Readonly<Record<Transfer, (magnitude: number) => number>> = {
  inv: (magnitude) => 1 / magnitude,
  inv2: (magnitude) => 1 / (magnitude * magnitude),
  neglog: (magnitude) => -Math.log(magnitude),
  invsqrt: (magnitude) => 1 / Math.sqrt(magnitude),
};

/** The magnitude of an edge of this length; infinite where no weight has so short an edge. */
export const INVERSE_TRANSFER: Readonly<Record<Transfer, (length: number) => number>> = {
  inv: (length) => 1 / length,
  inv2: (length) => 1 / Math.sqrt(length),
  neglog: (length) => Math.exp(-length),
  invsqrt: (length) => 1 / (length * length),
};

/** The median edge length in scale-free units. */
const SCALE_FREE_MEDIAN = 50;

/**
 * The factor of edge lengths: d' = 50 · d / median(d) (method §6), or 1 for absolute lengths. NaN, which leaves no
 * edges, where {@link missingScale} gives a reason. Multiplying all weights by a power of two divides lengths and
 * median by exactly the same number, so d' keeps its bits.
 */
export function lengthScale(medianLength: number | null): number {
  if (medianLength === null) return 1;
  return missingScale(medianLength) === null ? SCALE_FREE_MEDIAN / medianLength : NaN;
}

/** Why there are no lengths relative to this median; null where there are. */
export function missingScale(medianLength: number | null): Fact | null {
  if (medianLength === null) return null;
  // Lengths −ln |w| of large weights are negative.
  if (medianLength <= 0) return { code: 'median-not-positive', medianLength };
  // For 64-bit weights near the ends of their range, inverse lengths are infinite, or have an infinite inverse.
  if (Number.isFinite(medianLength) && Number.isFinite(SCALE_FREE_MEDIAN / medianLength)) return null;
  return { code: 'median-out-of-range' };
}
