/**
 * Draws from a discrete distribution in constant time (Walker 1977, in Vose's form of 1991): of the columns, all alike, one is drawn
 * and a place in it; the place tells whether it is the column's own or that of another.
 */

export interface AliasTable {
  /** Of each column: the share of it that is its own. */
  own: Float64Array;
  other: Uint32Array;
}

/** @param weights not negative, at least one positive; need not add up to 1. */
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
  // What rounding left over is a full column, unless it has no weight at all.
  const heaviest = weights.indexOf(weights.reduce((most, weight) => Math.max(most, weight), 0));
  for (const i of small) if (weights[i] === 0) [own[i], other[i]] = [0, heaviest];
  return { own, other };
}
