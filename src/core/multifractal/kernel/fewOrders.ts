/** Tables and sums of {@link Kernel.foldFew}: partition sums of up to six moment orders besides 0. */

/** Number of orders besides 0. */
export const FEW_ORDERS = 6;
/** Numbers of a row: ln N and N, then the powers. */
export const FEW_ROW = 2 + FEW_ORDERS;

export interface FewSums {
  nodes: number;
  /** Z_q(r), shape [bins + 1, orders]. */
  z: Float64Array;
  /** Σ ln μ(r), shape [bins + 1]. */
  logSum: Float64Array;
  /** Edges of nodes by radius, shape [bins + 1]. */
  occupied: Float64Array;
}

interface FewTables {
  largest: number;
  powers: Float64Array;
  inverse: Float64Array;
}

const tables = new Map<string, FewTables>();
const MAX_TABLES = 8;

/** Powers of N = 0 … largest, and their inverses; row 0 is never used. @param orders at most {@link FEW_ORDERS}, none 0 */
export function fewTables(largest: number, orders: readonly number[]): FewTables {
  const key = orders.join(' ');
  const known = tables.get(key);
  if (known && known.largest >= largest) return known;
  const [powers, inverse] = [
    new Float64Array(FEW_ROW * (largest + 1)),
    new Float64Array(FEW_ROW * (largest + 1)),
  ];
  for (let n = 1; n <= largest; n++) {
    powers.set([Math.log(n), n], FEW_ROW * n);
    inverse.set([1, 1], FEW_ROW * n);
    for (const [i, order] of orders.entries()) {
      powers[FEW_ROW * n + 2 + i] = n ** order;
      inverse[FEW_ROW * n + 2 + i] = n ** -order;
    }
  }
  if (tables.size >= MAX_TABLES) tables.clear();
  const made = { largest, powers, inverse };
  tables.set(key, made);
  return made;
}

/**
 * Adds up changes: for positive orders from the smallest radius on, for others from the largest back, where every μ is
 * 1. Neither way loses digits by cancellation.
 * @param changes shape [bins + 1, {@link FEW_ROW}]
 */
export function sumChanges(changes: Float64Array, nodes: number, orders: readonly number[]): FewSums {
  const bins = changes.length / FEW_ROW - 1;
  const z = new Float64Array((bins + 1) * orders.length);
  const logSum = new Float64Array(bins + 1);
  const occupied = new Float64Array(bins + 1);
  const changeAt = (radius: number, place: number): number => changes[radius * FEW_ROW + place]!;
  for (let radius = 1; radius <= bins; radius++) occupied[radius] = changeAt(radius, 1);
  for (let radius = bins - 1; radius >= 1; radius--)
    logSum[radius] = logSum[radius + 1]! - changeAt(radius + 1, 0);
  for (const [i, order] of orders.entries()) {
    const to = (radius: number): number => radius * orders.length + i;
    if (order > 0) {
      let sum = changeAt(0, 2 + i);
      for (let radius = 1; radius <= bins; radius++) z[to(radius)] = sum += changeAt(radius, 2 + i);
    } else {
      let sum = nodes;
      for (let radius = bins; radius >= 1; radius--) {
        z[to(radius)] = sum;
        sum -= changeAt(radius, 2 + i);
      }
    }
  }
  return { nodes, z, logSum, occupied };
}

/** The sums over both sets, of the same orders and radii. */
export function addFew(a: FewSums, b: FewSums): FewSums {
  const sum = (x: Float64Array, y: Float64Array): Float64Array => x.map((value, i) => value + y[i]!);
  return {
    nodes: a.nodes + b.nodes,
    z: sum(a.z, b.z),
    logSum: sum(a.logSum, b.logSum),
    occupied: sum(a.occupied, b.occupied),
  };
}
