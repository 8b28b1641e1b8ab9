/** Null models in words. */
import type { NullKind } from '../../src/protocol/nulls';
import { t } from '../l10n';

/** The name of a null model beside its line. */
export const nullName = (kind: NullKind): string =>
  kind === 'shuffled' ? t('the same weights, reshuffled') : t('Gaussian weights');

/**
 * Why there are no null models to show, and what to do.
 * @param on whether null models are requested.
 * @param fixed whether all results are saved ones, to which nothing is added.
 */
export function noNullsText(on: boolean, fixed: boolean): string {
  if (fixed)
    return t(
      'These saved results hold no null models. Analyze the checkpoints again with null models to see this.',
    );
  return on
    ? t(
        'No checkpoint has null models yet, the baseline has none, or E is over common neurons, while null models are of all.',
      )
    : t(
        'Null models are off. They show whether the numbers come from the sizes of the weights, their extremes, or their places.',
      );
}
