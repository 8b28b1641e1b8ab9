/** A number over training: one line per run with its interval, and the drawn baseline where E compares with one. */
import type { AnnotationOptions } from 'chartjs-plugin-annotation';
import type { RunMeasure, RunPoint } from '../../src/protocol/run';
import { largest } from '../../src/protocol/extremes';
import { NULL_KINDS, type NullKind } from '../../src/protocol/nulls';
import { decimal, integer, significant } from '../../src/protocol/format';
import { shortened } from '../../src/protocol/visible';
import { syntheticPoint, targetOf, type RunResults, type ShownRun } from '../data/shownRuns';
import { t } from '../l10n';
import { translucent, type Theme } from '../theme';
import { drawnName } from '../words/emergence';
import { nullName } from '../words/nulls';
import type { CurvePoint, Figure, FigureDataset } from './figure';
import { BESIDE, band, curve, options, type AxisOptions } from './options';
import { stepName, stepOptions, type StepAxis } from './stepAxis';
import { NULL_DASH } from './styles';

/** A value at one checkpoint: its height, its interval, and what the hover says. */
export interface Level {
  value: number | null;
  range: readonly [number, number] | null;
  hover: string;
}

export interface OverTraining {
  id: string;
  title: string;
  y: AxisOptions;
  caption: string;
  /** Numbers of a checkpoint. */
  level: (point: RunPoint, run: RunResults) => Level;
  /** The same number of a null model of the checkpoint, where the figure shows it; null where there is none. */
  ofNull?: (point: RunPoint, kind: NullKind) => number | null;
  /** Numbers of the drawn baseline, where the figure shows it. */
  synthetic?: (point: RunMeasure, run: RunResults) => Level;
  annotations?: Record<string, AnnotationOptions>;
}

/** How lines over training are drawn. */
export interface Lines {
  /** A metric that is drawn on an axis of its own. */
  beside: string | null;
  /** Lines go through {@link smoothed} values; markers and intervals stay. */
  smooth: boolean;
}

const PLAIN: Lines = { beside: null, smooth: false };

/** Each value with its neighbors, weighted 1:2:1; at the ends 2:1. Without a value there is none. */
export function smoothed(values: readonly (number | null)[]): (number | null)[] {
  return values.map((value, index) => {
    if (value === null) return null;
    const neighbors = [values[index - 1], values[index + 1]].filter((each) => each != null);
    return (2 * value + neighbors.reduce((sum, each) => sum + each, 0)) / (2 + neighbors.length);
  });
}

/** More points than this get a marker only now and then: each would hide the line. */
const FEW_MARKERS = 40;

/** Which points of a series carry its marker. */
export const markEvery = (points: number): number => (points <= FEW_MARKERS ? 1 : Math.ceil(points / 16));

/** Builds the figure for runs that have results. */
export function overTrainingFigure(
  figure: OverTraining,
  runs: readonly ShownRun[],
  axis: StepAxis,
  theme: Theme,
  { beside, smooth }: Lines = PLAIN,
): Figure {
  const { synthetic } = figure;
  const datasets = runs.flatMap((run): FigureDataset[] => {
    const drawn = synthetic && syntheticPoint(run);
    return [
      ...lineWithBand(run, figure.level, axis, theme, smooth),
      ...overwrittenMarks(run, figure.level, axis, theme),
      ...(drawn ? [syntheticMark(run, synthetic(drawn, run), axis, theme)] : []),
    ];
  });
  const [alone] = runs.length === 1 ? runs : [];
  const nulls = alone && figure.ofNull ? nullLines(alone, figure.ofNull, axis, theme) : [];
  const lines = beside === null ? [] : metricLines(beside, runs, axis, theme);
  const marks = smooth ? 1 : largest(runs.map(({ series }) => markEvery(series.points.length)));
  return {
    id: figure.id,
    title: figure.title,
    caption: [
      figure.caption,
      marks > 1 ? t('Every checkpoint is drawn; markers stand on every {0}th.', marks) : '',
      smooth
        ? t(
            'Lines are smoothed: each checkpoint with its neighbors, weighted 1:2:1. Markers and bands are not.',
          )
        : '',
      synthetic ? hollowMark(runs) : '',
      formerMarks(runs, figure.level),
      lines.length > 0 ? t('Dotted, on the right: {0}.', shortened(beside!, 60)) : '',
      axis.note,
    ]
      .filter(Boolean)
      .join(' '),
    description: [
      `${figure.title}.`,
      ...runs.map((run) => trend(run, figure.level)),
      t('The Table tab holds every value.'),
    ].join(' '),
    config: {
      type: 'line',
      data: { datasets: [...datasets, ...nulls, ...lines] },
      options: options(theme, {
        x: stepOptions(axis),
        y: figure.y,
        beside: lines.length > 0 ? { title: shortened(beside!, 60), grace: '8%' } : undefined,
        annotations: { ...breakMark(axis, theme), ...figure.annotations },
        legend: (runs.length > 1 || nulls.length > 0 || lines.length > 0) && 'lines',
        crosshair: true,
      }),
    },
  };
}

