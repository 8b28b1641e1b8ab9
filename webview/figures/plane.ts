/** Regularity against heterogeneity: one mark per sample, or one per checkpoint with its intervals. */
import { decimal, estimate, halfWidth } from '../format';
import { t } from '../l10n';
import { translucent, type Theme } from '../theme';
import { colorBar } from './colorBar';
import type { CurvePoint, Figure, FigureDataset } from './figure';
import { curve, guide, options } from './options';
import { legendFor, roomForAll, showsInterval, type Series, type Styled } from './styles';

/** w against α₀. */
export function planeFigure(styled: Styled, theme: Theme): Figure {
  const single = styled.series.length === 1;
  const marks = styled.series.flatMap((series, index) => mark(series, theme, showsInterval(styled, index)));
  const samples = single ? [sampleMarks(styled.series[0]!)] : [];
  const path = styled.ramp ? [pathOverTraining(styled, theme)] : [];
  return {
    id: 'plane',
    title: t('Heterogeneity w against regularity α₀'),
    caption: single
      ? t('Small marks: the samples. Cross: their mean with its 95 % intervals.')
      : [
          roomForAll(styled)
            ? t('Means over samples with 95 % intervals.')
            : t('Means over samples; the first and the last with their 95 % intervals.'),
          styled.ramp ? t('Thin line: the order of training.') : '',
        ]
          .filter(Boolean)
          .join(' '),
    description: t('Marks of w against α₀. The Samples table holds every value.'),
    config: {
      type: 'line',
      data: { datasets: [...marks, ...samples, ...path] },
      options: options(theme, {
        x: { title: t('α₀, regularity (lower = more ordered)'), grace: '10%' },
        y: { title: t('w, heterogeneity (wider = more diverse)'), grace: '10%' },
        legend: legendFor(styled),
        colorBar: colorBar(styled, theme),
      }),
    },
  };
}

function mark({ item, style }: Series, theme: Theme, withInterval: boolean): FigureDataset[] {
  const { alpha0, width } = item.result.summary;
  if (alpha0.mean === null || width.mean === null) return [];
  const [x, y] = [alpha0.mean, width.mean];
  const [dx, dy] = [halfWidth(alpha0) ?? 0, halfWidth(width) ?? 0];
  const point: CurvePoint = { x, y, hover: `α₀ = ${estimate(alpha0)}\nw = ${estimate(width)}` };
  const marked = { ...curve(item.name, [point], style, theme, () => true), pointRadius: 5, order: 0 };
  if (!withInterval) return [{ ...marked, pointRadius: 3 }];
  const cross = [
    [
      { x: x - dx, y },
      { x: x + dx, y },
    ],
    [
      { x, y: y - dy },
      { x, y: y + dy },
    ],
  ];
  return [marked, ...cross.map((arm) => guide(t('95 % interval'), arm, style.color, 1.5))];
}

function sampleMarks({ item, style }: Series): FigureDataset {
  const points = item.samples.flatMap(({ result }): CurvePoint[] =>
    result.alpha0 === null || result.width === null
      ? []
      : [
          {
            x: result.alpha0,
            y: result.width,
            hover: `${t('seed {0}', result.seed)}\nα₀ = ${decimal(result.alpha0, 4)}\nw = ${decimal(result.width, 4)}`,
          },
        ],
  );
  return {
    label: t('Samples'),
    data: points,
    showLine: false,
    pointRadius: 4,
    pointHitRadius: 8,
    pointStyle: 'circle',
    borderColor: style.color,
    backgroundColor: translucent(style.color, 0.25),
    order: 2,
  };
}

function pathOverTraining({ series }: Styled, theme: Theme): FigureDataset {
  const points = series.flatMap(({ item }): CurvePoint[] => {
    const { alpha0, width } = item.result.summary;
    return alpha0.mean === null || width.mean === null ? [] : [{ x: alpha0.mean, y: width.mean }];
  });
  return { ...guide(t('Order of training'), points, theme.axis), order: 4 };
}
