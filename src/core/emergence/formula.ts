/** The degree of emergence of Xiao et al., ICLR 2025 (method §5). */

/** A narrower spectrum is rounding error: identical neurons have a width of 0, and so has a single neuron. */
export const NO_WIDTH = 1e-9;

/** E(t) = (w(t) / w(0)) · ln(α₀(0) / α₀(t)); NaN or infinite where that is undefined. No unit. */
export function degreeOfEmergence(now: Point, baseline: Point): number {
  if (baseline.width < NO_WIDTH) return NaN;
  return (now.width / baseline.width) * Math.log(baseline.alpha0 / now.alpha0);
}

/** α₀ and w of one sample, or their means. */
export interface Point {
  alpha0: number;
  width: number;
}
