/** How straight the lines are: ln Z_q on ln(r / rₘₐₓ) for chosen q, and R² for all of them. */
import type { AnnotationOptions } from 'chartjs-plugin-annotation';
import { fitQuality, worstFit, type Analyzed, type KeptSample } from '../data/analyzed';
import { decimal, order, significant } from '../../src/protocol/format';
import { t } from '../l10n';
import { translucent, type Theme } from '../theme';
import { isFull } from '../words/uncertainty';
import { smallest } from '../../src/protocol/extremes';
import { colorBar } from './colorBar';
import type { CurvePoint, Figure, FigureDataset } from './figure';
import { band, curve, guide, options } from './options';
import { FEW, legendFor, fitsEverySeries, type SeriesStyle, type Styled } from './styles';

/** Below this value a line is a poor summary; the paper relies on R², so we point it out. */
export const POOR_FIT = 0.9;

const MARKERS = ['circle', 'rect', 'triangle', 'rectRot', 'crossRot', 'star'] as const;

/** Indices of a few characteristic moment orders: the ends of the grid, and ±1 where it has them. */
export function tellingOrders(q: readonly number[]): number[] {
  const wanted = [q[0]!, -1, 1, q.at(-1)!];
  const nearest = wanted.map((value) =>
    q.reduce(
      (best, candidate, index) => (Math.abs(candidate - value) < Math.abs(q[best]! - value) ? index : best),
      0,
    ),
  );
  return [...new Set(nearest)].filter((index) => q[index] !== 0).sort((a, b) => a - b);
}

/** ln Z_q against ln(r / rₘₐₓ) of one sample for the orders at `orders`, with the fitted lines. */
export function fitFigure(
  item: Analyzed,
  sample: KeptSample,
  orders: readonly number[],
  theme: Theme,
): Figure {
  const { radii, tau, intercept, r2, rMax } = sample.result;
  const q = item.result.settings.q;
  const x = radii.map((radius) => Math.log(radius / (rMax ?? radii.at(-1)!)));
  const datasets = orders.flatMap((index, place): FigureDataset[] => {
    const style: SeriesStyle = {
      color: theme.hues[place % theme.hues.length]!,
      dash: [],
      marker: MARKERS[place % MARKERS.length]!,
    };
    const points = x.map((value, radius): CurvePoint => {
      const lnZ = sample.lnZ[index * radii.length + radius]!;
      return {
        x: value,
        y: lnZ,
        hover: `r = ${significant(radii[radius])}\nln(r / rₘₐₓ) = ${decimal(value)}\nln Z = ${decimal(lnZ)}`,
      };
    });
    const label = t(
      'q = {0}, slope τ = {1}, R² = {2}',
      order(q[index]!),
      decimal(tau[index]),
      decimal(r2[index]),
    );
    const line = [x[0]!, x.at(-1)!].map((value) => ({
      x: value,
      y: intercept[index]! + tau[index]! * value,
    }));
    return [
      {
        ...curve(label, points, style, theme, () => true),
        showLine: false,
        pointRadius: 2.5,
        backgroundColor: translucent(style.color, 0.6),
        order: 2,
      },
      { ...guide(t('Fitted line'), line, style.color, 1.5), order: 1 },
    ];
  });
  return {
    id: 'fit',
    title: isFull(item.result)
      ? t('Log–log fit: {0}, full network', item.name)
      : t('Log–log fit: {0}, seed {1}', item.name, sample.result.seed),
    caption: t(
      'Points: the partition function at every radius that occurs. Lines: ordinary least squares over all of them; the slope is τ(q).',
    ),
    description: t(
      'Points of ln Z(q, r) against ln(r / rₘₐₓ) with straight lines. The Table tab holds every value.',
    ),
    config: {
      type: 'line',
      data: { datasets },
      options: options(theme, {
        x: { title: t('ln(r / rₘₐₓ), radius relative to the largest') },
        y: { title: t('ln Z(q, r), partition function') },
        legend: 'markers',
      }),
    },
  };
}

/** R² of the regression at every q: mean over samples and the range from worst to best. */
export function qualityFigure(styled: Styled, theme: Theme): Figure {
  const datasets = styled.series.flatMap(({ item, style }): FigureDataset[] => {
    const q = item.result.settings.q;
    const values = fitQuality(item);
    const points = values.map((value, index): CurvePoint => ({
      x: q[index]!,
      y: value?.mean ?? Number.NaN,
      ...(value && {
        hover: `q = ${order(q[index]!)}\nR² = ${decimal(value.mean, 4)}${
          isFull(item.result) ? '' : ` (${decimal(value.min, 4)} … ${decimal(value.max, 4)})`
        }`,
      }),
    }));
    const defined = values.flatMap((value, index) => (value ? [{ x: q[index]!, ...value }] : []));
    return [
      curve(
        item.name,
        points,
        style,
        theme,
        (index) => fitsEverySeries(styled) && Number.isInteger(q[index]!),
      ),
      ...(styled.series.length > FEW || isFull(item.result)
        ? []
        : [
            band(
              t('Worst to best sample'),
              defined.map(({ x, max }) => ({ x, y: max })),
              defined.map(({ x, min }) => ({ x, y: min })),
              style,
            ),
          ]),
    ];
  });
  const full = styled.series.every(({ item }) => isFull(item.result));
  const lowest = smallest(styled.series.map(({ item }) => worstFit(item)?.r2 ?? 1));
  const annotations: Record<string, AnnotationOptions> = {
    poor: {
      type: 'line',
      yMin: POOR_FIT,
      yMax: POOR_FIT,
      borderColor: theme.warning,
      borderWidth: 1,
      borderDash: [4, 3],
    },
  };
  return {
    id: 'quality',
    title: t('Goodness of fit R² at every q'),
    caption: [
      full ? t('Line: the full network.') : t('Line: mean over samples.'),
      full || styled.series.length > FEW ? '' : t('Band: from the worst to the best sample.'),
      t('Dashed: 0.9. Not defined at q = 0, where ln Z is constant.'),
    ]
      .filter(Boolean)
      .join(' '),
    description: t('Curve of R² against q with a line at 0.9. The Table tab holds every value.'),
    config: {
      type: 'line',
      data: { datasets },
      options: options(theme, {
        x: { title: t('q, moment order') },
        y: {
          title: t('R², goodness of fit'),
          min: Math.max(0, Math.floor((lowest - 0.02) * 20) / 20),
          max: 1,
        },
        annotations,
        legend: legendFor(styled),
        colorBar: colorBar(styled, theme),
      }),
    },
  };
}
