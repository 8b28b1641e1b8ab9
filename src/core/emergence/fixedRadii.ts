/** Radii that are the same at every checkpoint: those that occur follow from single weights, and the range alone moves E. */
import type { AnalysisResult, AnalysisSettings, RadiiRule } from '../../protocol/analysis';
import { NeuroMfaError } from '../../protocol/errors';

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

/**
 * The settings with the radii that were asked for, once the baseline is known.
 * @param analyze the baseline, with the radii that occur; null where that failed, which has then been reported.
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
