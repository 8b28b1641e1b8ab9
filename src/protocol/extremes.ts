/** Extremes of lists of any length: `Math.max(...list)` throws for lists of more than about 100,000 members. */

/** −∞ for an empty list; NaN where a value is NaN, as for `Math.max`. */
export function largest(values: Iterable<number>): number {
  let most = -Infinity;
  for (const value of values) most = Math.max(most, value);
  return most;
}

/** ∞ for an empty list; NaN where a value is NaN, as for `Math.min`. */
export function smallest(values: Iterable<number>): number {
  let least = Infinity;
  for (const value of values) least = Math.min(least, value);
  return least;
}
