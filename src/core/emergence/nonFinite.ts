/** Weights that are NaN or infinite: no edges, but too many of them make numbers that describe something else. */
import type { AnalysisResult } from '../../protocol/analysis';

/** With a larger share of the weights read there is no E. */
export const MOST_NON_FINITE = 0.001;

/** How many of the weights read are not finite, each counted once where the result tells, and their share of all edges taken. */
export function nonFiniteShare({
  samples,
  network,
  nonFinite: tensors,
}: Pick<AnalysisResult, 'samples' | 'network' | 'nonFinite'>): { weights: number; share: number } {
  const taken = samples.reduce((sum, { nonFinite }) => sum + nonFinite, 0);
  const weights = tensors?.reduce((sum, { count }) => sum + count, 0) ?? taken;
  const edges = samples.length * network.edges;
  return { weights, share: edges === 0 ? 0 : taken / edges };
}
