/** f(α) against α: the mean over samples, its band, α₀ and w. */
import type { AnnotationOptions } from 'chartjs-plugin-annotation';
import { alphaRange, meanSpectrum, targetOfItem, type Analyzed, type SpectrumPoint } from '../data/analyzed';
import { decimal, measured, order, plusMinus } from '../../src/protocol/format';
import { t } from '../l10n';
import { translucent, type Theme } from '../theme';
import { intervalName, intervalSentence, isFull } from '../words/uncertainty';
import { largest, smallest } from '../../src/protocol/extremes';
import { colorBar } from './colorBar';
import type { CurvePoint, Figure, FigureDataset, PointTarget } from './figure';
import { band, curve, guide, options } from './options';
import {
  legendFor,
  fitsEverySeries,
  showsInterval,
  type Series,
  type SeriesStyle,
  type Styled,
} from './styles';

/**
 * Builds the figure; `styled` holds at least one item with a spectrum.
 * @param opens whether points open their checkpoint: not where the page is about it alone.
 */
export function spectrumFigure(styled: Styled, theme: Theme, opens = styled.series.length > 1): Figure {
  const { series } = styled;
  const curves = series.map(({ item }) => meanSpectrum(item));
  const single = series.length === 1 ? series[0] : undefined;
  const heights = curves.flatMap((points, index) =>
    points.map(({ f, fHalf }) => ({ f, half: showsInterval(styled, index) ? (fHalf ?? 0) : 0 })),
  );
  const lowest = smallest(heights.map(({ f, half }) => f - half));
  const highest = largest(heights.map(({ f, half }) => f + half));
  const depth = Math.max(0.1, -lowest);
  const brackets = fitsEverySeries(styled);
  const rowHeight = single ? 0.1 : 0.045;
  const floor = brackets ? lowest - depth * rowHeight * (series.length + 1) : lowest - 0.05 * depth;

  const datasets = series.flatMap(({ item, style }, index): FigureDataset[] => {
    const points = curves[index]!;
    const samples =
      single && !isFull(item.result)
        ? item.samples.map(({ result }) =>
            guide(
              t('Sample, seed {0}', result.seed),
              result.alpha.map((x, i) => ({ x, y: result.f[i]! })),
              translucent(style.color, 0.35),
            ),
          )
        : [];
    return [
      {
        ...curve(
          item.name,
          points.map((point) => curvePoint(point, opens ? targetOfItem(item) : undefined)),
          style,
          theme,
          (i) => brackets && Number.isInteger(points[i]!.q),
        ),
        run: item.path,
      },
      ...(points[0]!.fHalf === null || !showsInterval(styled, index) ? [] : [spectrumBand(points, style)]),
      ...samples,
    ];
  });

  const annotations: Record<string, AnnotationOptions> = {};
  if (single) Object.assign(annotations, alphaZeroMark(single, theme));
  if (brackets) {
    series.forEach((each, index) => {
      const y = lowest - depth * rowHeight * (index + 1);
      Object.assign(annotations, widthMark(each, y, `${index}`, theme, Boolean(single)));
    });
  }

  return {
    id: 'spectrum',
    title: t('Multifractal spectrum'),
    caption: caption(styled, brackets),
    description: t('Curve of f(α) against α. The Table tab holds every value.'),
    config: {
      type: 'line',
      data: { datasets },
      options: options(theme, {
        x: { title: t('α, Lipschitz–Hölder exponent'), grace: '3%' },
        y: { title: t('f(α), multifractal spectrum'), min: floor, max: highest + 0.08 * depth },
        annotations,
        legend: legendFor(styled),
        colorBar: colorBar(styled, theme),
      }),
    },
  };
}

function curvePoint(point: SpectrumPoint, opens: PointTarget | undefined): CurvePoint {
  const lines = [
    `q = ${order(point.q)}`,
    `α = ${plusMinus(point.alpha, point.alphaHalf)}`,
    `f = ${decimal(Math.abs(point.f) < 1e-9 ? 0 : point.f, 4)}`,
  ];
  return { x: point.alpha, y: point.f, hover: lines.join('\n'), opens };
}

