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
  const { stride } = counts;
  const degrees = Uint32Array.from({ length: counts.sources }, (_, source) => counts.degree(source));
  const nodes = [...degrees.keys()].filter((source) => degrees[source]! > MIN_EDGES);
  // Nodes of equal N(r_max) side by side.
  nodes.sort((a, b) => degrees[a]! - degrees[b]!);

  const bins = occupiedBins(counts, nodes);
  const powers = new PowerTable(q, nodes.length > 0 ? degrees[nodes.at(-1)!]! + 1 : 0);
  const sums: PartitionSums = {
    nodes: nodes.length,
    nodesDropped: counts.sources - nodes.length,
    edgesKept: nodes.reduce((sum, source) => sum + degrees[source]!, 0),
    radii: bins.map((bin) => radiusOf(bin, counts.grid.digits)),
    z: new Float64Array(bins.length * q.length),
    logSum: new Float64Array(bins.length),
  };

  const reached = new Uint32Array(nodes.length).fill(1); // N_i so far: the node itself
  const tally = new Uint32Array(powers.largest + 1);
  const group = new Float64Array(q.length);
  let below = -1;
  for (const [row, bin] of bins.entries()) {
    for (const [node, source] of nodes.entries()) {
      let sum = reached[node]!;
      for (let b = below + 1; b <= bin; b++) sum += counts.counts[source * stride + b]!;
      reached[node] = sum;
    }
    below = bin;
    const z = sums.z.subarray(row * q.length, (row + 1) * q.length);
    let logSum = 0;
    for (let from = 0; from < nodes.length;) {
      const total = degrees[nodes[from]!]! + 1;
      let to = from;
      while (to < nodes.length && degrees[nodes[to]!]! + 1 === total) to++;
      group.fill(0);
      let least = total;
      let most = 1;
      for (let node = from; node < to; node++) {
        const value = reached[node]!;
        tally[value]!++;
        if (value < least) least = value;
        if (value > most) most = value;
      }
      for (let value = least; value <= most; value++) {
        const times = tally[value]!;
        if (times === 0) continue;
        tally[value] = 0;
        powers.addTo(group, value, times);
        logSum += times * (powers.log(value) - powers.log(total));
      }
      powers.addQuotient(z, group, total);
      from = to;
    }
    sums.logSum[row] = logSum;
  }
  return sums;
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

/** N^q and ln N of the integers up to `largest`, filled as they are asked for. */
class PowerTable {
  readonly #powers: Float64Array;
  readonly #logs: Float64Array;
  readonly #known: Uint8Array;

  constructor(
    private readonly q: readonly number[],
    readonly largest: number,
  ) {
    this.#powers = new Float64Array((largest + 1) * q.length);
    this.#logs = new Float64Array(largest + 1);
    this.#known = new Uint8Array(largest + 1);
  }

  log(value: number): number {
    this.#fill(value);
    return this.#logs[value]!;
  }

  /** into[q] += times · value^q */
  addTo(into: Float64Array, value: number, times: number): void {
    const at = this.#fill(value);
    for (let i = 0; i < into.length; i++) into[i] = into[i]! + times * this.#powers[at + i]!;
  }

  /** into[q] += sums[q] / value^q */
  addQuotient(into: Float64Array, sums: Float64Array, value: number): void {
    const at = this.#fill(value);
    for (let i = 0; i < into.length; i++) into[i] = into[i]! + sums[i]! / this.#powers[at + i]!;
  }

  #fill(value: number): number {
    const at = value * this.q.length;
    if (this.#known[value] === 0) {
      this.#known[value] = 1;
      this.#logs[value] = Math.log(value);
      for (const [i, order] of this.q.entries()) this.#powers[at + i] = value ** order;
    }
    return at;
  }
}
