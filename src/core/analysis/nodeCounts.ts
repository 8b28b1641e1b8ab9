/** Which neurons a sample's spectrum rests on: what each adds to Z at the outermost orders, and w without those that add most. */
import type { AnalysisSettings } from '../../protocol/analysis';
import type { CountedNodes } from '../counting/sampleSums';
import { MIN_EDGES } from '../multifractal/edges';
import type { PartitionSums } from '../multifractal/partition';
import { missingSpectrum, multifractalSpectrum } from '../multifractal/spectrum';

/** Counters of neurons that are held at most: samples of more neurons and radii say nothing of single neurons. */
export const MOST_NODE_COUNTS = 2 ** 21;

/** The neurons that are left out at either end, as a share of all. */
const EXTREME = 0.005;
/** Neurons named at either end of a sample. */
const NAMED = 10;

/** A neuron of a sample, and its share of Z at an order: μ(r)^q / Z_q(r), mean over the radii of the fits. */
export interface NodeWeight {
  projection: number;
  /** In its projection. */
  neuron: number;
  weight: number;
}

export interface SampleExtremes {
  /** Neurons left out, both ends together. */
  neurons: number;
  /** 1 − w without them / w. */
  share: number;
  /** The largest shares of Z at the largest order, descending; empty where that is not positive. */
  common: NodeWeight[];
  /** The same at the smallest order; empty where that is not negative. */
  rare: NodeWeight[];
}

interface Node extends Omit<NodeWeight, 'weight'> {
  /** Edges at each radius of the codes. */
  edges: Uint32Array;
}

/** Keeps the counts of a sample's neurons while it is counted. */
export class NodeCounts {
  #nodes: Node[] | null = [];
  #held = 0;
  #radius: Uint16Array = new Uint16Array();

  add({ counts, codes, sources, neuronOf }: CountedNodes): void {
    const { first, last } = codes.spectrum!;
    const length = last - first + 1;
    this.#radius = codes.radius.slice(first, last + 1);
    for (let source = 0; source < sources && this.#nodes; source++) {
      const from = source * codes.size + first;
      const edges = counts.slice(from, from + length);
      if (edges.reduce((sum, each) => sum + each, 0) <= MIN_EDGES) continue;
      this.#held += length;
      if (this.#held > MOST_NODE_COUNTS) this.#nodes = null;
      else this.#nodes.push({ ...neuronOf(source), edges });
    }
  }

  /**
   * w without the most extreme neurons, and who they are.
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
    for (const node of out) {
      for (const [row, mu] of this.#measure(node, sums.radii).entries()) {
        without.logSum[row]! -= Math.log(mu);
        for (const [i, order] of q.entries()) without.z[row * q.length + i]! -= mu ** order;
      }
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

  /** By their shares of Z at one order, descending; among equals in the order of the network. */
  #ranked(
    nodes: readonly Node[],
    { radii, z }: PartitionSums,
    q: readonly number[],
    order: number,
  ): { node: Node; weight: number }[] {
    return nodes
      .map((node) => {
        const shares = this.#measure(node, radii).map(
          (mu, row) => mu ** q[order]! / z[row * q.length + order]!,
        );
        return { node, weight: shares.reduce((sum, share) => sum + share, 0) / radii.length };
      })
      .sort((a, b) => b.weight - a.weight);
  }

  /** μ at each of these radii: of the node itself and its edges, those up to there. */
  #measure({ edges }: Node, radii: readonly number[]): Float64Array {
    const reached = new Float64Array(radii.length);
    let n = 1;
    let code = 0;
    for (const [row, radius] of radii.entries()) {
      for (; code < edges.length && this.#radius[code]! <= radius; code++) n += edges[code]!;
      reached[row] = n;
    }
    return reached.map((each) => each / n);
  }
}
