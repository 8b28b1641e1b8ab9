/** Radii that are the same at every checkpoint: those that occur follow from single weights, and the range alone moves E. */
import type { AnalysisResult, RadiiRule } from '../../protocol/analysis';

/** The share of the baseline's kept edges that lie within the smallest radius. */
const SHARE = 0.001;

/**
 * All whole numbers from the smallest radius within which 0.1 % of the baseline's kept edges lie.
 * @returns null where it has no edges, or does not tell them by radius.
 */
export function fixedRadii({ samples }: Pick<AnalysisResult, 'samples'>): RadiiRule | null {
  const edges = new Map<number, number>();
  for (const { radii, edgesAt } of samples) {
    for (const [i, radius] of radii.entries())
      edges.set(radius, (edges.get(radius) ?? 0) + (edgesAt[i] ?? 0));
  }
  const total = [...edges.values()].reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let within = 0;
  for (const radius of [...edges.keys()].sort((a, b) => a - b)) {
    within += edges.get(radius)!;
    if (within >= SHARE * total) return { rule: 'fixed', lo: radius };
  }
  return null;
}
