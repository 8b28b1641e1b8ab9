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
export const MOST_NODE_COUNTS = 2 ** 21;

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

interface Node extends Omit<NodeWeight, 'weight'> {
  /** The codes at which it has edges, ascending. */
  codes: Uint16Array;
  /**
   * The number of its edges below each of these codes, plus the node itself; the last entry counts all of them: n(r).
   */
  reached: Uint32Array;
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
    const used = new Uint16Array(length);
    const reached = new Uint32Array(length + 1);
    for (let source = 0; source < sources && this.#nodes; source++) {
      const from = source * codes.size + first;
      let found = 0;
      reached[0] = 1;
      for (let code = 0; code < length; code++) {
        const edges = counts[from + code]!;
        if (edges === 0) continue;
        used[found++] = code;
        reached[found] = reached[found - 1]! + edges;
      }
      if (reached[found]! - 1 <= MIN_EDGES) continue;
      this.#held += length;
      if (this.#held > MOST_NODE_COUNTS) this.#nodes = null;
      else
        this.#nodes.push({
          ...neuronOf(source),
          codes: used.slice(0, found),
          reached: reached.slice(0, found + 1),
        });
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
    const ends = { common: q.length - 1, rare: 0 };
    const ranked = {
      common: q[ends.common]! > 0 ? this.#ranked(nodes, sums, q, ends.common) : [],
      rare: q[ends.rare]! < 0 ? this.#ranked(nodes, sums, q, ends.rare) : [],
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

  /** The neurons with the largest shares of Z at one order, descending; equal shares in network order. */
  #ranked(
    nodes: readonly Node[],
    { radii, z }: PartitionSums,
    q: readonly number[],
    order: number,
  ): { node: Node; weight: number }[] {
    // A node has few edges compared with the radii: its μ is the same at many of them, so the sum of 1 / Z over these
    // serves.
    const inverse = new Float64Array(radii.length + 1);
    for (const row of radii.keys()) inverse[row + 1] = inverse[row]! + 1 / z[row * q.length + order]!;
    const rows = this.#rows(radii);
    const power = powers(q[order]!);
    return nodes
      .map((node) => {
        let weight = 0;
        forEachMeasure(node, rows, (reached, all, from, to) => {
          weight += power(reached, all) * (inverse[to]! - inverse[from]!);
        });
        return { node, weight: weight / radii.length };
      })
      .sort((a, b) => b.weight - a.weight);
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

/** Computes (reached / all) ** exponent, from a table for small nodes, because many nodes have equally many edges. */
function powers(exponent: number): (reached: number, all: number) => number {
  const side = TABLE_EDGES + 1;
  const table = new Float64Array(side * side);
  return (reached, all) => {
    if (all > TABLE_EDGES) return (reached / all) ** exponent;
    return (table[all * side + reached] ||= (reached / all) ** exponent);
  };
}

/**
 * μ of a node over all radii, as reached / all: constant at the rows `from` to `to` (exclusive); these ranges are
 * adjacent.
 * @param rows by code, of the radii.
 */
function forEachMeasure(
  { codes, reached }: Node,
  rows: Uint32Array,
  use: (reached: number, all: number, from: number, to: number) => void,
): void {
  const all = reached[codes.length]!;
  let from = 0;
  for (let i = 0; i <= codes.length; i++) {
    const to = rows[i < codes.length ? codes[i]! : rows.length - 1]!;
    if (to > from) use(reached[i]!, all, from, to);
    from = to;
  }
}
