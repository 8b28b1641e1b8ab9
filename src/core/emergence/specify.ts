/** Finds the specification curve of a run: analyzes both ends of it with every specification. */
import type { AnalysisResult, AnalysisSettings } from '../../protocol/analysis';
import type { EmergenceSource, Population, Specification } from '../../protocol/run';
import { allOrNone, mapInTurn } from '../mapInTurn';
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
  /** Asks for all at the same time, as other machines compute them. */
  together?: boolean;
}

/**
 * One after the other unless `together`, so that each can be shown when it is done and nothing is computed any more once `analyze` rejects.
 * @returns from the smallest E to the largest; empty where the baseline could not be analyzed.
 */
export async function specify({
  settings,
  last,
  from,
  population,
  analyze,
  onProgress,
  together = false,
}: SpecifyInput): Promise<Specification[]> {
  const preset = withNullModels(settings);
  const first = await analyze('baseline', preset, false);
  if (!first) return [];
  const variants = variantsOf(preset, first);
  const found: Specification[] = [];
  onProgress?.(found, variants.length);
  const all = await mapInTurn(variants, together, async (variant) => {
    const both = await allOrNone(['baseline', 'now'] as const, together, (end) =>
      end === 'baseline' && variant.factor === 'preset'
        ? Promise.resolve(first)
        : analyze(end, variant.settings, false),
    );
    const ends =
      both && (await endsOver(population, { baseline: both[0]!, now: both[1]! }, analyze, together));
    const specification = specificationOf(variant, ends, last, from);
    found.push(specification);
    onProgress?.(byEmergence(found), variants.length);
    return specification;
  });
  return byEmergence(all);
}

/** Both ends, and where that is asked for once more over the neurons that both have. */
async function endsOver(
  population: Population,
  { now, baseline }: Record<End, AnalysisResult>,
  analyze: SpecifyInput['analyze'],
  together: boolean,
): Promise<SpecificationEnds> {
  if (population === 'all') return { now, baseline };
  const found = await withCommonNeurons(
    { step: null, result: now },
    { step: null, result: baseline },
    (end, own) => analyze(end, own, true),
    together,
  );
  return { now, baseline, ...(found.common !== undefined && { common: found.common }) };
}
