/** Null models in words. */
import type { NullKind } from '../../src/protocol/nulls';
import { t } from '../l10n';

/** What a null model is called beside its line. */
export const nullName = (kind: NullKind): string =>
  kind === 'shuffled' ? t('the same weights, reshuffled') : t('Gaussian weights');
