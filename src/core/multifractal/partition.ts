/**
 * The partition function Z_q(r) = Σ_i μ_i(r)^q over all nodes, with μ_i(r) = N_i(r) / N_i(r_max) (method §4).
 *
 * N_i is a small integer: powers come from one table per order. Nodes of equal N(r_max) share a factor, and among
 * them equal N(r) are added once with their count, so the work grows with distinct values rather than with nodes.
 * Additions run by ascending N(r_max), then N(r): the sums have the same bits in whatever order the nodes come.
 */
import { MIN_EDGES, type EdgeCounts } from './boxGrowing';

export interface PartitionSums {
  /** Sources with more than 10 edges. */
  nodes: number;
  nodesDropped: number;
  edgesKept: number;
  /** The set R: radii that occur at any node, ascending. */
  radii: number[];
  /** Z_q(r), row-major, shape [radii, q]. */
  z: Float64Array;
  /** S(r) = Σ_i ln μ_i(r), for τ'(0). */
  logSum: Float64Array;
}

/** N_i(r) of some radii, shape [rows, nodes]; nodes in order of rising N_i(r_max), which are `totals`. */
export interface Reach {
  rows: number;
  values: Uint32Array;
  totals: Uint32Array;
}

/** Adds nodes to rows of Z, shape [rows, q], and to their Σ ln μ. The table has the powers of every N that occurs. */
export type AddReach = (reach: Reach, powers: PowerTable, z: Float64Array, logSum: Float64Array) => void;

/** Radii are taken together up to this many N_i(r): fine grids of many nodes would fill the memory. */
export const REACH_SIZE = 2 ** 20;

/**
 * Sums the partition function of all nodes in `counts` for the orders `q`.
 * @param addReach the inner loops: here in TypeScript, or a kernel's, with the same bits.
 */
export function partitionSums(
  counts: EdgeCounts,
  q: readonly number[],
  addReach: AddReach = addReachPlainly,
): PartitionSums {
  const { degrees } = counts;
  const nodes = nodesByDegree(degrees);
  const totals = Uint32Array.from(nodes, (source) => degrees[source]! + 1);
  const bins = occupiedBins(counts, nodes);
  const sums: PartitionSums = {
    nodes: nodes.length,
    nodesDropped: counts.sources - nodes.length,
    edgesKept: totals.reduce((sum, total) => sum + total - 1, 0),
    radii: bins,
    z: new Float64Array(bins.length * q.length),
    logSum: new Float64Array(bins.length),
  };
  const powers = new PowerTable(q, totals.at(-1) ?? 0);
  powers.include(totals);
  const reached = new Uint32Array(nodes.length).fill(1); // the node itself
  const together = Math.max(1, Math.floor(REACH_SIZE / nodes.length));
  for (let from = 0; from < bins.length; from += together) {
    const rows = Math.min(together, bins.length - from);
    const values = reachOf(counts, nodes, bins.slice(from, from + rows), reached);
    powers.include(values);
    const z = sums.z.subarray(from * q.length, (from + rows) * q.length);
    addReach({ rows, values, totals }, powers, z, sums.logSum.subarray(from, from + rows));
  }
  return sums;
}

/** The sources with enough edges, by rising degree. */
function nodesByDegree(degrees: Uint32Array): number[] {
  const nodes: number[] = [];
  for (let source = 0; source < degrees.length; source++)
    if (degrees[source]! > MIN_EDGES) nodes.push(source);
  return nodes.sort((a, b) => degrees[a]! - degrees[b]!);
}

/** The bins in which any of `nodes` has an edge, ascending. */
function occupiedBins(counts: EdgeCounts, nodes: readonly number[]): number[] {
  const occupied = new Uint8Array(counts.stride);
  for (const source of nodes) {
    const at = source * counts.stride;
    for (let bin = 0; bin < counts.stride; bin++) if (counts.counts[at + bin]! > 0) occupied[bin] = 1;
  }
  return [...occupied.keys()].filter((bin) => occupied[bin] === 1);
}

/** @param reached N_i before these bins, and after them when this returns. */
function reachOf(
  counts: EdgeCounts,
  nodes: readonly number[],
  bins: readonly number[],
  reached: Uint32Array,
): Uint32Array {
  const values = new Uint32Array(bins.length * nodes.length);
  for (let node = 0; node < nodes.length; node++) {
    const at = nodes[node]! * counts.stride;
    let sum = reached[node]!;
    for (let row = 0; row < bins.length; row++) {
      sum += counts.counts[at + bins[row]!]!; // between occupied bins N_i does not change
      values[row * nodes.length + node] = sum;
    }
    reached[node] = sum;
  }
  return values;
}

/** N^q and ln N of the integers up to `largest` that occur. */
export class PowerTable {
  /** N^q at N · q.length. */
  readonly powers: Float64Array;
  readonly logs: Float64Array;
  readonly #known: Uint8Array;

  constructor(
    readonly q: readonly number[],
    readonly largest: number,
  ) {
    this.powers = new Float64Array((largest + 1) * q.length);
    this.logs = new Float64Array(largest + 1);
    this.#known = new Uint8Array(largest + 1);
  }

  /** Fills in what is missing of these. */
  include(values: Uint32Array): void {
    for (const value of values) {
      if (this.#known[value] === 1) continue;
      this.#known[value] = 1;
      this.logs[value] = Math.log(value);
      const at = value * this.q.length;
      for (let i = 0; i < this.q.length; i++) this.powers[at + i] = value ** this.q[i]!;
    }
  }
}

/** In TypeScript: the same operations in the same order as kernel/assembly/reach.ts. Change both together. */
export function addReachPlainly(
  { rows, values, totals }: Reach,
  { q, powers, logs, largest }: PowerTable,
  z: Float64Array,
  logSum: Float64Array,
): void {
  const orders = q.length;
  const tally = new Uint32Array(largest + 1);
  const group = new Float64Array(orders);
  for (let from = 0, to; from < totals.length; from = to) {
    const total = totals[from]!;
    to = from + 1;
    while (to < totals.length && totals[to] === total) to++;
    for (let row = 0; row < rows; row++) {
      let least = total;
      let most = 1;
      for (let node = from; node < to; node++) {
        const value = values[row * totals.length + node]!;
        tally[value]!++;
        if (value < least) least = value;
        if (value > most) most = value;
      }
      group.fill(0);
      for (let value = least; value <= most; value++) {
        const times = tally[value]!;
        if (times === 0) continue;
        tally[value] = 0;
        const at = value * orders;
        for (let i = 0; i < orders; i++) group[i]! += times * powers[at + i]!;
        logSum[row]! += times * (logs[value]! - logs[total]!);
      }
      const at = row * orders;
      for (let i = 0; i < orders; i++) z[at + i]! += group[i]! / powers[total * orders + i]!;
    }
  }
}
