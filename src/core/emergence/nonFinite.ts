/**
 * Weights that are NaN or infinite: they are no edges, but too many of them make the numbers describe something else.
 */
import type { AnalysisResult } from '../../protocol/analysis';
import type { Fact } from '../../protocol/facts';

/** With a larger share of the weights read, there is no E. */
export const MAX_NON_FINITE = 0.001;

/**
 * How many of the weights read are not finite, each counted once where the result allows it, and their share of all
 * edges.
 */
export function nonFiniteShare({
  samples,
  network,
  nonFinite: tensors,
}: Pick<AnalysisResult, 'samples' | 'nonFinite'> & { network: Pick<AnalysisResult['network'], 'edges'> }): {
  weights: number;
  share: number;
} {
  const taken = samples.reduce((sum, { nonFinite }) => sum + nonFinite, 0);
  const weights = tensors?.reduce((sum, { count }) => sum + count, 0) ?? taken;
  const edges = samples.length * network.edges;
  return { weights, share: edges === 0 ? 0 : taken / edges };
}

/** The fact that too many weights of a result are not finite; null where they are not. */
export function tooManyNonFinite(result: AnalysisResult): Fact | null {
  const { share } = nonFiniteShare(result);
  if (share <= MAX_NON_FINITE) return null;
  return { code: 'non-finite-share', checkpoint: result.checkpoint.name, share, most: MAX_NON_FINITE };
}
