/**
 * Which neurons a sample's spectrum depends on: what each contributes to Z at the outermost orders, and w without the
 * largest contributors.
 */
import type { AnalysisSettings } from '../../protocol/analysis';
import type { CountedNodes } from '../counting/sampleSums';
import { MIN_EDGES } from '../multifractal/edges';
import type { PartitionSums } from '../multifractal/partition';
import { missingSpectrum, multifractalSpectrum } from '../multifractal/spectrum';

/**
 * Largest number of counters of neurons to store: samples with more neurons and radii say nothing about single neurons.
 */
export const MAX_NODE_COUNTS = 2 ** 21;

/** The share of neurons left out at each end. */
const EXTREME = 0.005;
/** Number of edges of the largest node whose powers come from a table (of 0.5 MB). */
const TABLE_EDGES = 256;
/** Number of neurons named at each end of a sample. */
const NAMED = 10;

/** A neuron of a sample, and its share of Z at an order: μ(r)^q / Z_q(r), averaged over the radii of the fits. */
export interface NodeWeight {
  projection: number;
  /** Its index in the projection. */
  neuron: number;
  weight: number;
}

export interface SampleExtremes {
  /** Number of neurons left out at both ends together. */
  neurons: number;
  /** 1 − w without them / w. */
  share: number;
  /** The largest shares of Z at the largest order, descending; empty where that is not positive. */
  common: NodeWeight[];
  /** The same at the smallest order; empty where that is not negative. */
  rare: NodeWeight[];
}

/**
 * A neuron with its counts: entries `start` to `end` (exclusive) of lists that it shares with the neurons counted
 * together with it, because an array of its own for each would take longer than all else.
 */
interface Node extends Omit<NodeWeight, 'weight'> {
  /** The codes at which it has edges, ascending; then the code after the last one. */
  codes: Uint16Array;
  /**
   * The number of its edges below each of these codes, plus the node itself; the last entry counts all of them: n(r).
   */
  reached: Uint32Array;
  start: number;
  end: number;
}

interface Ranked {
  node: Node;
  weight: number;
}

/** Stores the counts of a sample's neurons while it is counted. */
export class NodeCounts {
  #nodes: Node[] | null = [];
  #held = 0;
  #radius: Uint16Array = new Uint16Array();

  add({ counts, codes, sources, neuronOf }: CountedNodes): void {
    const { first, last } = codes.spectrum!;
    const length = last - first + 1;
    this.#radius = codes.radius.slice(first, last + 1);
    if (!this.#nodes) return;
    const entries = new Uint16Array(sources);
    let nodes = 0;
    for (let source = 0; source < sources; source++) {
      entries[source] = entriesOf(counts, source * codes.size + first, length);
      if (entries[source]! > 0) nodes++;
    }
    this.#held += nodes * length;
    if (this.#held > MAX_NODE_COUNTS) {
      this.#nodes = null;
      return;
    }
    const all = entries.reduce((sum, each) => sum + each, 0);
    const lists = { codes: new Uint16Array(all), reached: new Uint32Array(all) };
    let start = 0;
    for (let source = 0; source < sources; source++) {
      if (entries[source] === 0) continue;
      const { projection, neuron } = neuronOf(source);
      const end = start + entries[source]!;
      const node: Node = { projection, neuron, codes: lists.codes, reached: lists.reached, start, end };
      fill(node, counts, source * codes.size + first, length);
      this.#nodes.push(node);
      start = end;
    }
  }

  /**
   * w without the most extreme neurons, and which neurons these are.
   * @param width of the sample's spectrum.
   * @returns null where there are too few or too many neurons, or no spectrum without them.
   */
  extremes(sums: PartitionSums, { q }: AnalysisSettings, width: number): SampleExtremes | null {
    const nodes = this.#nodes;
    const left = Math.max(1, Math.round(EXTREME * sums.nodes));
    if (nodes?.length !== sums.nodes || sums.nodes < 4 * left || !(width > 0)) return null;
    const most = Math.max(left, NAMED);
    const ends = { common: q.length - 1, rare: 0 };
    const ranked = {
      common: q[ends.common]! > 0 ? this.#ranked(nodes, sums, q, ends.common, most) : [],
      rare: q[ends.rare]! < 0 ? this.#ranked(nodes, sums, q, ends.rare, most) : [],
    };
    const out = new Set(
      [...ranked.common.slice(0, left), ...ranked.rare.slice(0, left)].map(({ node }) => node),
    );
    const without: PartitionSums = {
      ...sums,
      nodes: sums.nodes - out.size,
      z: sums.z.slice(),
      logSum: sums.logSum.slice(),
    };
    const rows = this.#rows(sums.radii);
    for (const node of out) {
      forEachMeasure(node, rows, (reached, all, from, to) => {
        const mu = reached / all;
        const powers = q.map((order) => mu ** order);
        const log = Math.log(mu);
        for (let row = from; row < to; row++) {
          without.logSum[row]! -= log;
          for (let i = 0; i < q.length; i++) without.z[row * q.length + i]! -= powers[i]!;
        }
      });
    }
    if (missingSpectrum(without) !== null) return null;
    const share = 1 - multifractalSpectrum(without, q).width / width;
    if (!Number.isFinite(share)) return null;
    const named = (end: keyof typeof ends): NodeWeight[] =>
      ranked[end]
        .slice(0, NAMED)
        .map(({ node: { projection, neuron }, weight }) => ({ projection, neuron, weight }));
    return { neurons: out.size, share, common: named('common'), rare: named('rare') };
  }

  /** So many neurons with the largest shares of Z at one order, descending; equal shares in network order. */
  #ranked(
    nodes: readonly Node[],
    { radii, z }: PartitionSums,
    q: readonly number[],
    order: number,
    most: number,
  ): Ranked[] {
    // A node has few edges compared with the radii: its μ is the same at many of them, so the sum of 1 / Z over these
    // serves.
    const inverse = new Float64Array(radii.length + 1);
    for (const row of radii.keys()) inverse[row + 1] = inverse[row]! + 1 / z[row * q.length + order]!;
    const rows = this.#rows(radii);
    const power = powers(q[order]!, nodes);
    const weights = Float64Array.from(nodes, (node) => weightOf(node, rows, inverse, power) / radii.length);
    // Sorting the numbers alone takes a tenth of the time of sorting nodes by them.
    const least = weights.slice().sort()[Math.max(0, weights.length - most)]!;
    return nodes
      .map((node, i) => ({ node, weight: weights[i]! }))
      .filter(({ weight }) => weight >= least)
      .sort((a, b) => b.weight - a.weight)
      .slice(0, most);
  }

