/** What the numbers mean, in plain words and no stronger than the numbers. */
import type { AnalysisResult, Estimate } from '../../src/protocol/analysis';
import type { Stale } from '../../src/protocol/panel';
import { worstFit, type Analyzed } from '../data/analyzed';
import { comparable, inOrder, isOneRun } from '../data/comparable';
import { BEYOND, isBeyond, layerSd, layerValue } from '../data/layers';
import { beyondT, pairedDifference } from '../data/statistics';
import { POOR_FIT } from '../figures/fit';
import { atLeast, decimal, estimate, integer, order, signed } from '../../src/protocol/format';
import { scalingWords } from '../../src/protocol/factWords';
import { beyondText } from '../../src/protocol/nullWords';
import { t } from '../l10n';
import { change, levelSentence, moved, type Change } from '../words/change';
import { isFull } from '../words/uncertainty';
import { drawnWords, wordsOf } from '../words/facts';

/** The share of values beyond this many standard deviations of the draws if they are one more draw: Student's t. */
const byChance = (draws: number): number => beyondT(BEYOND / Math.sqrt(1 + 1 / draws), draws - 1);

/** What the numbers mean, as one paragraph. */
export const headline = (items: readonly Analyzed[]): string => sentences(items).join(' ');

/** The panel's first line, and further sentences. `items` have a spectrum; there is at least one. */
export function sentences(items: readonly Analyzed[]): string[] {
  if (items.length === 1) return one(items[0]!);
  if (!comparable(items)) {
    return [
      t(
        '{0} checkpoints of different shape or settings: their raw α₀ and w cannot be compared, because both depend on fan-out, k, T and the q grid.',
        items.length,
      ),
    ];
  }
  const ordered = inOrder(items);
  const [first, last] = [ordered[0]!, ordered.at(-1)!];
  const [a, b] = [first.result, last.result];
  const { mode } = a.settings;
  const figure = regularityOf(ordered);
  const between = isOneRun(items)
    ? t('Between steps {0} and {1}', integer(a.checkpoint.step), integer(b.checkpoint.step))
    : t('From {0} to {1}', first.name, last.name);
  return [
    [
      `${between}: ${change(figure === 'alpha0' ? t('regularity α₀') : t('regularity τ′(0)'), changeOf(a, b, figure), mode)};`,
      `${change(t('heterogeneity w'), changeOf(a, b, 'width'), mode)}.`,
      beyondAt(last),
    ]
      .filter(Boolean)
      .join(' '),
    mode === 'full' ? t('These are exact: the whole network was counted.') : '',
    settled(ordered),
  ].filter(Boolean);
}

/** What is beyond chance at a checkpoint; empty where it is unknown. */
function beyondAt({ name, result: { beyond } }: Analyzed): string {
  const said = beyond ? beyondText(beyond, t) : '';
  return said && `${name}: ${said}`;
}

/** Which steps cannot be distinguished from the last one: for a run with enough steps and a change beyond chance. */
function settled(ordered: readonly Analyzed[]): string {
  const [first, last] = [ordered[0]!.result, ordered.at(-1)!.result];
  const { mode } = first.settings;
  const figure = regularityOf(ordered);
  if (!isOneRun(ordered) || ordered.length < 5 || !moved(changeOf(first, last, figure), mode)) return '';
  return levelSentence(
    ordered.map(({ result }) => pairedDifference(result, last, figure)),
    (index) => t('step {0}', integer(ordered[index]!.result.checkpoint.step)),
  );
}

/** The top of a spectrum that is not sound is no typical exponent: then τ′(0) replaces α₀ everywhere. */
const regularityOf = (items: readonly Analyzed[]): 'alpha0' | 'alpha0Exact' =>
  items.every(isSound) ? 'alpha0' : 'alpha0Exact';

const isSound = ({ result: { samples } }: Analyzed): boolean =>
  samples.every((sample) => sample.outcome !== 'kept' || sample.sound);

const changeOf = (
  a: AnalysisResult,
  b: AnalysisResult,
  figure: 'alpha0' | 'alpha0Exact' | 'width',
): Change => ({
  from: a.summary[figure],
  to: b.summary[figure],
  difference: pairedDifference(a, b, figure),
});

function one(item: Analyzed): string[] {
  const { name, result } = item;
  const { summary, settings, beyond } = result;
  const say = (value: Estimate): string => (settings.mode === 'full' ? decimal(value.mean) : estimate(value));
  const whose = settings.mode === 'full' ? t('{0}, all neurons counted', name) : name;
  const numbers = [
    isSound(item)
      ? t(
          '{0}: regularity α₀ is {1} and heterogeneity w is {2}.',
          whose,
          say(summary.alpha0),
          say(summary.width),
        )
      : t(
          '{0}: regularity τ′(0) is {1} and heterogeneity w is {2}.',
          whose,
          say(summary.alpha0Exact),
          say(summary.width),
        ),
  ];
  if (beyond) numbers.push(beyondText(beyond, t));
  return [numbers.filter(Boolean).join(' '), fitOf(item)].filter(Boolean);
}

