/**
 * Radii that are the same at every checkpoint: which radii occur depends on single weights, and their range alone
 * changes E.
 */
import type { AnalysisResult, AnalysisSettings, RadiiRule } from '../../protocol/analysis';
import { NeuroMfaError } from '../../protocol/errors';

/** The share of the baseline's edges that are within the smallest radius. */
const SHARE = 0.001;

/**
 * All integers from the smallest radius within which 0.1 % of the baseline's edges are.
 * @returns null where it has no edges, or their number by radius is unknown.
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

/**
 * The settings with the requested radii, once the baseline is known.
 * @param analyze analyzes the baseline, with the radii that occur; null where that failed and has been reported.
 * @returns null where there is no baseline.
 * @throws NeuroMfaError `unsupported` where the baseline has no edges.
 */
export async function withRadii(
  settings: AnalysisSettings,
  { radii }: { radii: RadiiRule['rule'] },
  analyze: () => Promise<AnalysisResult | null>,
): Promise<AnalysisSettings | null> {
  if (radii !== 'fixed') return settings;
  const baseline = await analyze();
  if (!baseline) return null;
  const rule = fixedRadii(baseline);
  if (rule) return { ...settings, radii: rule };
  throw new NeuroMfaError(
    'unsupported',
    baseline.checkpoint.path,
    'it has no edges within the threshold, from which fixed radii could begin',
    'Take the radii that occur, or choose another baseline',
  );
}
