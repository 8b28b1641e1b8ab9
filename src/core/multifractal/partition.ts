/**
 * The partition function Z_q(r) = Σ_i μ_i(r)^q over all nodes, with μ_i(r) = N_i(r) / N_i(r_max) (method §4).
 *
 * N_i is a small integer: powers come from one table per order. Nodes of equal N(r_max) share a factor, and among
 * them equal N(r) are added once with their count, so the work grows with distinct values rather than with nodes.
 * Additions run by ascending N(r_max), then N(r): the sums have the same bits in whatever order the nodes come.
 */
import { MIN_EDGES, type EdgeCounts } from './boxGrowing';
import { radiusOf } from './radiusGrid';

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

/** Sums the partition function of all nodes in `counts` for the orders `q`. */
export function partitionSums(counts: EdgeCounts, q: readonly number[]): PartitionSums {
  const degrees = counts.degrees();
  const nodes = nodesByDegree(degrees);
  const bins = occupiedBins(counts, nodes);
  const reach = reachOf(counts, nodes, bins);
  const powers = new PowerTable(q, nodes.length > 0 ? degrees[nodes.at(-1)!]! + 1 : 0);
  const sums: PartitionSums = {
    nodes: nodes.length,
    nodesDropped: counts.sources - nodes.length,
    edgesKept: nodes.reduce((sum, source) => sum + degrees[source]!, 0),
    radii: bins.map((bin) => radiusOf(bin, counts.grid.digits)),
    z: new Float64Array(bins.length * q.length),
    logSum: new Float64Array(bins.length),
  };
  for (let from = 0, to; from < nodes.length; from = to) {
    const degree = degrees[nodes[from]!]!;
    to = from + 1;
    while (to < nodes.length && degrees[nodes[to]!] === degree) to++;
    for (let row = 0; row < bins.length; row++) {
      const group = reach.subarray(row * nodes.length + from, row * nodes.length + to);
      const z = sums.z.subarray(row * q.length, (row + 1) * q.length);
      sums.logSum[row] = powers.addGroup(group, degree + 1, z, sums.logSum[row]!);
    }
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

/** N_i(r), shape [bins, nodes]. Between occupied bins it does not change. */
function reachOf(counts: EdgeCounts, nodes: readonly number[], bins: readonly number[]): Uint32Array {
  const reach = new Uint32Array(bins.length * nodes.length);
  for (let node = 0; node < nodes.length; node++) {
    const at = nodes[node]! * counts.stride;
    let reached = 1; // the node itself
    for (let row = 0; row < bins.length; row++) {
      reached += counts.counts[at + bins[row]!]!;
      reach[row * nodes.length + node] = reached;
    }
  }
  return reach;
}

/** N^q and ln N of the integers up to `largest`, filled as they are asked for. */
class PowerTable {
  readonly #powers: Float64Array;
  readonly #logs: Float64Array;
  readonly #known: Uint8Array;
  /** How many nodes of the group in hand have reached N. */
  readonly #tally: Uint32Array;
  readonly #group: Float64Array;

  constructor(
    private readonly q: readonly number[],
    largest: number,
  ) {
    this.#powers = new Float64Array((largest + 1) * q.length);
    this.#logs = new Float64Array(largest + 1);
    this.#known = new Uint8Array(largest + 1);
    this.#tally = new Uint32Array(largest + 1);
    this.#group = new Float64Array(q.length);
  }

  /**
   * Adds Σ (N / total)^q over a group of nodes to `z`, and Σ ln (N / total) to `logSum`.
   * @param reach N of each node. @param total N(r_max) of all of them. @returns the sum of logarithms.
   */
  addGroup(reach: Uint32Array, total: number, z: Float64Array, logSum: number): number {
    const tally = this.#tally;
    const group = this.#group.fill(0);
    const powers = this.#powers;
    const count = group.length;
    let least = total;
    let most = 1;
    for (const value of reach) {
      tally[value]!++;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    const whole = this.#fill(total);
    for (let value = least; value <= most; value++) {
      const times = tally[value]!;
      if (times === 0) continue;
      tally[value] = 0;
      const at = this.#fill(value);
      for (let i = 0; i < count; i++) group[i]! += times * powers[at + i]!;
      logSum += times * (this.#logs[value]! - this.#logs[total]!);
    }
    for (let i = 0; i < count; i++) z[i]! += group[i]! / powers[whole + i]!;
    return logSum;
  }

  /** @returns where the powers of `value` are. */
  #fill(value: number): number {
    const at = value * this.q.length;
    if (this.#known[value] === 0) {
      this.#known[value] = 1;
      this.#logs[value] = Math.log(value);
      for (let i = 0; i < this.q.length; i++) this.#powers[at + i] = value ** this.q[i]!;
    }
    return at;
  }
}
