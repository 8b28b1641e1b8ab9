/** Finds the specification curve of a run: analyzes both ends of it with every specification. */
import type { AnalysisResult, AnalysisSettings } from '../../protocol/analysis';
import type { EmergenceSource, Specification } from '../../protocol/run';
import { byEmergence, specificationOf, variantsOf, withNullModels } from './specifications';

/** The two checkpoints of an E. */
export type End = 'baseline' | 'now';

export interface SpecifyInput {
  /** The settings of the series. */
  settings: AnalysisSettings;
  /** The last checkpoint. */
  last: Pick<Specification, 'checkpoint' | 'step'>;
  from: EmergenceSource;
  /** Null where it failed, which has then been reported. */
  analyze: (end: End, settings: AnalysisSettings) => Promise<AnalysisResult | null>;
  /** Called when it is known how many there are, and with each of them; those so far are from the smallest E to the largest. */
  onProgress?: (soFar: readonly Specification[], of: number) => void;
}

/**
 * One after the other, so that each can be shown when it is done and nothing is computed any more once `analyze` rejects.
 * @returns from the smallest E to the largest; empty where the baseline could not be analyzed.
 */
export async function specify({
  settings,
  last,
  from,
  analyze,
  onProgress,
}: SpecifyInput): Promise<Specification[]> {
  const preset = withNullModels(settings);
  const first = await analyze('baseline', preset);
  if (!first) return [];
  const variants = variantsOf(preset, first);
  const found: Specification[] = [];
  onProgress?.(found, variants.length);
  for (const variant of variants) {
    const baseline = variant.factor === 'preset' ? first : await analyze('baseline', variant.settings);
    const now = baseline && (await analyze('now', variant.settings));
    found.push(specificationOf(variant, baseline && now && { now, baseline }, last, from));
    onProgress?.(byEmergence(found), variants.length);
  }
  return byEmergence(found);
}