/** How well neighbor counts follow a power law, in few words; empty where they do. */
function fitOf(item: Analyzed): string {
  const worst = worstFit(item);
  switch (worst && item.result.summary.scaling?.kind) {
    case 'rough':
      return t('Neighbor counts follow a power law only roughly (R² ≥ {0}).', atLeast(worst!.r2));
    case 'none':
      return t('Neighbor counts do not follow a power law (R² ≥ {0}).', atLeast(worst!.r2));
    default:
      return '';
  }
}

/** What α₀ and w mean, one sentence each. */
export const alpha0Meaning = (): string =>
  t(
    'Regularity: the exponent at the top of the spectrum. Larger weights alone lower it too; null models show which it was.',
  );
export const widthMeaning = (): string =>
  t(
    'Heterogeneity: how far the exponents spread over the orders q. Larger weights alone change it too; null models show which it was.',
  );

/** For each checkpoint whether its counts are a power law. */
export const scalingTexts = (items: readonly Analyzed[]): string[] =>
  items.flatMap(({ name, result: { summary } }) =>
    summary.scaling ? [`${name}: ${scalingWords(summary.scaling, summary.r2Mean, t)}.`] : [],
  );

/** Points out the worst fit; null when all fits are good. */
export function fitWarning(items: readonly Analyzed[]): string | null {
  let worst: { item: Analyzed; fit: NonNullable<ReturnType<typeof worstFit>> } | null = null;
  for (const item of items) {
    const fit = worstFit(item);
    if (fit && (!worst || fit.r2 < worst.fit.r2)) worst = { item, fit };
  }
  if (!worst || worst.fit.r2 >= POOR_FIT) return null;
  return t(
    'Worst fit: R² {0} at q = {1} ({2}). Below 0.9 the power law is only approximate.',
    decimal(worst.fit.r2),
    order(worst.fit.q),
    isFull(worst.item.result)
      ? worst.item.name
      : t('{0}, seed {1}', worst.item.name, worst.fit.sample.result.seed),
  );
}

/** Where layers differ from Gaussian weights of their shape beyond chance: how many, and where most. */
export function layersSentence({ perProjection, nulls }: AnalysisResult): string {
  const projections = perProjection ?? [];
  const known = projections.flatMap((projection) => {
    const value = layerValue(projection, 'difference');
    return value === null ? [] : [{ projection, value, sd: layerSd(projection, 'difference') }];
  });
  if (known.length === 0) return t('No projection can be compared with Gaussian weights of its shape.');
  if (known.every(({ sd }) => sd === null))
    return t(
      'One draw of Gaussian weights does not tell which of {0} projections differ from chance: switch null models on.',
      integer(known.length),
    );
  const beyond = known.filter(isBeyond);
  const said = t(
    'In {0} of {1} projections α₀ differs from that of Gaussian weights by more than {2} standard deviations of the draws; by chance it would in about {3}.',
    integer(beyond.length),
    integer(known.length),
    BEYOND,
    integer(Math.round(known.length * byChance(nulls?.draws ?? 2))),
  );
  if (beyond.length === 0) return said;
  const far = beyond.reduce((most, each) => (Math.abs(each.value) > Math.abs(most.value) ? each : most));
  const { block, role } = far.projection;
  return [
    said,
    t(
      'Of these, {0} lie below and {1} above; the largest difference is in {2}, {3}.',
      integer(beyond.filter(({ value }) => value < 0).length),
      integer(beyond.filter(({ value }) => value > 0).length),
      block === null ? role : t('block {0}, {1}', block, role),
      signed(far.value),
    ),
  ].join(' ');
}

/**
 * What a careful reader should know about an item: that weights were drawn, not read, and the result's own warnings.
 */
export function notes({ name, result }: Analyzed): string[] {
  const drawn = drawnWords(result.checkpoint);
  return [...(drawn === null ? [] : [`${name}: ${drawn}`]), ...result.warnings.map(wordsOf)];
}

/** "step300 has been overwritten …": why results are out of date. */
export function staleText(why: Stale, names: string): string {
  switch (why) {
    case 'settings':
      return t('The settings have changed since these results were made.');
    case 'overwritten':
      return t('{0} has been overwritten. These are the results of the former file.', names);
    case 'deleted':
      return t('{0} has been deleted. These are its last results.', names);
  }
}
