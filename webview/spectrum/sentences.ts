/** What the numbers say, in plain words and no stronger than the numbers. */
import type { Estimate } from '../../src/protocol/analysis';
import { worstFit, type Analysed } from '../data/analysed';
import { comparable, inOrder, isOneRun } from '../data/comparable';
import { POOR_FIT } from '../figures/fit';
import { decimal, estimate, integer, order } from '../format';
import { t } from '../l10n';

/** The panel's first line. `items` have a spectrum; there is at least one. */
export function headline(items: readonly Analysed[]): string {
  if (items.length === 1) return one(items[0]!);
  if (!comparable(items)) {
    return t(
      '{0} checkpoints of different shape or settings: their raw α₀ and w cannot be compared, because both depend on fan-out, k, T and the q grid.',
      items.length,
    );
  }
  const ordered = inOrder(items);
  const [first, last] = [ordered[0]!, ordered.at(-1)!];
  const [a, b] = [first.result, last.result];
  const between = isOneRun(items)
    ? t('Between steps {0} and {1}', integer(a.checkpoint.step), integer(b.checkpoint.step))
    : t('From {0} to {1}', first.name, last.name);
  return [
    `${between}: ${change(t('regularity α₀'), a.summary.alpha0, b.summary.alpha0)};`,
    `${change(t('heterogeneity w'), a.summary.width, b.summary.width)}.`,
    settled(ordered),
  ]
    .filter(Boolean)
    .join(' ');
}

/** When most of the change in α₀ had happened: said of a run with enough steps and a change beyond its intervals. */
function settled(ordered: readonly Analysed[]): string {
  const first = ordered[0]!.result.summary.alpha0;
  const last = ordered.at(-1)!.result.summary.alpha0;
  if (!isOneRun(ordered) || ordered.length < 5 || !apart(first, last)) return '';
  const share = ordered.map(({ result }) => {
    const { mean } = result.summary.alpha0;
    return mean === null ? 0 : (mean - first.mean!) / (last.mean! - first.mean!);
  });
  const since = share.findLastIndex((value) => value < 0.9) + 1;
  if (since >= ordered.length - 1) return '';
  return t(
    'Nine tenths of the change in α₀ had happened by step {0}.',
    integer(ordered[since]!.result.checkpoint.step),
  );
}

/** Whether two intervals exist and do not overlap. */
function apart(a: Estimate, b: Estimate): boolean {
  return a.ci95 !== null && b.ci95 !== null && (a.ci95[1] < b.ci95[0] || b.ci95[1] < a.ci95[0]);
}

function one({ name, result: { summary, settings } }: Analysed): string {
  return t(
    'Around a typical neuron of {0}, the number of connections within radius r grows about as r to the power {1} (α₀); for q from {2} to {3} the exponents span {4} (w).',
    name,
    estimate(summary.alpha0),
    order(settings.q[0]!),
    order(settings.q.at(-1)!),
    estimate(summary.width),
  );
}

/** "fell from … to …" only where the intervals do not overlap. */
function change(what: string, from: Estimate, to: Estimate): string {
  const [a, b] = [estimate(from), estimate(to)];
  if (from.mean === null || to.mean === null) return t('{0} is not known at both ends', what);
  if (!from.ci95 || !to.ci95)
    return t('{0} went from {1} to {2}, without intervals (one sample)', what, a, b);
  if (to.ci95[1] < from.ci95[0]) return t('{0} fell from {1} to {2}', what, a, b);
  if (to.ci95[0] > from.ci95[1]) return t('{0} rose from {1} to {2}', what, a, b);
  return t('{0} did not change beyond its 95 % intervals ({1}, then {2})', what, a, b);
}

/** What α₀ and w mean, one sentence each. */
export const alpha0Meaning = (): string =>
  t('Regularity: the exponent of the typical neuron; lower means more ordered connections.');
export const widthMeaning = (): string =>
  t('Heterogeneity: how far the exponents spread; larger means more diverse connections.');

/** Calls out the poorest fit; null when all fits are good. */
export function fitWarning(items: readonly Analysed[]): string | null {
  let worst: { item: Analysed; fit: NonNullable<ReturnType<typeof worstFit>> } | null = null;
  for (const item of items) {
    const fit = worstFit(item);
    if (fit && (!worst || fit.r2 < worst.fit.r2)) worst = { item, fit };
  }
  if (!worst || worst.fit.r2 >= POOR_FIT) return null;
  return t(
    'Poorest straight line: R² {0} at q = {1} ({2}, seed {3}). Below 0.9 the exponents at such q describe the data only roughly.',
    decimal(worst.fit.r2),
    order(worst.fit.q),
    worst.item.name,
    worst.fit.sample.result.seed,
  );
}

/** What a careful reader should know about an item: weights that were drawn, not read, and the result's own warnings. */
export function notes({ name, result }: Analysed): string[] {
  const { synthetic } = result.checkpoint;
  return [...(synthetic === null ? [] : [`${name}: ${synthetic}`]), ...result.warnings];
}
