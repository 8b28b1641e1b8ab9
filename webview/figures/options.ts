/** What all figures share: unobtrusive axes in the theme's colors, tooltips, legend, and layers of lines. */
import type { ChartOptions, LegendItem, PointStyle, Tick } from 'chart.js';
import type { AnnotationOptions } from 'chartjs-plugin-annotation';
import { translucent, type Theme } from '../theme';
import { decimal, significant } from '../../src/protocol/format';
import { COLOR_BAR_ROW, type ColorBar } from './colorBar';
import type { CurvePoint, FigureDataset } from './figure';
import type { SeriesStyle } from './styles';

export interface AxisOptions {
  title: string;
  min?: number;
  max?: number;
  /** Free space around the data, as a share of their range. */
  grace?: `${number}%`;
  /** Values are counts: no ticks between integers. */
  whole?: boolean;
  /** Custom ticks between two values, for axes whose values represent something else. */
  ticks?: (min: number, max: number) => { value: number; label: string }[];
}

type Scale = NonNullable<NonNullable<ChartOptions<'line'>['scales']>[string]>;

/** A linear axis with a title, round ticks and true minus signs. */
export function axis(theme: Theme, { title, min, max, grace, whole, ticks: own }: AxisOptions): Scale {
  const font = { family: theme.fontFamily, size: theme.fontSize };
  return {
    type: 'linear',
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(grace === undefined ? {} : { grace }),
    ...(own && {
      afterBuildTicks: (scale) => {
        scale.ticks = own(scale.min, scale.max);
      },
    }),
    title: { display: true, text: title, color: theme.foreground, font, padding: 6 },
    border: { color: theme.axis },
    grid: { color: theme.grid, tickColor: theme.axis, tickLength: 4 },
    ticks: {
      color: theme.muted,
      font,
      maxRotation: 0,
      autoSkipPadding: 16,
      includeBounds: false,
      ...(whole && { precision: 0 }),
      callback(value: number | string, index: number, ticks: (Tick & { label?: unknown })[]) {
        if (own) return String(ticks[index]?.label ?? '');
        const step = ticks.length > 1 ? Math.abs(ticks[1]!.value - ticks[0]!.value) : 1;
        return decimal(Number(value), Math.min(6, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9))));
      },
    },
  };
}

/** The second axis. */
export const BESIDE = 'beside';

export interface OptionsInput {
  x: AxisOptions;
  y: AxisOptions;
  /** A second axis on the right, for the datasets whose `yAxisID` is {@link BESIDE}. */
  beside?: AxisOptions | undefined;
  annotations?: Record<string, AnnotationOptions>;
  /** Needed when there is more than one thing to name. */
  legend?: 'lines' | 'markers' | false;
  colorBar?: ColorBar | undefined;
  /** Whether the pointer finds the nearest position on the x axis, with a line there, whatever its height. */
  crosshair?: boolean;
}

/** Names longer than this are cut, in characters. */
const LEGEND_NAME = 44;
const HOVER_NAME = 24;

/** Cuts a long name in the middle, where names differ least. */
function cutName(name: string, most: number): string {
  const half = most / 2;
  return name.length > most ? `${name.slice(0, half)}…${name.slice(-half)}` : name;
}

function legendEntries(datasets: readonly FigureDataset[], theme: Theme, lines: boolean): LegendItem[] {
  return datasets.flatMap((dataset, datasetIndex): LegendItem[] => {
    const text = cutName(dataset.label ?? '', LEGEND_NAME);
    if (dataset.guide || dataset.unnamed) return [];
    return [
      {
        text,
        datasetIndex,
        fontColor: theme.foreground,
        strokeStyle: dataset.borderColor as string,
        fillStyle: dataset.backgroundColor as string,
        lineWidth: 2,
        lineDash: lines ? (dataset.borderDash as number[]) : [],
        pointStyle: lines ? 'line' : (dataset.pointStyle as PointStyle),
      },
    ];
  });
}

