/** Computes the specification curve of a run: analyzes both ends of it with every specification. */
import type { AnalysisResult, AnalysisSettings } from '../../protocol/analysis';
import type { EmergenceSource, Population, RunPoint, Specification } from '../../protocol/run';
import { allOrNone, mapInTurn } from '../mapInTurn';
import { withCommonNeurons } from './commonNeurons';
import type { End } from './runResult';
import {
  byEmergence,
  specificationOf,
  variantsOf,
  withNullModels,
  type SpecificationEnds,
} from './specifications';

export type { End };

export interface SpecifyInput {
  /** The settings of the series. */
  settings: AnalysisSettings;
  /** The last checkpoint. */
  last: Pick<Specification, 'checkpoint' | 'step'>;
  from: EmergenceSource;
  /** The neurons that E is over. */
  population: Population;
  /**
   * Answers null where it failed and that has been reported.
   * @param common whether only nodes of the other end count.
   */
  analyze: (end: End, settings: AnalysisSettings, common: boolean) => Promise<AnalysisResult | null>;
  /**
   * Called when the number of specifications is known, and after each; results so far are sorted from the smallest E to
   * the largest.
   */
  onProgress?: (soFar: readonly Specification[], of: number) => void;
  /** Requests all analyses at the same time, for other machines. */
  together?: boolean;
}

/** The last point that E is not withheld from; undefined where all hold the same weights as others. */
export const lastCompared = (points: readonly RunPoint[]): RunPoint | undefined =>
  points.findLast(({ emergence }) => emergence.reason?.code !== 'identical-weights');

/**
 * One after the other unless `together`, so that each can be shown when it is done and computing ends once `analyze`
 * rejects.
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

/** Analyzes both ends and, where requested, again over the neurons that both have. */
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
