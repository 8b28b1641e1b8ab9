/** `--alert FIGURE=LOW..HIGH`: what is said of a checkpoint while its run is watched. */
import { InvalidArgumentError } from 'commander';
import type { RunPoint } from '../protocol/run';

const FIGURES = {
  emergence: ({ emergence }: RunPoint) => emergence.value,
  alpha0: ({ alpha0 }: RunPoint) => alpha0.mean,
  width: ({ width }: RunPoint) => width.mean,
  'beyond-width': ({ beyond }: RunPoint) => beyond?.width.value ?? null,
} as const;
type Figure = keyof typeof FIGURES;

/** Where a figure is to stay, both ends included. */
export interface Band {
  figure: Figure;
  low: number;
  high: number;
}

export interface Alert {
  /** `non-finite`, or the figure that has left its band. */
  figure: Figure | 'non-finite';
  value: number;
  low: number;
  high: number;
}

/** @throws InvalidArgumentError for commander to report. */
export function parseBands(word: string, former: readonly Band[] = []): Band[] {
  const [, figure = '', low = '', high = ''] = /^([\w-]+)=([^.]*(?:\.\d+)?)\.\.(.*)$/.exec(word) ?? [];
  const end = (text: string, open: number): number => (text === '' ? open : Number(text));
  const band = { figure: figure as Figure, low: end(low, -Infinity), high: end(high, Infinity) };
  const isKnown = Object.hasOwn(FIGURES, figure);
  if (!isKnown || !(band.low <= band.high) || (low === '' && high === '')) {
    const names = Object.keys(FIGURES).join(', ');
    throw new InvalidArgumentError(
      `Give a figure (${names}) and its ends, as emergence=0..0.2 or beyond-width=-0.1..`,
    );
  }
  return [...former, band];
}

/** Weights that are NaN or infinite are always said; figures where a band was asked for. */
export function alertsOf(point: RunPoint, bands: readonly Band[]): Alert[] {
  const { weights } = point.nonFinite;
  return [
    ...(weights > 0 ? [{ figure: 'non-finite' as const, value: weights, low: 0, high: 0 }] : []),
    ...bands.flatMap(({ figure, low, high }) => {
      const value = FIGURES[figure](point);
      return value !== null && (value < low || value > high) ? [{ figure, value, low, high }] : [];
    }),
  ];
}
