/** Alerts for a checkpoint while its run is watched: weights that are not numbers, and figures outside of a band. */
import type { Alert, AlertFigure, Band } from '../../protocol/alerts';
import { NeuroMfaError } from '../../protocol/errors';
import type { RunPoint } from '../../protocol/run';

const FIGURES: Readonly<Record<AlertFigure, (point: RunPoint) => number | null>> = {
  emergence: ({ emergence }) => emergence.value,
  alpha0: ({ alpha0 }) => alpha0.mean,
  width: ({ width }) => width.mean,
  'beyond-width': ({ beyond }) => beyond?.width.value ?? null,
};

const END = String.raw`([-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:e[-+]?\d+)?)?`;
const BAND = new RegExp(`^([\\w-]+)=${END}\\.\\.${END}$`, 'i');

/**
 * The band that `emergence=0..0.2` denotes; an end may be omitted.
 * @param asked what the error names.
 * @throws NeuroMfaError `usage`.
 */
export function parseBand(word: string, asked: string): Band {
  const [, name = '', low, high] = BAND.exec(word) ?? [];
  const band = {
    figure: name as AlertFigure,
    low: low === undefined ? -Infinity : Number(low),
    high: high === undefined ? Infinity : Number(high),
  };
  if (Object.hasOwn(FIGURES, name) && band.low <= band.high && (low ?? high) !== undefined) return band;
  const names = Object.keys(FIGURES).join(', ');
  throw new NeuroMfaError(
    'usage',
    asked,
    `${JSON.stringify(word)} is no band of a figure`,
    `Give a figure (${names}) and its ends, as emergence=0..0.2 or beyond-width=-0.1..`,
  );
}

/** Whether a band is about figures of null models. */
export const needsNulls = (bands: readonly Band[]): boolean =>
  bands.some(({ figure }) => figure === 'beyond-width');

/** NaN and infinite weights are always reported; figures where a band was requested. */
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
