/** The specification curve: E under every choice of settings, in order, and below it the choices. */
import { largest } from '../../src/protocol/extremes';
import { bracketed, decimal, percent, significant } from '../../src/protocol/format';
import type { RunSeries, Specification } from '../../src/protocol/run';
import {
  choiceName,
  specificationName,
  specificationText,
  unscaledText,
} from '../../src/protocol/specificationWords';
import type { Scale } from 'chart.js';
import { targetOf, type ShownRun } from '../data/shownRuns';
import { t } from '../l10n';
import { translucent, type Theme } from '../theme';
import { baselineName } from '../words/emergence';
import { wordsOf } from '../words/facts';
import { zeroLine } from './emergence';
import type { CurvePoint, Figure, FigureDataset, PointTarget } from './figure';
import { axis, curve, guide, options } from './options';
import type { SeriesStyle } from './styles';

/** The part of an axis that is changed here. */
interface ScaleOptions {
  ticks?: object;
}

/** Heights in CSS pixels: the curve with its axis and legend, and one row of the matrix. */
const CURVE = 330;
const ROW = 18;
/** Space, in rows, between the choices of one setting and those of the next. */
const GAP = 0.6;

/** The specifications of a run that have an E, from the smallest to the largest. */
export const knownSpecifications = ({ specifications = [] }: RunSeries): Specification[] =>
  specifications.filter(({ emergence }) => emergence.value !== null);

export const knowsSpecifications = ({ series }: Pick<ShownRun, 'series'>): boolean =>
  knownSpecifications(series).length > 0;

/** A choice of one setting, and the position of its row. */
interface Row {
  name: string;
  y: number;
}

/** The checkpoint whose E it is, as it is analyzed with the settings of now; undefined where nothing of it can be opened. */
function checkpointOf(run: ShownRun, { checkpoint }: Specification): PointTarget | undefined {
  const point = run.series.points.find((each) => each.checkpoint.name === checkpoint);
  return point && targetOf(run, point);
}

/** The curve of one run; it has specifications. */
export function specificationsFigure(run: ShownRun, theme: Theme): Figure {
  const known = knownSpecifications(run.series);
  const preset = known.find(({ factor }) => factor === 'preset');
  const rows = rowsOf(known);
  const height = (rows.at(-1)?.y ?? 0) + 2;
  const x = (specification: Specification): number => known.indexOf(specification) + 1;
  const marks = (label: string, of: readonly Specification[], style: SeriesStyle): FigureDataset => ({
    ...curve(
      label,
      of.map((each): CurvePoint => ({
        x: x(each),
        y: each.emergence.value!,
        hover: hover(each),
        opens: checkpointOf(run, each),
      })),
      style,
      theme,
      () => true,
    ),
    showLine: false,
    pointRadius: 4.5,
    order: 0,
  });
  const whiskers = (
    each: Specification,
    ci95: readonly [number, number] | null,
    color: string,
    width: number,
  ) =>
    ci95
      ? [
          guide(
            t('95 % interval'),
            ci95.map((y) => ({ x: x(each), y })),
            color,
            width,
          ),
        ]
      : [];
  const [own, bad] = [theme.hues[0]!, theme.hues[1]!];
  const scaling = known.filter((each) => each !== preset && each.scales !== false);
  const unscaled = known.filter((each) => each !== preset && each.scales === false);
  const beside = known.filter(({ gaussian }) => gaussian.value !== null);
  const colorOf = (each: Specification): string =>
    each.scales === false ? bad : each === preset ? theme.foreground : own;
  return {
    id: 'specifications',
    title: t('How E depends on the settings: {0}', run.name),
    caption: [
      t(
        'E of {0} against {1}, with one setting changed at a time, from the smallest to the largest. Bars: 95 % intervals. Beneath: the choices; the larger dot is what was changed.',
        known[0]!.checkpoint,
        baselineName([run]),
      ),
      unscaled.length > 0 || preset?.scales === false
        ? t('Where the mean R² is below 0.8, neighbor counts do not scale and E means little.')
        : '',
    ]
      .filter(Boolean)
      .join(' '),
    description: specificationText(known, t),
    height: CURVE + Math.ceil(height * ROW),
    config: {
      type: 'line',
      data: {
        datasets: [
          ...(preset
            ? [
                marks(t('E as chosen'), [preset], {
                  color: colorOf(preset),
                  dash: [],
                  marker: 'rectRot',
                }),
              ]
            : []),
          ...(scaling.length > 0
            ? [marks(t('E, one setting changed'), scaling, { color: own, dash: [], marker: 'circle' })]
            : []),
          ...(unscaled.length > 0
            ? [marks(t('E, does not scale'), unscaled, { color: bad, dash: [], marker: 'crossRot' })]
            : []),
          ...(beside.length > 0 ? [gaussianMarks(beside, x, theme)] : []),
          ...known.flatMap((each) => [
            ...whiskers(each, each.emergence.ci95, colorOf(each), 2),
            ...whiskers(each, each.gaussian.ci95, translucent(theme.muted, 0.7), 1),
          ]),
          ...known.flatMap((each) => choices(each, x(each), rows, each === preset, theme)),
        ],
      },
      options: curveOptions(known.length, preset ? x(preset) : null, rows, height, theme),
    },
  };
}

