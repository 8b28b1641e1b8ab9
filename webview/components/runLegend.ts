/** A legend in which a click hides a run and a double click isolates it; hidden runs are struck through. */
import type { ChartOptions, LegendItem } from 'chart.js';
import type { FigureConfig, FigureDataset } from '../figures/figure';
import type { SeriesStyle } from '../figures/styles';

/** What a legend says of a run that is not drawn. */
export interface HiddenCurve {
  id: string;
  name: string;
  style: SeriesStyle;
}

/** Runs that legends hide and show. */
export interface RunLegend {
  /** The hidden runs. */
  hidden: () => readonly HiddenCurve[];
  toggle: (run: string) => void;
  /** Shows only this run, or all again. */
  isolate: (run: string) => void;
}

type LegendOptions = NonNullable<NonNullable<ChartOptions<'line'>['plugins']>['legend']>;

/**
 * The run of the first click of a double click. A page has one pointer, and the legend may have moved by the second
 * click.
 */
let clicked: string | undefined;

/** An entry that represents a run. */
interface RunItem extends LegendItem {
  run?: string;
}

/** Null where no curve belongs to a run, or where there is only one run. */
export function legendOfRuns({ data, options }: FigureConfig, runs: RunLegend): { legend?: LegendOptions } {
  const legend = options?.plugins?.legend;
  const runOf = ({ run, datasetIndex }: RunItem): string | undefined =>
    run ?? (data.datasets[datasetIndex ?? -1] as FigureDataset | undefined)?.run;
  const drawn = new Set((data.datasets as FigureDataset[]).flatMap(({ run }) => run ?? []));
  const hidden = runs.hidden();
  if (!legend || drawn.size === 0 || drawn.size + hidden.length < 2) return {};
  const items = legend.labels?.generateLabels;
  return {
    legend: {
      ...legend,
      display: true,
      onHover: (_, item, { chart }) => {
        if (runOf(item) !== undefined) chart.canvas.style.cursor = 'pointer';
      },
      onLeave: (_, __, { chart }) => {
        chart.canvas.style.cursor = '';
      },
      onClick: ({ native }, item) => {
        const isSecond = (native as MouseEvent | null)?.detail === 2;
        if (!isSecond) clicked = runOf(item);
        if (clicked !== undefined) runs[isSecond ? 'isolate' : 'toggle'](clicked);
      },
      labels: {
        ...legend.labels,
        generateLabels: (chart) => [
          ...(items?.(chart) ?? []),
          ...hidden.map(({ id, name, style }): RunItem => ({
            text: name,
            run: id,
            hidden: true,
            fontColor: chart.options.color as string,
            strokeStyle: style.color,
            lineWidth: 2,
            lineDash: style.dash,
            pointStyle: 'line',
          })),
        ],
      },
    },
  };
}
