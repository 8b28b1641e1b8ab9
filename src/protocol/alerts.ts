/** Alerts of watched runs, and their words. */
import { decimal, integer } from './format';
import { english, type Translate } from './translate';

/** A figure that can have a band. */
export type AlertFigure = 'emergence' | 'alpha0' | 'width' | 'beyond-width';

/** The range in which a figure should stay, both ends included. */
export interface Band {
  figure: AlertFigure;
  low: number;
  high: number;
}

export interface Alert {
  /** `non-finite`, or the figure that has left its band. */
  figure: AlertFigure | 'non-finite';
  value: number;
  low: number;
  high: number;
}

const SYMBOLS: Readonly<Record<AlertFigure, string>> = {
  emergence: 'E',
  alpha0: 'α₀',
  width: 'w',
  'beyond-width': 'w beyond chance',
};

/** "E is 0.312, above 0.200" */
export function alertText({ figure, value, low, high }: Alert, t: Translate = english): string {
  if (figure === 'non-finite') return t('{0} weights that were read are NaN or infinite', integer(value));
  const name = SYMBOLS[figure];
  return value < low
    ? t('{0} is {1}, below {2}', name, decimal(value), decimal(low))
    : t('{0} is {1}, above {2}', name, decimal(value), decimal(high));
}