  /**
   * By code: the index of the first of these radii that includes its edges; after the last code, the number of radii.
   */
  #rows(radii: readonly number[]): Uint32Array {
    const rows = new Uint32Array(this.#radius.length + 1).fill(radii.length);
    let row = 0;
    for (const [code, radius] of this.#radius.entries()) {
      while (row < radii.length && radii[row]! < radius) row++;
      rows[code] = row;
    }
    return rows;
  }
}

// Short loops have functions of their own, as in `sampleSums.ts`.

/** The number of entries of a source's counts, the last one included; 0 where it is no node. */
function entriesOf(counts: Uint32Array, from: number, length: number): number {
  let edges = 0;
  let found = 0;
  for (let i = from; i < from + length; i++) {
    if (counts[i] === 0) continue;
    edges += counts[i]!;
    found++;
  }
  return edges > MIN_EDGES ? found + 1 : 0;
}

function fill({ codes, reached, start, end }: Node, counts: Uint32Array, from: number, length: number): void {
  let below = 1;
  let at = start;
  for (let code = 0; code < length; code++) {
    const edges = counts[from + code]!;
    if (edges === 0) continue;
    codes[at] = code;
    reached[at++] = below;
    below += edges;
  }
  codes[end - 1] = length;
  reached[end - 1] = below;
}

type Power = (reached: number, all: number) => number;

/** Computes (reached / all) ** exponent, from a table for small nodes, because many nodes have equally many edges. */
function powers(exponent: number, nodes: readonly Node[]): Power {
  let side = 0;
  for (const { reached, end } of nodes) side = Math.max(side, Math.min(reached[end - 1]!, TABLE_EDGES) + 1);
  const table = new Float64Array(side * side);
  return (reached, all) => {
    if (all > TABLE_EDGES) return (reached / all) ** exponent;
    return (table[all * side + reached] ||= (reached / all) ** exponent);
  };
}

/** The sum over all radii of a node's power of μ, each times what `inverse` grows by there. */
function weightOf(node: Node, rows: Uint32Array, inverse: Float64Array, power: Power): number {
  const { codes, reached, start, end } = node;
  const all = reached[end - 1]!;
  let weight = 0;
  let from = 0;
  for (let i = start; i < end; i++) {
    const to = rows[codes[i]!]!;
    if (to > from) weight += power(reached[i]!, all) * (inverse[to]! - inverse[from]!);
    from = to;
  }
  return weight;
}

/**
 * μ of a node over all radii, as reached / all: constant at the rows `from` to `to` (exclusive); these ranges are
 * adjacent.
 * @param rows by code, of the radii.
 */
function forEachMeasure(
  { codes, reached, start, end }: Node,
  rows: Uint32Array,
  use: (reached: number, all: number, from: number, to: number) => void,
): void {
  const all = reached[end - 1]!;
  let from = 0;
  for (let i = start; i < end; i++) {
    const to = rows[codes[i]!]!;
    if (to > from) use(reached[i]!, all, from, to);
    from = to;
  }
}
