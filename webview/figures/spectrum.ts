/** f(α) against α: the mean over samples, its band, α₀ and w. */
import type { AnnotationOptions } from 'chartjs-plugin-annotation';
import { alphaRange, meanSpectrum, type SpectrumPoint } from '../data/analysed';
import { decimal, estimate, halfWidth, order, plusMinus } from '../format';
import { t } from '../l10n';
import { translucent, type Theme } from '../theme';
import { colorBar } from './colorBar';
import type { CurvePoint, Figure, FigureDataset } from './figure';
import { band, curve, guide, options } from './options';
import { legendFor, roomForAll, showsInterval, type Series, type SeriesStyle, type Styled } from './styles';

/** Builds the figure; `styled` holds at least one item with a spectrum. */
export function spectrumFigure(styled: Styled, theme: Theme): Figure {
  const { series } = styled;
  const curves = series.map(({ item }) => meanSpectrum(item));
  const single = series.length === 1 ? series[0] : undefined;
  const heights = curves.flatMap((points, index) =>
    points.map(({ f, fHalf }) => ({ f, half: showsInterval(styled, index) ? (fHalf ?? 0) : 0 })),
  );
  const lowest = Math.min(...heights.map(({ f, half }) => f - half));
  const highest = Math.max(...heights.map(({ f, half }) => f + half));
  const depth = Math.max(0.1, -lowest);
  const brackets = roomForAll(styled);
  const rowHeight = single ? 0.1 : 0.045;
  const floor = brackets ? lowest - depth * rowHeight * (series.length + 1) : lowest - 0.05 * depth;

  const datasets = series.flatMap(({ item, style }, index): FigureDataset[] => {
    const points = curves[index]!;
    const samples = single
      ? item.samples.map(({ result }) =>
          guide(
            t('Sample, seed {0}', result.seed),
            result.alpha.map((x, i) => ({ x, y: result.f[i]! })),
            translucent(style.color, 0.35),
          ),
        )
      : [];
    return [
      curve(
        item.name,
        points.map(curvePoint),
        style,
        theme,
        (i) => brackets && Number.isInteger(points[i]!.q),
      ),
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

function curvePoint(point: SpectrumPoint): CurvePoint {
  const lines = [
    `q = ${order(point.q)}`,
    `α = ${plusMinus(point.alpha, point.alphaHalf)}`,
    `f = ${decimal(Math.abs(point.f) < 1e-9 ? 0 : point.f, 4)}`,
  ];
  return { x: point.alpha, y: point.f, hover: lines.join('\n') };
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
  const half = halfWidth(alpha0);
  return {
    alpha0: {
      type: 'line',
      xMin: alpha0.mean,
      xMax: alpha0.mean,
      borderColor: theme.foreground,
      borderWidth: 1,
      borderDash: [4, 3],
      label: label(`α₀ ${estimate(alpha0)}`, theme, '36%'),
    },
    ...(half === null
      ? {}
      : {
          alpha0Interval: {
            type: 'box',
            xMin: alpha0.mean - half,
            xMax: alpha0.mean + half,
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
  labelled: boolean,
): Record<string, AnnotationOptions> {
  const { min, max } = alphaRange(item);
  const { alpha0, width } = item.result.summary;
  const color = labelled ? theme.foreground : style.color;
  const end = { display: true, length: 0, width: 5, borderColor: color };
  return {
    [`width${key}`]: {
      type: 'line',
      xMin: min,
      xMax: max,
      yMin: y,
      yMax: y,
      borderColor: color,
      borderWidth: labelled ? 1 : 1.5,
      arrowHeads: { start: end, end },
      ...(labelled ? { label: label(`w ${estimate(width)}`, theme, '50%') } : {}),
    },
    ...(alpha0.mean === null || labelled
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
  const counts = [...new Set(series.map(({ item }) => item.samples.length))];
  const n = counts.length === 1 ? t('{0} samples', counts[0]!) : t('each item’s samples');
  const parts = [
    counts.some((count) => count > 1)
      ? t(
          'Line: mean over {0}, aligned by q; markers at whole q. Band: 95 % interval of the mean at fixed α.',
          n,
        )
      : t('Line: one sample, so no interval can be given; markers at whole q.'),
  ];
  if (series.length === 1) {
    if (counts[0]! > 1) parts.push(t('Thin lines: the samples. Shaded column: 95 % interval of α₀.'));
  } else if (brackets) {
    parts.push(t('Brackets below: mean w, from the smallest to the largest α, with α₀ marked.'));
  } else {
    parts.push(
      t('Of so many, only the first and the last have their band drawn; the table has all intervals.'),
    );
  }
  return parts.join(' ');
}
