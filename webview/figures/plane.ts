/** Regularity against heterogeneity: one mark per sample, or one per checkpoint with its intervals. */
import { decimal, measured } from '../../src/protocol/format';
import { targetOfItem } from '../data/analyzed';
import { t } from '../l10n';
import { translucent, type Theme } from '../theme';
import { intervalSentence, isFull } from '../words/uncertainty';
import { colorBar } from './colorBar';
import type { CurvePoint, Figure, FigureDataset, PointTarget } from './figure';
import { curve, guide, options } from './options';
import { legendFor, fitsEverySeries, showsInterval, type Series, type Styled } from './styles';

/** w against α₀. @param opens whether points open their checkpoint: not where the page is about it alone. */
export function planeFigure(styled: Styled, theme: Theme, opens = styled.series.length > 1): Figure {
  const alone = styled.series.length === 1 ? styled.series[0]! : undefined;
  const marks = styled.series.flatMap((series, index) =>
    mark(series, theme, showsInterval(styled, index), opens ? targetOfItem(series.item) : undefined),
  );
  const samples = alone && !isFull(alone.item.result) ? [sampleMarks(alone)] : [];
  const path = styled.ramp ? [pathOverTraining(styled, theme)] : [];
  return {
    id: 'plane',
    title: t('Heterogeneity w against regularity α₀'),
    caption: caption(styled),
    description: t('Marks of w against α₀. The Samples table holds every value.'),
    config: {
      type: 'line',
      data: { datasets: [...marks, ...samples, ...path] },
      options: options(theme, {
        x: { title: t('α₀, regularity'), grace: '10%' },
        y: { title: t('w, heterogeneity'), grace: '10%' },
        // Marks, as the chart has.
        legend: legendFor(styled) && 'markers',
        colorBar: colorBar(styled, theme),
      }),
    },
  };
}

function caption(styled: Styled): string {
  const { series, ramp } = styled;
  const full = series.every(({ item }) => isFull(item.result));
  if (series.length === 1) {
    return full
      ? t('Mark: the full network. Cross: {0}', intervalSentence(series[0]!.item.result))
      : t('Small marks: the samples. Cross: their mean with its 95 % intervals.');
  }
  const order = ramp ? [t('Thin line: the order of training.')] : [];
  if (full) {
    return [t('Full networks; crosses: 95 % intervals of the variation across layers.'), ...order].join(' ');
  }
  const means = fitsEverySeries(styled)
    ? t('Means over samples with 95 % intervals.')
    : t('Means over samples; the first and the last with their 95 % intervals.');
  return [means, ...order].join(' ');
}

function mark(
  { item, style }: Series,
  theme: Theme,
  withInterval: boolean,
  opens: PointTarget | undefined,
): FigureDataset[] {
  const { alpha0, width } = item.result.summary;
  if (alpha0.mean === null || width.mean === null) return [];
  const [x, y] = [alpha0.mean, width.mean];
  const [across, up] = [alpha0.ci95 ?? [x, x], width.ci95 ?? [y, y]];
  const { mode } = item.result.settings;
  const point: CurvePoint = {
    x,
    y,
    hover: `α₀ = ${measured(alpha0, mode)}\nw = ${measured(width, mode)}`,
    opens,
  };
  const marked = {
    ...curve(item.name, [point], style, theme, () => true),
    run: item.path,
    pointRadius: 5,
    order: 0,
  };
  if (!withInterval) return [{ ...marked, pointRadius: 3 }];
  const cross = [across.map((end) => ({ x: end, y })), up.map((end) => ({ x, y: end }))];
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
