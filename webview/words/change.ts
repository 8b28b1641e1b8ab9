/** How a number moved, in words no stronger than its intervals. */
import type { Estimate, Mode } from '../../src/protocol/analysis';
import { decimal, measured } from '../../src/protocol/format';
import { t } from '../l10n';

/** Whether two intervals exist and do not overlap. */
function apart(a: Estimate, b: Estimate): boolean {
  return a.ci95 !== null && b.ci95 !== null && (a.ci95[1] < b.ci95[0] || b.ci95[1] < a.ci95[0]);
}

/** Whether the step from `from` to `to` is more than chance: beyond the intervals, or at all where nothing is sampled. */
export function moved(from: Estimate, to: Estimate, mode: Mode): boolean {
  if (from.mean === null || to.mean === null) return false;
  return mode === 'full' ? decimal(from.mean) !== decimal(to.mean) : apart(from, to);
}

/** "α₀ fell from … to …", only where that is more than chance. */
export function change(what: string, from: Estimate, to: Estimate, mode: Mode): string {
  if (from.mean === null || to.mean === null) return t('{0} is not known at both ends', what);
  // The full network's numbers are exact; their intervals show how far layers differ.
  const say = (value: Estimate): string => (mode === 'full' ? decimal(value.mean) : measured(value, mode));
  const [a, b] = [say(from), say(to)];
  if (moved(from, to, mode)) {
    return to.mean < from.mean
      ? t('{0} fell from {1} to {2}', what, a, b)
      : t('{0} rose from {1} to {2}', what, a, b);
  }
  if (mode === 'full') return t('{0} stayed at {1}', what, a);
  if (!from.ci95 || !to.ci95)
    return t('{0} went from {1} to {2}, without intervals (one sample)', what, a, b);
  return t('{0} did not change beyond its 95 % intervals ({1}, then {2})', what, a, b);
}

/** The place from which on at least nine tenths of the way from the first to the last value stay covered. */
export function nineTenths(values: readonly (number | null)[]): number {
  const [first, last] = [values[0] ?? 0, values.at(-1) ?? 0];
  const covered = values.map((value) => (value === null ? 0 : (value - first) / (last - first)));
  return covered.findLastIndex((share) => !(share >= 0.9)) + 1;
}