function gaussianMarks(
  beside: readonly Specification[],
  x: (specification: Specification) => number,
  theme: Theme,
): FigureDataset {
  return {
    ...curve(
      t('E of Gaussian weights'),
      beside.map((each): CurvePoint => ({
        x: x(each),
        y: each.gaussian.value!,
        hover: `${specificationName(each, t)}\n${bracketed(each.gaussian.value, each.gaussian.ci95)}`,
      })),
      { color: theme.muted, dash: [], marker: 'line' },
      theme,
      () => true,
    ),
    showLine: false,
    pointRadius: 7,
    pointBorderWidth: 2,
    order: 1,
  };
}

/** Every choice that a specification makes, setting by setting. */
function rowsOf(known: readonly Specification[]): Row[] {
  const rows: Row[] = [];
  let y = 0;
  for (const factor of FACTOR_ROWS) {
    const changed = known.filter((each) => each.factor === factor);
    const chosen = known.find((each) => each.factor !== factor);
    const names = [...changed, ...(chosen ? [chosen] : [])]
      .sort((a, b) => placeOf(factor, a) - placeOf(factor, b))
      .map(({ settings }) => choiceName(factor, settings, t));
    if (changed.length === 0) continue;
    for (const name of new Set(names)) rows.push({ name, y: y++ });
    y += GAP;
  }
  return rows;
}

const FACTOR_ROWS = ['threshold', 'neurons', 'transfer', 'scaleFree', 'radii', 'q', 'part'] as const;

/** Numbers ascend; of other choices that of the series comes first. */
function placeOf(factor: (typeof FACTOR_ROWS)[number], { factor: own, settings }: Specification): number {
  if (factor === 'threshold') return settings.threshold;
  if (factor === 'neurons') return settings.neurons;
  if (factor === 'q') return settings.q.at(-1)!;
  if (own !== factor) return 0;
  // Layers by role before layers by position.
  const [from] = settings.subset?.blocks[0] ?? [-1];
  return factor === 'part' ? 2 + from : 1;
}

/** The dots of one column: a large one for the changed choice, small ones for the others. */
function choices(
  each: Specification,
  x: number,
  rows: readonly Row[],
  isPreset: boolean,
  theme: Theme,
): FigureDataset[] {
  const at = (name: string): CurvePoint[] =>
    rows.filter((row) => row.name === name).map(({ y }) => ({ x, y }));
  const left = FACTOR_ROWS.filter((factor) => factor !== each.factor).flatMap((factor) =>
    at(choiceName(factor, each.settings, t)),
  );
  const changed = each.factor === 'preset' ? [] : at(specificationName(each, t));
  const dots = (points: CurvePoint[], radius: number, color: string): FigureDataset => ({
    ...guide('', points, color),
    yAxisID: 'choices',
    showLine: false,
    pointStyle: 'circle',
    pointBackgroundColor: color,
    pointBorderColor: color,
    pointRadius: radius,
  });
  return [
    dots(left, 2, isPreset ? theme.foreground : theme.muted),
    ...(changed.length > 0
      ? [dots(changed, 5, each.scales === false ? theme.hues[1]! : theme.hues[0]!)]
      : []),
  ];
}

function curveOptions(
  columns: number,
  preset: number | null,
  rows: readonly Row[],
  height: number,
  theme: Theme,
): Figure['config']['options'] {
  const all = options(theme, {
    x: {
      title: t('from the smallest E to the largest'),
      min: 0.4,
      max: columns + 0.6,
      ticks: () => [],
    },
    y: { title: t('E, degree of emergence'), grace: '8%' },
    annotations: {
      ...zeroLine(theme),
      ...(preset !== null && {
        preset: {
          type: 'line',
          scaleID: 'x',
          value: preset,
          borderColor: translucent(theme.foreground, 0.35),
          borderWidth: 1,
          borderDash: [2, 3],
        },
      }),
    },
    legend: 'markers',
    crosshair: true,
  });
  const matrix: ScaleOptions = axis(theme, {
    title: '',
    min: -1.5,
    max: height - 1.3,
    ticks: () => rows.map(({ name, y }) => ({ value: y, label: name })),
  });
  const y = all.scales!['y']! as ScaleOptions;
  const ticks = { ...y.ticks, autoSkip: false };
  // Of axes that share a side, the one that is fitted first is the lowest.
  return {
    ...all,
    scales: {
      x: all.scales!['x']!,
      y: { ...y, ticks, stack: 'left', stackWeight: CURVE - 90, weight: 1 },
      choices: {
        ...matrix,
        ticks: { ...matrix.ticks, autoSkip: false },
        title: { display: false },
        position: 'left',
        reverse: true,
        stack: 'left',
        stackWeight: height * ROW,
        weight: 0,
        afterFit: fitNames,
      },
    },
  };
}

/** Reserves space for the longest name: axes that share a side with others get too little on narrow pages. */
function fitNames(scale: Scale): void {
  const widths = scale.ticks.map(({ label }) => scale.ctx.measureText(String(label ?? '')).width);
  scale.width = largest([0, ...widths]) + 12;
}

function hover(each: Specification): string {
  const { emergence, gaussian, nodesKept, scaling, r2 } = each;
  return [
    specificationName(each, t),
    `E = ${bracketed(emergence.value, emergence.ci95)}`,
    gaussian.value === null ? '' : t('Gaussian weights: {0}', bracketed(gaussian.value, gaussian.ci95)),
    t('neurons kept {0}', percent(nodesKept)),
    scaling?.ratio == null ? '' : t('ratio of local slopes {0}', significant(scaling.ratio, 2)),
    unscaledText(each, t) || t('R² {0}', decimal(r2, 2)),
    emergence.reason ? wordsOf(emergence.reason) : '',
  ]
    .filter(Boolean)
    .join('\n');
}
