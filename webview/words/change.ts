/** How a number changed, in words no stronger than its intervals. */
import type { Estimate, Mode } from '../../src/protocol/analysis';
import { decimal, measured } from '../../src/protocol/format';
import type { Value } from '../../src/protocol/nulls';
import { differsFromZero } from '../../src/protocol/nullWords';
import { t } from '../l10n';

/** A number at two checkpoints, and the difference over the samples that both have. */
export interface Change {
  from: Estimate;
  to: Estimate;
  difference: Value;
}

/**
 * Whether the change from `from` to `to` is more than chance: beyond the interval of the difference, or at all where
 * nothing is sampled.
 */
export function moved({ from, to, difference }: Change, mode: Mode): boolean {
  if (from.mean === null || to.mean === null) return false;
  if (difference.value === null) return false;
  return mode === 'full' ? decimal(from.mean) !== decimal(to.mean) : differsFromZero(difference) === true;
}

/** "α₀ fell from … to …", only where that is more than chance. */
export function change(what: string, changed: Change, mode: Mode): string {
  const { from, to, difference } = changed;
  if (from.mean === null || to.mean === null) return t('{0} is not known at both ends', what);
  // The full network's numbers are exact; their intervals show how much layers differ.
  const say = (value: Estimate): string => (mode === 'full' ? decimal(value.mean) : measured(value, mode));
  const [a, b] = [say(from), say(to)];
  if (moved(changed, mode)) {
    return to.mean < from.mean
      ? t('{0} fell from {1} to {2}', what, a, b)
      : t('{0} rose from {1} to {2}', what, a, b);
  }
  if (difference.value === null) return t('{0} is {1}, then {2}; the two cannot be compared', what, a, b);
  if (mode === 'full') return t('{0} stayed at {1}', what, a);
  if (!difference.ci95)
    return t('{0} went from {1} to {2}, without an interval of the difference', what, a, b);
  return t('no clear change in {0} ({1} → {2})', what, a, b);
}

/**
 * The indices, without the last, whose difference from the last has an interval that contains 0: the first and the last
 * such index.
 */
export function levelWithLast(untilLast: readonly Value[]): { first: number; last: number } | null {
  const level = untilLast
    .slice(0, -1)
    .flatMap((difference, index) => (differsFromZero(difference) === false ? [index] : []));
  return level.length === 0 ? null : { first: level[0]!, last: level.at(-1)! };
}

/**
 * Which steps cannot be distinguished from the last one; empty where none.
 * @param names the names of the checkpoints, in order
 */
export function levelSentence(untilLast: readonly Value[], names: (index: number) => string): string {
  const level = levelWithLast(untilLast);
  if (!level) return '';
  return level.first === level.last
    ? t(
        'Among the earlier steps, only the α₀ of {0} cannot be distinguished from that of the last step.',
        names(level.first),
      )
    : t(
        'Among the earlier steps, {0} is the first and {1} the last whose α₀ cannot be distinguished from that of the last step.',
        names(level.first),
        names(level.last),
      );
}
