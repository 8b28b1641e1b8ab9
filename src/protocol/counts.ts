/** Counts with their nouns: "1 tensor", "76 tensors". */
import { integer } from './format';
import { english, type Translate } from './translate';

type Count = (count: number, t?: Translate) => string;

export const tensorCount: Count = (count, t = english) =>
  count === 1 ? t('1 tensor') : t('{0} tensors', integer(count));

export const projectionCount: Count = (count, t = english) =>
  count === 1 ? t('1 projection') : t('{0} projections', integer(count));

export const blockCount: Count = (count, t = english) =>
  count === 1 ? t('1 block') : t('{0} blocks', integer(count));

export const sampleCount: Count = (count, t = english) =>
  count === 1 ? t('1 sample') : t('{0} samples', integer(count));

export const checkpointCount: Count = (count, t = english) =>
  count === 1 ? t('1 checkpoint') : t('{0} checkpoints', integer(count));
