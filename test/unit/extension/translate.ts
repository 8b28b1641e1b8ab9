import type { Translate } from '../../../src/extension/translate';

/** English: what the editor does without a translation. */
export const t: Translate = (message, ...values) =>
  message.replace(/\{(\d+)\}/g, (_, index: string) => String(values[Number(index)]));
