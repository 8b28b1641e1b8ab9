/** What a tensor's null weights are drawn from: counts by source and radius code, never the weights themselves. */
import type { CodePass } from '../../counting/passes';
import { INVERSE_TRANSFER, lengthScale, TRANSFER } from '../../multifractal/transfer';
import { normalCdf } from '../../stats/normal';
import { Random32 } from '../../stats/random32';
import type { NullKind } from '../../../protocol/nulls';
import type { AnalysisSettings, Transfer } from '../../../protocol/analysis';

/** The edges of one tensor within a projection. */
export interface NullTensor {
  /** Identifies its stream of random numbers. */
  key: readonly [number, number];
  /** The counter row of its first source. */
  first: number;
  /** Edges of each source. */
  slots: Uint32Array;
  /** The codes of its edges, in any order; an edge outside the spectrum has the code `beyond`. */
  deck: Uint16Array;
  /** Mean and deviation (divided by n) of its finite weights. */
  mean: number;
  deviation: number;
}

const STREAM: Record<NullKind, number> = { shuffled: 1, gaussian: 2 };

/** The random numbers of a tensor, independent of what else is drawn. @param seed that of the sample */
export const streamOf = (
  tensor: Pick<NullTensor, 'key'>,
  kind: NullKind,
  seed: number,
  draw: number,
): Random32 => new Random32(tensor.key, draw, STREAM[kind], seed);

/** All edges by code, one after another. */
export function deckOf(pool: Uint32Array): Uint16Array {
  const deck = new Uint16Array(pool.reduce((sum, edges) => sum + edges, 0));
  let at = 0;
  for (const [code, edges] of pool.entries()) deck.fill(code, at, (at += edges));
  return deck;
}

/**
 * The probability of each code for a normal weight; what is no edge of the spectrum has the code `beyond`.
 * @param scale multiplies every edge length.
 */
export function gaussianChances(
  { mean, deviation }: Pick<NullTensor, 'mean' | 'deviation'>,
  { codes }: Pick<CodePass, 'codes'>,
  { transfer, threshold, scale }: { transfer: Transfer; threshold: number; scale: number },
): Float64Array {
  const chances = new Float64Array(codes.size);
  if (!(scale > 0)) {
    chances[codes.beyond] = 1;
    return chances;
  }
  const magnitude = (length: number): number => INVERSE_TRANSFER[transfer](length / scale);
  const bounds = [1];
  for (let bound = 1.5; bound < threshold; bound++) bounds.push(bound);
  bounds.push(threshold);
  let edges = 0;
  for (let i = 1; i < bounds.length; i++) {
    const [near, far] = [bounds[i - 1]!, bounds[i]!];
    const chance = chanceBetween(magnitude(far), magnitude(near), mean, deviation);
    // Not by the weight: where lengths are relative, that weight has another length among the observed ones.
    const code = codes.radius.indexOf(i, codes.spectrum!.first);
    chances[code] = chances[code]! + chance;
    edges += chance;
  }
  chances[codes.beyond] = Math.max(0, 1 - edges);
  return chances;
}

/** The probability that the magnitude of a normal weight lies between two bounds. */
function chanceBetween(least: number, most: number, mean: number, deviation: number): number {
  if (!(deviation > 0)) return Math.abs(mean) >= least && Math.abs(mean) < most ? 1 : 0;
  const at = (weight: number): number => normalCdf((weight - mean) / deviation);
  return at(most) - at(least) + (at(-least) - at(-most));
}

/** Gaussian weights, and how many. */
export interface GaussianWeights extends Pick<NullTensor, 'mean' | 'deviation'> {
  edges: number;
}

/**
 * The factor for the edge lengths of each projection's Gaussian weights, which are relative to their own median.
 * @param projections the tensors of each.
 */
export function gaussianScales(
  { scaleFree, transfer }: Pick<AnalysisSettings, 'scaleFree' | 'transfer'>,
  projections: readonly (readonly GaussianWeights[])[],
): number[] {
  if (scaleFree === false) return projections.map(() => 1);
  if (scaleFree === 'projection')
    return projections.map((tensors) => lengthScale(gaussianMedian(tensors, transfer)));
  const scale = lengthScale(gaussianMedian(projections.flat(), transfer));
  return projections.map(() => scale);
}

/** The median edge length of all nonzero Gaussian weights together. @returns null where there are none. */
export function gaussianMedian(weighed: readonly GaussianWeights[], transfer: Transfer): number | null {
  const total = weighed.reduce((sum, { edges }) => sum + edges, 0);
  let most =
    2 * weighed.reduce((far, { mean, deviation }) => Math.max(far, Math.abs(mean) + 10 * deviation), 0);
  if (total === 0 || !(most > 0)) return null;
  let least = 0;
  for (;;) {
    const middle = (least + most) / 2;
    if (middle === least || middle === most) return TRANSFER[transfer](middle);
    const below = weighed.reduce(
      (sum, { edges, mean, deviation }) => sum + edges * chanceBetween(0, middle, mean, deviation),
      0,
    );
    if (below < total / 2) least = middle;
    else most = middle;
  }
}