/** Chart options shared by every figure. */
export function options(theme: Theme, input: OptionsInput): ChartOptions<'line'> {
  const font = { family: theme.fontFamily, size: theme.fontSize };
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    spanGaps: false,
    layout: { padding: { top: input.colorBar ? COLOR_BAR_ROW : 8, right: 16, bottom: 0, left: 0 } },
    interaction: { mode: input.crosshair ? 'atX' : 'near' },
    color: theme.foreground,
    font,
    scales: {
      x: axis(theme, input.x),
      y: axis(theme, input.y),
      // Its grid would be a second one, between the lines of the first.
      ...(input.beside && {
        [BESIDE]: { ...axis(theme, input.beside), position: 'right', grid: { display: false } },
      }),
    },
    plugins: {
      annotation: { clip: true, annotations: input.annotations ?? {} },
      colorBar: input.colorBar ?? false,
      crosshair: input.crosshair ? { color: translucent(theme.foreground, 0.4) } : false,
      legend: {
        display: Boolean(input.legend),
        position: 'bottom',
        align: 'start',
        onClick: () => undefined,
        labels: {
          color: theme.foreground,
          font,
          usePointStyle: true,
          ...(input.legend === 'lines' ? { pointStyleWidth: 32 } : { boxHeight: 7 }),
          generateLabels: ({ data }) =>
            legendEntries(data.datasets as FigureDataset[], theme, input.legend === 'lines'),
        },
      },
      tooltip: {
        backgroundColor: theme.tooltip.background,
        titleColor: theme.tooltip.foreground,
        bodyColor: theme.tooltip.foreground,
        borderColor: theme.tooltip.border,
        borderWidth: 1,
        cornerRadius: 3,
        displayColors: ({ tooltip }: { tooltip: { dataPoints?: unknown[] } }) =>
          (tooltip.dataPoints?.length ?? 0) > 1,
        usePointStyle: true,
        boxWidth: 8,
        boxHeight: 8,
        boxPadding: 4,
        titleFont: { ...font, weight: 'bold' },
        bodyFont: font,
        callbacks: {
          // For several curves at one position the position is the title; for a single curve its name is.
          title: (entries) =>
            (entries.length > 1 ? hoverLines(entries[0]!.raw)[0] : entries[0]?.dataset.label) ?? '',
          label: ({ chart, dataset, raw }) => {
            const lines = hoverLines(raw);
            const several = (chart.tooltip?.dataPoints.length ?? 0) > 1;
            return several
              ? `${cutName(dataset.label ?? '', HOVER_NAME)}: ${lines.slice(1).join(', ')}`
              : lines;
          },
        },
      },
    },
  };
}

/** The tooltip of a point. */
export function hoverLines(raw: unknown): string[] {
  const { x, y, hover } = raw as CurvePoint;
  return hover?.split('\n') ?? [`${significant(x)}, ${significant(y)}`];
}

const MARK = 3.5;

/** One radius for all where possible: Chart.js then stores one set of options instead of one per point. */
function radii(points: readonly CurvePoint[], marked: (index: number) => boolean): number | number[] {
  const each = points.map((_, index) => (marked(index) ? MARK : 0));
  const [first] = each;
  return each.every((radius) => radius === first) ? (first ?? 0) : each;
}

/** A curve in a series' color, dash and marker. `marked` says which points have the marker (default none). */
export function curve(
  label: string,
  points: CurvePoint[],
  style: SeriesStyle,
  theme: Theme,
  marked: (index: number) => boolean = () => false,
): FigureDataset {
  return {
    label,
    data: points,
    borderColor: style.color,
    backgroundColor: style.color,
    borderDash: style.dash,
    borderWidth: theme.highContrast ? 2.5 : 2,
    pointStyle: style.marker,
    pointRadius: radii(points, marked),
    pointHoverRadius: 5,
    pointHitRadius: 16,
    pointBorderWidth: 1.5,
    tension: 0,
    order: 1,
  };
}

/** The area between two curves, as one closed shape. */
export function band(
  label: string,
  upper: CurvePoint[],
  lower: CurvePoint[],
  style: SeriesStyle,
): FigureDataset {
  return {
    label,
    guide: true,
    data: [...upper, ...[...lower].reverse()],
    fill: 'shape',
    backgroundColor: translucent(style.color, 0.22),
    borderWidth: 0,
    pointRadius: 0,
    pointHitRadius: 0,
    order: 3,
  };
}

/** A thin line without a name and without tooltips. */
export function guide(
  label: string,
  points: CurvePoint[],
  color: string,
  width = 1,
  dash: number[] = [],
): FigureDataset {
  return {
    label,
    guide: true,
    data: points,
    borderColor: color,
    borderWidth: width,
    borderDash: dash,
    pointRadius: 0,
    pointHitRadius: 0,
    order: 2,
  };
}
