/**
 * Partition sums on the whole grid of radii, in the form in which they are added up, in an order that makes them
 * reproducible.
 */
import type { RadiiRule } from '../../protocol/analysis';
import type { PartitionSums } from '../multifractal/partition';

/** Sums on the grid of radii 1 … bins (row 0 is not used). */
export interface GridTotals {
  bins: number;
  sources: number;
  nodes: number;
  edgesKept: number;
  /** [bins + 1, q] */
  z: Float64Array;
  logSum: Float64Array;
  occupied: Float64Array;
}

export function emptyTotals(bins: number, orders: number): GridTotals {
  return {
    bins,
    sources: 0,
    nodes: 0,
    edgesKept: 0,
    z: new Float64Array((bins + 1) * orders),
    logSum: new Float64Array(bins + 1),
    occupied: new Float64Array(bins + 1),
  };
}

export function addTotals(into: GridTotals, sums: Omit<GridTotals, 'bins'>): void {
  into.sources += sums.sources;
  into.nodes += sums.nodes;
  into.edgesKept += sums.edgesKept;
  // All others are those of nodes, and 0 without.
  if (sums.nodes === 0) return;
  for (const field of ['z', 'logSum', 'occupied'] as const) {
    const to = into[field];
    const from = sums[field];
    for (let i = 0; i < to.length; i++) to[i] = to[i]! + from[i]!;
  }
}

/** Numbers of packed totals. */
export function packedLength(bins: number, orders: number): number {
  return 3 + (bins + 1) * (orders + 2);
}

/** Totals as one array: counts, then z, logSum and occupied. */
export function packTotals(
  { sources, nodes, edgesKept, z, logSum, occupied }: GridTotals,
  packed: Float64Array = new Float64Array(3 + z.length + logSum.length + occupied.length),
): Float64Array {
  packed.set([sources, nodes, edgesKept]);
  packed.set(z, 3);
  packed.set(logSum, 3 + z.length);
  packed.set(occupied, 3 + z.length + logSum.length);
  return packed;
}

/** The reverse of {@link packTotals}, also for weighted sums of packed totals. */
export function unpackTotals(packed: Float64Array, bins: number, orders: number): GridTotals {
  const zEnd = 3 + (bins + 1) * orders;
  return {
    bins,
    sources: packed[0]!,
    nodes: packed[1]!,
    edgesKept: packed[2]!,
    z: packed.subarray(3, zEnd),
    logSum: packed.subarray(zEnd, zEnd + bins + 1),
    occupied: packed.subarray(zEnd + bins + 1),
  };
}

/** The radii that a rule selects: those that occur, or all from `lo` on. @param occupied edges by radius */
export function radiiOf(occupied: Float64Array, rule: RadiiRule): number[] {
  const radii: number[] = [];
  for (let radius = 1; radius < occupied.length; radius++) {
    if (rule.rule === 'fixed' ? radius >= rule.lo : occupied[radius]! > 0) radii.push(radius);
  }
  return radii;
}

/** The radii that the rule selects, and the sums there: spectra are made from these. */
export function partitionOf(
  { occupied, z, logSum, nodes, sources, edgesKept }: GridTotals,
  rule: RadiiRule,
): PartitionSums {
  const radii = radiiOf(occupied, rule);
  const orders = z.length / occupied.length;
  return {
    nodes,
    nodesDropped: sources - nodes,
    edgesKept,
    radii,
    edgesAt: radii.map((radius) => occupied[radius]!),
    z: rowsOf(z, radii, orders),
    logSum: rowsOf(logSum, radii, 1),
  };
}

/** These rows of a matrix; a view where they are adjacent. */
function rowsOf(matrix: Float64Array, rows: readonly number[], columns: number): Float64Array {
  const first = rows[0] ?? 0;
  if (rows.length === 0 || rows.at(-1)! - first === rows.length - 1)
    return matrix.subarray(first * columns, (first + rows.length) * columns);
  const found = new Float64Array(rows.length * columns);
  for (const [i, row] of rows.entries())
    found.set(matrix.subarray(row * columns, (row + 1) * columns), i * columns);
  return found;
}
