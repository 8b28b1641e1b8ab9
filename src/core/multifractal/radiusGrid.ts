/**
 * The discrete radii that edge lengths are rounded to. Bin b stands for the radius b / 10^digits; rounding is to the
 * nearest, halves to even, as NumPy's `round(d, digits)` does it (scale, round, unscale).
 */
export interface RadiusGrid {
  /** Lengths above this are no edges. */
  threshold: number;
  digits: number;
  /** The highest bin: that of the threshold itself. */
  bins: number;
}

export function radiusGrid(threshold: number, digits: number): RadiusGrid {
  return { threshold, digits, bins: binOf(threshold, digits) };
}

/** The bin of an edge of length `d`. */
export function binOf(d: number, digits: number): number {
  if (digits === 0) return roundHalfEven(d);
  return roundHalfEven(digits > 0 ? d * 10 ** digits : d / 10 ** -digits);
}

/** The radius that bin `bin` stands for. */
export function radiusOf(bin: number, digits: number): number {
  return digits >= 0 ? bin / 10 ** digits : bin * 10 ** -digits;
}

/** Rounds a non-negative number to the nearest integer, halves to even (IEEE 754 roundTiesToEven). */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
