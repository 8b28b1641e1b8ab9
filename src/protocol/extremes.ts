/** Extremes of lists of any length: `Math.max(...list)` ends with an error where a list has some 100,000 members. */

/** −∞ where there are none; NaN where one is, as `Math.max` has it. */
export function largest(values: Iterable<number>): number {
  let most = -Infinity;
  for (const value of values) most = Math.max(most, value);
  return most;
}

/** ∞ where there are none; NaN where one is, as `Math.min` has it. */
export function smallest(values: Iterable<number>): number {
  let least = Infinity;
  for (const value of values) least = Math.min(least, value);
  return least;
}
