/** How edge lengths are rounded to radii, as NumPy's `round` does it. */
/** Rounds a non-negative number to the nearest integer, halves to even (IEEE 754 roundTiesToEven). */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
