/** The distribution of the neuron fractal dimension over neurons. */
import type { AnnotationOptions } from 'chartjs-plugin-annotation';
import { pooledNfd, quantile, type Analyzed } from '../data/analyzed';
import { decimal, percent } from '../../src/protocol/format';
import { t } from '../l10n';
import { translucent, type Theme } from '../theme';
import { isFull } from '../words/uncertainty';
import { largest, smallest } from '../../src/protocol/extremes';
import { colorBar } from './colorBar';
import type { CurvePoint, Figure, FigureDataset } from './figure';
import { curve, options } from './options';
import { legendFor, type Styled } from './styles';

export const BINS = 48;

export interface Histogram {
  min: number;
  width: number;
  /** Per item, the share of its neurons with a value in each bin. */
  shares: number[][];
  counts: number[][];
}

/** Histograms of all items over the same bins; null when no item has a value. */
export function sharedHistogram(items: readonly Analyzed[]): Histogram | null {
  const pooled = items.map((item) => pooledNfd(item).values);
  const firsts = pooled.flatMap((values) => values.slice(0, 1));
  if (firsts.length === 0) return null;
  const min = smallest(firsts);
  const max = largest(pooled.flatMap((values) => values.slice(-1)));
  const width = (max - min || 1) / BINS;
  const counts = pooled.map((values) => {
    const bins = Array.from({ length: BINS }, () => 0);
    for (const value of values) bins[Math.min(BINS - 1, Math.floor((value - min) / width))]!++;
    return bins;
  });
  const shares = counts.map((bins, index) => bins.map((count) => count / Math.max(1, pooled[index]!.length)));
  return { min, width, shares, counts };
}

/** The histogram figure; null when no neuron of any item has a value. */
export function nfdFigure(styled: Styled, theme: Theme): Figure | null {
  const items = styled.series.map(({ item }) => item);
  const histogram = sharedHistogram(items);
  if (!histogram) return null;
  const single = items.length === 1;
  const datasets = styled.series.map(({ item, style }, index): FigureDataset => ({
    ...curve(item.name, steps(histogram, index), style, theme),
    stepped: 'before',
    borderWidth: single ? 1 : 2,
    fill: single ? 'origin' : false,
    backgroundColor: translucent(style.color, 0.4),
  }));
  const median = single ? quantile(pooledNfd(items[0]!).values, 0.5) : null;
  return {
    id: 'nfd',
    title: t('Neuron fractal dimension (NFD)'),
    caption: items.every(({ result }) => isFull(result))
      ? t('Share of neurons per bin; every neuron of the network counts once.')
      : t('Share of neurons per bin, all samples pooled; a neuron drawn in several samples counts in each.'),
    description: t('Histogram of the neuron fractal dimension. The Table tab holds every value.'),
    config: {
      type: 'line',
      data: { datasets },
      options: options(theme, {
        x: { title: t('NFD, slope of ln N on ln r around one neuron') },
        y: { title: t('share of neurons, %'), min: 0, grace: '12%' },
        annotations: median === null ? {} : { median: medianMark(median, theme) },
        legend: legendFor(styled),
        colorBar: colorBar(styled, theme),
      }),
    },
  };
}

/** Bin edges as the corners of a stepped line that starts and ends on the ground. */
function steps({ min, width, shares, counts }: Histogram, item: number): CurvePoint[] {
  const bins = shares[item]!.map((share, index): CurvePoint => {
    const [from, to] = [min + index * width, min + (index + 1) * width];
    const n = counts[item]![index]!;
    return {
      x: to,
      y: 100 * share,
      hover: `${decimal(from)} … ${decimal(to)}\n${t('{0} of the neurons ({1})', percent(share), decimal(n, 0))}`,
    };
  });
  return [{ x: min, y: 0 }, ...bins, { x: min + width * shares[item]!.length, y: 0 }];
}

function medianMark(median: number, theme: Theme): AnnotationOptions {
  return {
    type: 'line',
    xMin: median,
    xMax: median,
    borderColor: theme.foreground,
    borderWidth: 1,
    borderDash: [4, 3],
    label: {
      display: true,
      content: t('median {0}', decimal(median)),
      position: 'end',
      color: theme.foreground,
      backgroundColor: theme.background,
      padding: 4,
      font: { family: theme.fontFamily, size: theme.fontSize, weight: 'normal' },
    },
  };
}
