/** Null models in words, the same in every view, and no stronger than their intervals. */
import { decimal, percent } from './format';
import type { Beyond, Value } from './nulls';
import { english, type Translate } from './translate';

/** Whether a number can be told from 0; null where it has no interval. */
export function differsFromZero({ value, ci95 }: Value): boolean | null {
  if (value === null || ci95 === null) return null;
  return ci95[0] > 0 || ci95[1] < 0;
}

/** What `beyond.width` says, as a sentence; empty where it is not known. */
export function beyondText({ width }: Beyond, t: Translate = english): string {
  const { value } = width;
  const differs = differsFromZero(width);
  if (value === null || differs === null) return '';
  if (!differs)
    return t(
      'The widths of neurons’ spectra differ no more than by chance from those of the same weights reshuffled.',
    );
  const share = percent(Math.abs(Math.expm1(value)));
  return value > 0
    ? t('The widths of neurons’ spectra differ {0} more than if the same weights were reshuffled.', share)
    : t('The widths of neurons’ spectra differ {0} less than if the same weights were reshuffled.', share);
}

/** What Gaussian weights of the same size give of E, from the middle of a sentence on; empty where it is not known. */
export function sizeText(gaussian: Value | undefined, t: Translate = english): string {
  if (gaussian?.value == null) return '';
  return t('random weights of the same size would give {0}', decimal(gaussian.value, 3));
}