/** The null models of one run beside it: several runs with theirs would be too many lines. */
function nullLines(
  run: ShownRun,
  ofNull: NonNullable<OverTraining['ofNull']>,
  axis: StepAxis,
  theme: Theme,
): FigureDataset[] {
  return NULL_KINDS.flatMap((kind) => {
    const points = run.series.points.map((point, index): CurvePoint => {
      const value = ofNull(point, kind);
      return {
        x: axis.place(run, index),
        y: value ?? Number.NaN,
        hover: `${stepName(point.step, index)}\n${decimal(value)}`,
      };
    });
    if (points.every(({ y }) => Number.isNaN(y))) return [];
    const style = { color: theme.muted, dash: NULL_DASH[kind], marker: 'circle' as const };
    return [{ ...curve(nullName(kind), points, style, theme), borderWidth: 1.5, order: 2 }];
  });
}

/** A metric of each run that has it, in the run's color. */
function metricLines(name: string, runs: readonly ShownRun[], axis: StepAxis, theme: Theme): FigureDataset[] {
  const metric = shortened(name, 60);
  return runs.flatMap((run) => {
    const values = run.series.metrics?.values.find((each) => each.name === name)?.values;
    if (!values) return [];
    const points = run.series.points.flatMap(({ step }, index): CurvePoint[] => {
      const value = values[index] ?? null;
      if (value === null) return [];
      const hover = `${stepName(step, index)}\n${metric} = ${significant(value)}`;
      return [{ x: axis.place(run, index), y: value, hover }];
    });
    const label = runs.length > 1 ? `${run.name}: ${metric}` : metric;
    const color = runs.length > 1 ? run.style.color : theme.hues[1]!;
    const line = curve(label, points, { color, dash: [2, 3], marker: 'rect' }, theme, () => true);
    return [{ ...line, yAxisID: BESIDE, order: 2 }];
  });
}

/** Where a run began and where it has come to, in words. */
function trend(run: ShownRun, level: OverTraining['level']): string {
  const said = run.series.points.flatMap((point, index) => {
    const { value, hover } = level(point, run);
    const [first = ''] = hover.split('\n');
    return value === null ? [] : [`${first} (${stepName(point.step, index)})`];
  });
  const [first, last] = [said[0], said.at(-1)];
  if (first === undefined || last === undefined) return t('{0}: no value.', run.name);
  return said.length === 1 ? `${run.name}: ${first}.` : t('{0}: from {1} to {2}.', run.name, first, last);
}

function lineWithBand(
  run: ShownRun,
  level: OverTraining['level'],
  axis: StepAxis,
  theme: Theme,
  smooth: boolean,
): FigureDataset[] {
  const { series, style, name } = run;
  const levels = series.points.map((point, index) => ({
    x: axis.place(run, index),
    name: stepName(point.step, index),
    ...level(point, run),
  }));
  const points = levels.map(({ x, value, name: step, hover }, index): CurvePoint => {
    const point = series.points[index]!;
    const gone = run.deleted?.has(point.checkpoint.path) ? [t('deleted since; its last result')] : [];
    return {
      x,
      y: value ?? Number.NaN,
      hover: [step, hover, ...gone].join('\n'),
      opens: targetOf(run, point),
    };
  });
  const every = markEvery(points.length);
  const bands = stretches(levels).map((stretch) =>
    band(
      t('95 % interval'),
      stretch.map(({ x, range }) => ({ x, y: range[1] })),
      stretch.map(({ x, range }) => ({ x, y: range[0] })),
      style,
    ),
  );
  if (smooth) {
    const line = smoothed(levels.map(({ value }) => value)).map((y, index) => ({
      x: points[index]!.x,
      y: y ?? Number.NaN,
    }));
    return [
      {
        ...curve(name, points, style, theme, () => true),
        ...hollowWhereGone(run, theme),
        run: run.id,
        showLine: false,
      },
      { ...curve(name, line, style, theme), guide: true, pointHitRadius: 0 },
      ...bands,
    ];
  }
  if (every === 1)
    return [
      { ...curve(name, points, style, theme, () => true), ...hollowWhereGone(run, theme), run: run.id },
      ...bands,
    ];
  const marked = points.filter((_, index) => index % every === 0 || index === points.length - 1);
  return [
    { ...curve(name, points, style, theme), run: run.id },
    { ...curve(name, marked, style, theme, () => true), guide: true, showLine: false, pointHitRadius: 0 },
    ...bands,
  ];
}

