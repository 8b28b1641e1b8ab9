/**
 * How much E depends on choices that the method leaves open: one setting at a time is changed, and E of the last
 * checkpoint is computed again, beside that of Gaussian weights.
 */
import { SCALES, TRANSFERS, type AnalysisResult, type AnalysisSettings } from '../../protocol/analysis';
import { smallest } from '../../protocol/extremes';
import type { EmergenceSource, Factor, Specification } from '../../protocol/run';
import { momentOrders, NULL_DRAWS } from '../analysis/settings';
import { ROLES } from '../network/types';
import { identicalSettings } from './comparable';
import { emergence, noEmergence } from './emergence';
import { fixedRadii } from './fixedRadii';
import { nullEmergence } from './nulls';

const THRESHOLDS = [50, 100, 150, 300];
const NEURONS = [16, 32, 64];
/** Orders from −q to q. */
const ORDERS = [1, 2, 3, 5];
/** Parts by the function of layers; with more kinds the list would be one of all roles. */
const MAX_PARTS = 4;

/** A line with a smaller R² for ln Z is no fit: its slope depends on the radii, not on the network. */
const MIN_R2 = 0.8;

/** Settings that differ from those of the series in one thing, or in nothing. */
export interface Variant {
  factor: Factor;
  settings: AnalysisSettings;
}

/**
 * The settings of the series, then each change of one of them. A setting with a few values takes its other values;
 * parts of the network occur only where the whole of it is analyzed.
 * @param preset settings with null models, as {@link withNullModels} returns them.
 * @param baseline the baseline of E, analyzed with the preset: it provides radii, roles and blocks.
 */
export function variantsOf(
  preset: AnalysisSettings,
  baseline: Pick<AnalysisResult, 'samples' | 'network'>,
): Variant[] {
  const changes: [Factor, Partial<AnalysisSettings>[]][] = [
    ['threshold', THRESHOLDS.map((threshold) => ({ threshold }))],
    ['neurons', preset.mode === 'full' ? [] : NEURONS.map((neurons) => ({ neurons }))],
    ['transfer', TRANSFERS.map((transfer) => ({ transfer }))],
    ['scaleFree', [false as const, ...SCALES].map((scaleFree) => ({ scaleFree }))],
    ['radii', otherRadii(preset, baseline)],
    ['q', ordersOf(preset)],
    ['part', partsOf(preset, baseline)],
  ];
  const found: Variant[] = [{ factor: 'preset', settings: preset }];
  for (const [factor, values] of changes)
    for (const change of values) {
      const settings = { ...preset, ...change };
      if (!found.some((each) => identicalSettings(each.settings, settings))) found.push({ factor, settings });
    }
  return found;
}

/** The same with null models. */
export function withNullModels(settings: AnalysisSettings): AnalysisSettings {
  return { ...settings, nulls: settings.nulls ?? { draws: NULL_DRAWS[settings.mode] } };
}

function otherRadii(
  { radii }: AnalysisSettings,
  baseline: Pick<AnalysisResult, 'samples'>,
): Partial<AnalysisSettings>[] {
  const other = radii.rule === 'fixed' ? { rule: 'observed' as const } : fixedRadii(baseline);
  return other ? [{ radii: other }] : [];
}

/** Other ranges with the same step, where they contain 0. */
function ordersOf({ q }: AnalysisSettings): Partial<AnalysisSettings>[] {
  // Orders have at most six decimal places.
  const step = Math.round((q[1]! - q[0]!) * 1e6) / 1e6;
  return ORDERS.filter((most) => Math.round(most * 1e6) % Math.round(step * 1e6) === 0 && most >= step).map(
    (most) => ({ q: momentOrders(-most, most, step) }),
  );
}

/** Each kind of layer alone, and the two halves of the blocks. */
function partsOf(
  { subset }: AnalysisSettings,
  { network: { structure } }: Pick<AnalysisResult, 'network'>,
): Partial<AnalysisSettings>[] {
  if (subset !== null || !structure) return [];
  const nothing = { include: [], exclude: [], blocks: [], roles: [] };
  const words = new Set(structure.kinds.flat().flatMap((kind) => kind.split(' ')));
  const groups = [
    ...new Set(ROLES.filter((role) => words.has(role)).map((role) => role.split('.')[0]!)),
  ].slice(0, MAX_PARTS);
  const numbers = [...new Set(structure.blocks.flatMap(([block]) => block ?? []))].sort((a, b) => a - b);
  const half = Math.ceil(numbers.length / 2);
  const halves = [numbers.slice(0, half), numbers.slice(half)].filter((each) => each.length > 0);
  return [
    ...(groups.length > 1 ? groups.map((group) => ({ subset: { ...nothing, roles: [group] } })) : []),
    ...(halves.length > 1
      ? halves.map((each): Partial<AnalysisSettings> => ({
          subset: { ...nothing, blocks: [[each[0]!, each.at(-1)!]] },
        }))
      : []),
  ];
}

/** The last checkpoint and the baseline under one specification. */
export interface SpecificationEnds {
  now: AnalysisResult;
  baseline: AnalysisResult;
  /** Both over the neurons that are nodes of both; null where that failed, absent where E is over all nodes. */
  common?: { now: AnalysisResult; baseline: AnalysisResult } | null;
}

/** E of the two ends under one specification. @param ends null where one could not be analyzed. */
export function specificationOf(
  { factor, settings }: Variant,
  ends: SpecificationEnds | null,
  { checkpoint, step }: Pick<Specification, 'checkpoint' | 'step'>,
  from: EmergenceSource,
): Specification {
  const about = { factor, settings, checkpoint, step };
  if (!ends) {
    const failed = noEmergence({ code: 'specification-failed' }, from);
    const nothing = { beyond: null, nodesKept: null, scaling: null, r2: null, scales: null };
    return { ...about, emergence: failed, gaussian: { value: null, ci95: null }, ...nothing };
  }
  const { now, baseline, common } = ends;
  const over = common ?? ends;
  const summaries = [over.now.summary, over.baseline.summary];
  const least = (of: (summary: AnalysisResult['summary']) => number | null): number | null => {
    const known = summaries.flatMap((summary) => of(summary) ?? []);
    return known.length === summaries.length ? smallest(known) : null;
  };
  // Null models are over all neurons.
  const nulls = common === undefined ? nullEmergence(now, baseline, from).nulls : null;
  const r2 = least(({ r2Mean }) => r2Mean);
  return {
    ...about,
    emergence:
      common === null
        ? noEmergence({ code: 'common-missing' }, from)
        : emergence(over.now, over.baseline, from),
    ...(common !== undefined && { common: true as const }),
    gaussian: nulls?.gaussian.emergence ?? { value: null, ci95: null },
    beyond: now.beyond,
    nodesKept: least(({ nodesKept }) => nodesKept),
    scaling: now.summary.scaling,
    r2,
    scales: r2 === null ? null : r2 >= MIN_R2,
  };
}

/** From the smallest E to the largest; those without E come last. */
export const byEmergence = (specifications: readonly Specification[]): Specification[] =>
  [...specifications].sort((a, b) => (a.emergence.value ?? Infinity) - (b.emergence.value ?? Infinity) || 0);
