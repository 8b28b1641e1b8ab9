/**
 * Draws from a discrete distribution in constant time (Walker 1977, in Vose's form of 1991): all columns are equally
 * likely; one is drawn, and a position in it, which decides between the column's own value and another one.
 */

export interface AliasTable {
  /** The share of each column that is its own. */
  own: Float64Array;
  other: Uint32Array;
}

/** @param weights not negative, at least one positive; their sum need not be 1. */
export function aliasTable(weights: Float64Array): AliasTable {
  const n = weights.length;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const scaled = weights.map((weight) => (weight / total) * n);
  const own = new Float64Array(n).fill(1);
  const other = Uint32Array.from(weights, (_, i) => i);
  const small: number[] = [];
  const large: number[] = [];
  for (const [i, share] of scaled.entries()) (share < 1 ? small : large).push(i);
  while (small.length > 0 && large.length > 0) {
    const [less, more] = [small.pop()!, large.pop()!];
    own[less] = scaled[less]!;
    other[less] = more;
    scaled[more] = scaled[more]! - (1 - scaled[less]!);
    (scaled[more] < 1 ? small : large).push(more);
  }
  // Columns left over by rounding are full, unless they have no weight at all.
  const heaviest = weights.indexOf(weights.reduce((most, weight) => Math.max(most, weight), 0));
  for (const i of small) if (weights[i] === 0) [own[i], other[i]] = [0, heaviest];
  return { own, other };
}