/** Marks of checkpoints that have been deleted are hollow. */
function hollowWhereGone(
  { series, style, deleted }: ShownRun,
  theme: Theme,
): Pick<FigureDataset, 'pointBackgroundColor'> {
  if (!deleted) return {};
  return {
    pointBackgroundColor: series.points.map(({ checkpoint }) =>
      deleted.has(checkpoint.path) ? theme.background : style.color,
    ),
  };
}

/** The last numbers of checkpoints that have been overwritten: hollow, and on no line. */
function overwrittenMarks(
  run: ShownRun,
  level: OverTraining['level'],
  axis: StepAxis,
  theme: Theme,
): FigureDataset[] {
  const points = (run.overwritten ?? []).flatMap((point): CurvePoint[] => {
    const { value, hover } = level(point, run);
    if (value === null || point.step === null || !axis.ofStep) return [];
    const x = axis.ofStep(point.step);
    const name = t('step {0}', integer(point.step));
    const why = t('of a file that was overwritten since; not in the curve, nor in E');
    return [{ x, y: value, hover: [name, hover, why].join('\n'), opens: targetOf(run, point) }];
  });
  if (points.length === 0) return [];
  return [
    {
      ...curve(t('{0}: overwritten since', run.name), points, run.style, theme, () => true),
      ...hollow(theme),
      unnamed: true,
      showLine: false,
      order: 0,
    },
  ];
}

const hollow = ({ background }: Theme): Pick<FigureDataset, 'backgroundColor' | 'pointBackgroundColor'> => ({
  backgroundColor: background,
  pointBackgroundColor: background,
});

/** What hollow marks of files that are no longer there stand for; empty where there are none. */
function formerMarks(runs: readonly ShownRun[], level: OverTraining['level']): string {
  const overwritten = runs.some((run) => run.overwritten?.some((point) => level(point, run).value !== null));
  // One that was deleted before it was analyzed has no mark.
  const deleted = runs.some((run) => {
    const gone = run.series.points.filter(({ checkpoint }) => run.deleted?.has(checkpoint.path));
    return gone.some((point) => level(point, run).value !== null);
  });
  return [
    deleted ? t('Hollow on the line: deleted since, with its last result.') : '',
    overwritten
      ? t(
          'Hollow beside the line: the last result of a file that was overwritten since; neither the line nor E is made of it.',
        )
      : '',
  ]
    .filter(Boolean)
    .join(' ');
}

interface Ranged {
  x: number;
  range: readonly [number, number];
}

/** Stretches of neighbors that have an interval. */
function stretches(levels: readonly { x: number; range: Level['range'] }[]): Ranged[][] {
  const found: Ranged[][] = [[]];
  for (const { x, range } of levels) {
    if (range) found.at(-1)!.push({ x, range });
    else found.push([]);
  }
  return found.filter((stretch) => stretch.length > 1);
}

/** What the hollow mark is; empty where there is none. */
function hollowMark(runs: readonly RunResults[]): string {
  const kind = runs.find(syntheticPoint)?.series.baseline.kind;
  if (kind === undefined) return '';
  return kind === 'gaussian'
    ? t('Hollow mark: untrained Gaussian weights (same mean and SD per tensor as the first checkpoint).')
    : t('Hollow mark: synthetic step 0, untrained weights drawn from the initializer.');
}

/** A hollow mark at step 0, with a whisker for its interval: it was not trained. */
function syntheticMark(
  { name, style, series }: ShownRun,
  { value, hover }: Level,
  axis: StepAxis,
  theme: Theme,
): FigureDataset {
  const label = `${name}: ${drawnName(series.baseline.kind)}`;
  const point: CurvePoint = { x: axis.start, y: value ?? Number.NaN, hover };
  return {
    ...curve(label, [point], style, theme, () => true),
    unnamed: true,
    showLine: false,
    ...hollow(theme),
    pointRadius: 6,
    pointBorderWidth: 2,
    order: 0,
  };
}

/** The line before which step 0 stands. */
export function breakMark({ gap }: StepAxis, theme: Theme): Record<string, AnnotationOptions> {
  if (gap === undefined) return {};
  return {
    gap: {
      type: 'line',
      xMin: gap,
      xMax: gap,
      borderColor: translucent(theme.foreground, 0.5),
      borderWidth: 1,
      borderDash: [2, 4],
    },
  };
}
