import type { CheckpointInfo } from '../../src/protocol/analysis';
import { factText } from '../../src/protocol/factWords';
import type { Fact } from '../../src/protocol/facts';
import { weightsText } from '../../src/protocol/weights';
import { t } from '../l10n';

/** The words for a fact, in the language of the page. */
export const wordsOf = (fact: Fact): string => factText(fact, t);

/** What drawn weights are; null for weights that were read. */
export const drawnWords = ({ weights }: Pick<CheckpointInfo, 'weights'>): string | null =>
  weightsText(weights, t);
