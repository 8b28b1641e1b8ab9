/** Null models in words, the same in every view, and no stronger than their intervals. */
import { decimal, percent } from './format';
import type { Beyond, Value } from './nulls';
import { english, type Translate } from './translate';

/** Whether a number can be distinguished from 0; null where it has no interval. */
export function differsFromZero({ value, ci95 }: Value): boolean | null {
  if (value === null || ci95 === null) return null;
  return ci95[0] > 0 || ci95[1] < 0;
}

/** The meaning of `beyond.width`, as a sentence; empty where it is unknown. */
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

/**
 * The contribution of Gaussian weights of the same size to E, as the second half of a sentence; empty where it is
 * unknown.
 */
export function sizeText(gaussian: Value | undefined, t: Translate = english): string {
  if (gaussian?.value == null) return '';
  return t('random weights of the same size would give {0}', decimal(gaussian.value, 3));
}
