/**
 * Which neurons a sample's spectrum depends on: what each contributes to Z at the outermost orders, and w without the
 * largest contributors.
 */
import { largest } from '../../protocol/extremes';
import type { CountedNodes } from '../counting/sampleSums';
import { largestOf, type Kernel, type NodeLists } from '../multifractal/kernel/kernel';
import { momentSteps } from '../multifractal/momentSteps';
import type { PartitionSums } from '../multifractal/partition';
import type { CodeRun, RadiusCodes } from '../multifractal/radiusCodes';
import { spectrumFiguresIfAny } from '../multifractal/spectrum';

/**
 * Largest number of counters of neurons to store: samples with more neurons and radii say nothing about single neurons.
 */
export const MAX_NODE_COUNTS = 2 ** 21;

/** The share of neurons left out at each end. */
const EXTREME = 0.005;
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

/** The nodes among neurons that were counted together. */
interface Counted extends NodeLists, Pick<CountedNodes, 'neuronOf'> {}

interface Ranked {
  counted: Counted;
  /** Its index in the lists. */
  node: number;
  weight: number;
}

/** Stores the counts of a sample's neurons while it is counted. */
export class NodeCounts {
  readonly #kernel: Kernel;
  #counted: Counted[] | null = [];
  #nodes = 0;
  /** The same of all neurons, as far as the spectrum's radii go. */
  #codes: RadiusCodes | undefined;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Call before the kernel folds what it has counted. */
  add({ codes, sources, neuronOf }: CountedNodes): void {
    if (!this.#counted) return;
    this.#codes = codes;
    const run = codes.spectrum!;
    const most = Math.floor(MAX_NODE_COUNTS / lengthOf(run)) - this.#nodes;
    const lists = this.#kernel.listNodes(sources, run, most);
    if (!lists) {
      this.#counted = null;
      return;
    }
    this.#nodes += lists.ends.length;
    this.#counted.push({ ...lists, neuronOf });
  }

  /**
   * w without the most extreme neurons, and which neurons these are. Overwrites what the kernel has counted.
   * @param width of the sample's spectrum.
   * @returns null where there are too few or too many neurons, or no spectrum without them.
   */
  extremes(sums: PartitionSums, q: readonly number[], width: number): SampleExtremes | null {
    const left = Math.max(1, Math.round(EXTREME * sums.nodes));
    if (!this.#counted || this.#nodes !== sums.nodes || sums.nodes < 4 * left || !(width > 0)) return null;
    const most = Math.max(left, NAMED);
    const ends = { common: q.length - 1, rare: 0 };
    const rows = firstRadii(this.#codes!, sums.radii);
    const ranked = {
      common: q[ends.common]! > 0 ? this.#ranked(rows, sums, q, ends.common, most) : [],
      rare: q[ends.rare]! < 0 ? this.#ranked(rows, sums, q, ends.rare, most) : [],
    };
    const rare = ranked.rare
      .slice(0, left)
      .filter((each) => !ranked.common.slice(0, left).some((other) => isSame(each, other)));
    const out = [...ranked.common.slice(0, left), ...rare];
    const figures = spectrumFiguresIfAny(this.#kernel, this.#without(out, sums, q), q);
    const share = figures ? 1 - figures.width / width : NaN;
    if (!Number.isFinite(share)) return null;
    const named = (end: keyof typeof ends): NodeWeight[] =>
      ranked[end]
        .slice(0, NAMED)
        .map(({ counted, node, weight }) => ({ ...counted.neuronOf(counted.sources[node]!), weight }));
    return { neurons: out.length, share, common: named('common'), rare: named('rare') };
  }

  /** So many neurons with the largest shares of Z at one order, descending; equal shares in network order. */
  #ranked(
    rows: Uint32Array,
    { radii, z }: PartitionSums,
    q: readonly number[],
    order: number,
    most: number,
  ): Ranked[] {
    const inverse = new Float64Array(radii.length + 1);
    for (const row of radii.keys()) inverse[row + 1] = inverse[row]! + 1 / z[row * q.length + order]!;
    const weights = new Float64Array(this.#nodes);
    let at = 0;
    for (const counted of this.#counted!) {
      weights.set(this.#kernel.weighNodes(counted, { rows, inverse, q: q[order]! }), at);
      at += counted.ends.length;
    }
    // Sorting the numbers alone takes a tenth of the time of sorting neurons by them.
    const least = weights.slice().sort()[Math.max(0, weights.length - most)]!;
    const found: Ranked[] = [];
    at = 0;
    for (const counted of this.#counted!) {
      const { length } = counted.ends;
      for (const node of notBelow(least, weights.subarray(at, at + length)))
        found.push({ counted, node, weight: weights[at + node]! / radii.length });
      at += length;
    }
    return found.sort((a, b) => b.weight - a.weight).slice(0, most);
  }

  /** Sums over all neurons but these. */
  #without(out: readonly Ranked[], sums: PartitionSums, q: readonly number[]): PartitionSums {
    const codes = this.#codes!;
    const { first, last } = codes.spectrum!;
    const kernel = this.#kernel;
    kernel.begin(out.length, largest(out.map(({ counted }) => largestOf(counted))), 0, codes.size);
    const { counts } = kernel;
    for (const [source, { counted, node }] of out.entries()) {
      const { codes: listed, reached, ends } = counted;
      for (let i = node === 0 ? 0 : ends[node - 1]!; i < ends[node]! - 1; i++)
        counts[source * codes.size + first + listed[i]!] = reached[i + 1]! - reached[i]!;
    }
    const theirs = kernel.fold(out.length, codes, codes.spectrum!, codes.radius[last]!, momentSteps(q));
    return {
      ...sums,
      nodes: sums.nodes - out.length,
      z: sums.z.map(
        (z, i) => z - theirs.z[sums.radii[Math.floor(i / q.length)]! * q.length + (i % q.length)]!,
      ),
      logSum: sums.logSum.map((sum, row) => sum - theirs.logSum[sums.radii[row]!]!),
    };
  }
}

// Loops over all neurons have functions of their own, as in `sampleSums.ts`.

function notBelow(least: number, weights: Float64Array): number[] {
  const found: number[] = [];
  for (let node = 0; node < weights.length; node++) if (weights[node]! >= least) found.push(node);
  return found;
}

function lengthOf({ first, last }: CodeRun): number {
  return last - first + 1;
}

function isSame(a: Ranked, b: Ranked): boolean {
  return a.counted === b.counted && a.node === b.node;
}

/**
 * By code of the spectrum: the index of the first of these radii that includes its edges; after the last code, the number
 * of radii.
 */
function firstRadii({ radius, spectrum }: RadiusCodes, radii: readonly number[]): Uint32Array {
  const rows = new Uint32Array(lengthOf(spectrum!) + 1).fill(radii.length);
  let row = 0;
  for (let code = 0; code < rows.length - 1; code++) {
    while (row < radii.length && radii[row]! < radius[spectrum!.first + code]!) row++;
    rows[code] = row;
  }
  return rows;
}
