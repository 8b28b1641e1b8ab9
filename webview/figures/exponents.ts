/** τ(q) and D(q) against q. */
import { meanDimension, meanTau } from '../data/analyzed';
import type { Interval } from '../data/statistics';
import { order, plusMinus } from '../../src/protocol/format';
import { t } from '../l10n';
import type { Theme } from '../theme';
import { isFull } from '../words/uncertainty';
import { largest, smallest } from '../../src/protocol/extremes';
import { colorBar } from './colorBar';
import type { CurvePoint, Figure, FigureDataset } from './figure';
import { band, curve, guide, options } from './options';
import { legendFor, fitsEverySeries, type Series, type Styled } from './styles';

/** Near q = 1 the quotient grows without bound; the axis fits the rest of the curve, and the line leaves the plot. */
const POLE = 0.35;

/** Mass exponents τ(q). */
export function tauFigure(styled: Styled, theme: Theme): Figure {
  const datasets = styled.series.flatMap((series) =>
    withBand(series, meanTau(series.item), 'τ', theme, fitsEverySeries(styled)),
  );
  return {
    id: 'tau',
    title: t('Mass exponent τ(q)'),
    caption: styled.series.every(({ item }) => isFull(item.result))
      ? t('Slope of ln Z(q, r) on ln(r / rₘₐₓ) in the full network. τ(0) = 0.')
      : t(
          'Slope of ln Z(q, r) on ln(r / rₘₐₓ), mean over samples. Band: 95 % interval of the mean. τ(0) = 0.',
        ),
    description: t('Curve of τ(q) against q. The Table tab holds every value.'),
    config: {
      type: 'line',
      data: { datasets },
      options: options(theme, {
        x: { title: t('q, moment order') },
        y: { title: t('τ(q), mass exponent') },
        legend: legendFor(styled),
        colorBar: colorBar(styled, theme),
      }),
    },
  };
}

/** D(q) = τ(q) / (q − 1), the textbook convention, with its pole at q = 1. */
export function dimensionFigure(styled: Styled, theme: Theme): Figure {
  const all = styled.series.map((series) => ({ series, values: meanDimension(series.item) }));
  const away = all.flatMap(({ series, values }) =>
    values.flatMap((value, index) =>
      value && Math.abs(series.item.result.settings.q[index]! - 1) >= POLE - 1e-9 ? [value.mean] : [],
    ),
  );
  const range = away.length ? { min: smallest(away), max: largest(away) } : { min: -1, max: 1 };
  const margin = 0.05 * (range.max - range.min || 1);
  const [min, max] = [range.min - margin, range.max + margin];
  const pole = guide(
    'q = 1',
    [
      { x: 1, y: min },
      { x: 1, y: max },
    ],
    theme.axis,
    1,
    [3, 3],
  );
  return {
    id: 'dimension',
    title: t('Generalized dimension D(q)'),
    caption: t(
      'Textbook convention D(q) = τ(q) / (q − 1). It is not defined at q = 1 and grows without bound beside it, because here τ(1) is not 0: the line leaves the plot there.',
    ),
    description: t('Curve of D(q) against q with a gap at q = 1. The Table tab holds every value.'),
    config: {
      type: 'line',
      data: {
        datasets: [
          ...all.flatMap(({ series, values }) =>
            withBand(series, values, 'D', theme, fitsEverySeries(styled)),
          ),
          pole,
        ],
      },
      options: options(theme, {
        x: { title: t('q, moment order') },
        y: { title: t('D(q), generalized dimension'), min, max },
        legend: legendFor(styled),
        colorBar: colorBar(styled, theme),
      }),
    },
  };
}

function withBand(
  { item, style }: Series,
  values: readonly (Interval | null)[],
  symbol: string,
  theme: Theme,
  marked: boolean,
): FigureDataset[] {
  const q = item.result.settings.q;
  const points = values.map((value, index): CurvePoint => ({
    x: q[index]!,
    y: value?.mean ?? Number.NaN,
    ...(value && { hover: `q = ${order(q[index]!)}\n${symbol} = ${plusMinus(value.mean, value.half)}` }),
  }));
  const bands = runs(values).map((run) => {
    const edge = (side: 1 | -1): CurvePoint[] =>
      run.map((index) => ({ x: q[index]!, y: values[index]!.mean + side * (values[index]!.half ?? 0) }));
    return band(t('95 % interval'), edge(1), edge(-1), style);
  });
  return [
    curve(item.name, points, style, theme, (index) => marked && Number.isInteger(q[index]!)),
    ...(item.samples.length > 1 ? bands : []),
  ];
}

/** The ranges of consecutive defined values. */
function runs(values: readonly (Interval | null)[]): number[][] {
  const found: number[][] = [[]];
  values.forEach((value, index) => {
    if (value) found.at(-1)!.push(index);
    else found.push([]);
  });
  return found.filter((run) => run.length > 1);
}
