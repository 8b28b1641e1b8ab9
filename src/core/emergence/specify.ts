/** Finds the specification curve of a run: analyzes both ends of it with every specification. */
import type { AnalysisResult, AnalysisSettings } from '../../protocol/analysis';
import type { EmergenceSource, Population, Specification } from '../../protocol/run';
import { withCommonNeurons } from './commonNeurons';
import {
  byEmergence,
  specificationOf,
  variantsOf,
  withNullModels,
  type SpecificationEnds,
} from './specifications';

/** The two checkpoints of an E. */
export type End = 'baseline' | 'now';

export interface SpecifyInput {
  /** The settings of the series. */
  settings: AnalysisSettings;
  /** The last checkpoint. */
  last: Pick<Specification, 'checkpoint' | 'step'>;
  from: EmergenceSource;
  /** The neurons that E is over. */
  population: Population;
  /**
   * Null where it failed, which has then been reported.
   * @param common whether the nodes of the other end count alone.
   */
  analyze: (end: End, settings: AnalysisSettings, common: boolean) => Promise<AnalysisResult | null>;
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
  population,
  analyze,
  onProgress,
}: SpecifyInput): Promise<Specification[]> {
  const preset = withNullModels(settings);
  const first = await analyze('baseline', preset, false);
  if (!first) return [];
  const variants = variantsOf(preset, first);
  const found: Specification[] = [];
  onProgress?.(found, variants.length);
  for (const variant of variants) {
    const baseline = variant.factor === 'preset' ? first : await analyze('baseline', variant.settings, false);
    const now = baseline && (await analyze('now', variant.settings, false));
    const ends = baseline && now && (await endsOver(population, { now, baseline }, analyze));
    found.push(specificationOf(variant, ends, last, from));
    onProgress?.(byEmergence(found), variants.length);
  }
  return byEmergence(found);
}

/** Both ends, and where that is asked for once more over the neurons that both have. */
async function endsOver(
  population: Population,
  { now, baseline }: Record<End, AnalysisResult>,
  analyze: SpecifyInput['analyze'],
): Promise<SpecificationEnds> {
  if (population === 'all') return { now, baseline };
  const found = await withCommonNeurons(
    { step: null, result: now },
    { step: null, result: baseline },
    (end, own) => analyze(end, own, true),
  );
  return { now, baseline, ...(found.common !== undefined && { common: found.common }) };
}
