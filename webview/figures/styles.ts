/**
 * How series are distinguished: training steps along one color ramp, anything else by hue, dash and marker together.
 */
import type { NullKind } from '../../src/protocol/nulls';
import type { PointStyle } from 'chart.js';
import { inOrder, isOneRun } from '../data/comparable';
import type { Analyzed } from '../data/analyzed';
import type { Theme } from '../theme';

export interface SeriesStyle {
  color: string;
  dash: number[];
  marker: PointStyle;
}

/** An item with the style that it has in every figure, table and legend. */
export interface Series {
  item: Analyzed;
  style: SeriesStyle;
}

export interface Styled {
  series: Series[];
  /** Whether color means training step. */
  ramp: boolean;
}

const DASHES: number[][] = [[], [7, 3], [2, 2], [10, 3, 2, 3], [4, 2], [12, 4]];
const MARKERS: PointStyle[] = [
  'circle',
  'rect',
  'triangle',
  'rectRot',
  'crossRot',
  'star',
  'cross',
  'rectRounded',
];

export type Rgb = readonly [number, number, number];

/** Viridis at 0, 1/8 … 1 (Smith and van der Walt, CC0): perceptually uniform, readable with any color vision. */
const VIRIDIS: readonly Rgb[] = [
  [68, 1, 84],
  [71, 44, 122],
  [59, 81, 139],
  [44, 113, 142],
  [33, 144, 141],
  [39, 173, 129],
  [92, 200, 99],
  [170, 220, 50],
  [253, 231, 37],
];

/** Up to this many items, dashes help; beyond, they only clutter and the ramp has a color bar instead. */
export const FEW = 4;

/** The color at `position` (0 first step, 1 last step); the last step always stands out most from the ground. */
export function rampColor(position: number, theme: Theme): string {
  // The end of the ramp with less than 3:1 on the background is cut off.
  const place = theme.kind === 'dark' ? 0.4 + 0.6 * position : 0.6 * (1 - position);
  const at = place * (VIRIDIS.length - 1);
  const low = Math.min(Math.floor(at), VIRIDIS.length - 2);
  return mixed(VIRIDIS[low]!, VIRIDIS[low + 1]!, at - low);
}

/** The color at `share` of the way from one color to another. */
export function mixed(from: Rgb, to: Rgb, share: number): string {
  const mix = from.map((channel, index) => Math.round(channel + share * (to[index]! - channel)));
  return `rgb(${mix.join(', ')})`;
}

/** Gives every item its looks, in training order when the items are one run. */
export function styleItems(items: readonly Analyzed[], theme: Theme): Styled {
  const ramp = isOneRun(items);
  const ordered = inOrder(items);
  const series = ordered.map((item, index) => ({
    item,
    style: {
      ...seriesStyle(index, theme),
      ...(ramp && {
        color: rampColor(index / Math.max(1, ordered.length - 1), theme),
        dash: ordered.length > FEW ? [] : seriesStyle(index, theme).dash,
      }),
    },
  }));
  return { series, ramp };
}

/**
 * Hue, dash and marker of the series at `index`: any one of them distinguishes it from its neighbors.
 * @param hue replaces its own.
 */
export function seriesStyle(index: number, theme: Theme, hue = index): SeriesStyle {
  return {
    color: theme.hues[hue % theme.hues.length]!,
    dash: DASHES[index % DASHES.length]!,
    marker: MARKERS[index % MARKERS.length]!,
  };
}

/** With more items, marks of every item would hide the curves. */
const MANY = 12;

/** Whether every item gets its brackets, markers and bands. */
export const fitsEverySeries = ({ series }: Styled): boolean => series.length <= MANY;

/** Whether the interval of the item at `index` is drawn: all of a few, the first and the last of many. */
export const showsInterval = (styled: Styled, index: number): boolean =>
  fitsEverySeries(styled) || index === 0 || index === styled.series.length - 1;

/** Whether these series need a color bar rather than a legend. */
export const wantsColorBar = (styled: Styled): boolean => styled.ramp && styled.series.length > FEW;

/** The legend that these series need: none for a single one, none beside a color bar. */
export const legendFor = (styled: Styled): 'lines' | false =>
  styled.series.length > 1 && !wantsColorBar(styled) && 'lines';

/** How the lines of null models are dashed, everywhere. */
export const NULL_DASH: Record<NullKind, number[]> = { shuffled: [2, 3], gaussian: [7, 3] };