function spectrumBand(points: readonly SpectrumPoint[], style: SeriesStyle): FigureDataset {
  return band(
    t('95 % interval'),
    points.map(({ alpha, f, fHalf }) => ({ x: alpha, y: f + (fHalf ?? 0) })),
    points.map(({ alpha, f, fHalf }) => ({ x: alpha, y: f - (fHalf ?? 0) })),
    style,
  );
}

function alphaZeroMark({ item, style }: Series, theme: Theme): Record<string, AnnotationOptions> {
  const { alpha0 } = item.result.summary;
  if (alpha0.mean === null) return {};
  return {
    alpha0: {
      type: 'line',
      xMin: alpha0.mean,
      xMax: alpha0.mean,
      borderColor: theme.foreground,
      borderWidth: 1,
      borderDash: [4, 3],
      label: label(`α₀ ${measured(alpha0, item.result.settings.mode)}`, theme, '36%'),
    },
    ...(alpha0.ci95 && {
      alpha0Interval: {
        type: 'box',
        xMin: alpha0.ci95[0],
        xMax: alpha0.ci95[1],
        backgroundColor: translucent(style.color, 0.25),
        borderWidth: 0,
        drawTime: 'beforeDatasetsDraw',
      },
    }),
  };
}

/** A bracket from the smallest to the largest α, with a stroke at α₀. */
function widthMark(
  { item, style }: Series,
  y: number,
  key: string,
  theme: Theme,
  labeled: boolean,
): Record<string, AnnotationOptions> {
  const { min, max } = alphaRange(item);
  const { alpha0, width } = item.result.summary;
  const color = labeled ? theme.foreground : style.color;
  const end = { display: true, length: 0, width: 5, borderColor: color };
  return {
    [`width${key}`]: {
      type: 'line',
      xMin: min,
      xMax: max,
      yMin: y,
      yMax: y,
      borderColor: color,
      borderWidth: labeled ? 1 : 1.5,
      arrowHeads: { start: end, end },
      ...(labeled ? { label: label(`w ${measured(width, item.result.settings.mode)}`, theme, '50%') } : {}),
    },
    ...(alpha0.mean === null || labeled
      ? {}
      : {
          [`alpha0${key}`]: {
            type: 'point',
            xValue: alpha0.mean,
            yValue: y,
            radius: 3.5,
            pointStyle: style.marker,
            backgroundColor: style.color,
            borderColor: style.color,
            borderWidth: 1.5,
          },
        }),
  };
}

function label(content: string, theme: Theme, position: `${number}%`) {
  return {
    display: true,
    content,
    position,
    color: theme.foreground,
    backgroundColor: theme.background,
    borderRadius: 2,
    padding: 4,
    font: { family: theme.fontFamily, size: theme.fontSize, weight: 'normal' as const },
  };
}

function caption({ series }: Styled, brackets: boolean): string {
  const parts = [meanCaption(series.map(({ item }) => item))];
  const alone = series.length === 1 ? series[0]!.item.result : null;
  if (alone && isFull(alone)) {
    parts.push(
      intervalName(alone) === null
        ? intervalSentence(alone)
        : t('Shaded column: α₀, {0}', intervalSentence(alone)),
    );
  } else if (alone) {
    if (series[0]!.item.samples.length > 1)
      parts.push(t('Thin lines: the samples. Shaded column: 95 % interval of α₀.'));
  } else if (brackets) {
    parts.push(t('Brackets below: mean w, from the smallest to the largest α, with α₀ marked.'));
  } else {
    parts.push(
      t('With this many, only the first and the last have their band drawn; the table has all intervals.'),
    );
  }
  return parts.join(' ');
}

function meanCaption(items: readonly Analyzed[]): string {
  if (items.every(({ result }) => isFull(result)))
    return t('Line: the full network, every neuron and edge; markers at whole q.');
  const counts = [...new Set(items.map(({ samples }) => samples.length))];
  if (counts.every((count) => count === 1))
    return t('Line: one sample, so no interval can be given; markers at whole q.');
  return t(
    'Line: mean over {0}, aligned by q; markers at whole q. Band: 95 % interval of the mean at fixed α.',
    counts.length === 1 ? t('{0} samples', counts[0]!) : t('each item’s samples'),
  );
}
