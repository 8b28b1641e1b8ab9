/** What the tabs of a comparison draw, as pure functions of what was compared. */
import type { Compared, ComparedCourse, CompareModel } from '../../src/protocol/comparePanel';
import type { FigureComparison, ProjectionChange } from '../../src/protocol/comparison';
import { bracketed, decimal, estimate, integer, signed } from '../../src/protocol/format';
import type { Value } from '../../src/protocol/nulls';
import { isRemote } from '../../src/protocol/subject';
import { unpackArrays } from '../../src/protocol/packing';
import { blockMap } from '../components/blockMap';
import type { HeatMapInput } from '../components/heatMap';
import type { HiddenCurve } from '../components/runLegend';
import { analyzed, type Analyzed } from '../data/analyzed';
import { blockGrid, gridRange, isBeyond } from '../data/layers';
import type { CurvePoint, Figure, FigureDataset } from '../figures/figure';
import { divergingScale, type HeatScale } from '../figures/heat';
import { band, curve, options } from '../figures/options';
import { planeFigure } from '../figures/plane';
import { breakMark } from '../figures/overTraining';
import { courseAxis, stepOptions, type AxisKind, type Course } from '../figures/stepAxis';
import { spectrumFigure } from '../figures/spectrum';
import { seriesStyle, styleItems } from '../figures/styles';
import { t } from '../l10n';
import type { Table } from '../tables/table';
import type { Theme } from '../theme';

export const COMPARE_TABS = ['tensors', 'spectra', 'steps', 'layers', 'differences'] as const;
export type CompareTab = (typeof COMPARE_TABS)[number];

export const FIGURES = ['alpha0', 'width'] as const;
export type FigureId = (typeof FIGURES)[number];

export const SIDES = ['a', 'b'] as const;
export type Side = (typeof SIDES)[number];

/** What charts show: both sides, or one of them in its own color. */
export const SHOWN = ['both', ...SIDES] as const;
export type Shown = (typeof SHOWN)[number];

const isShown = (shown: Shown, side: Side): boolean => shown === 'both' || shown === side;

export const figureName = (figure: FigureId): string =>
  figure === 'alpha0' ? t('α₀, regularity') : t('w, heterogeneity');

/** Those that have a spectrum. */
export const spectraOf = ({ spectra }: Compared): Analyzed[] =>
  spectra
    .map(({ path, name, result, packed }) => analyzed(path, name, result, unpackArrays(packed)))
    .filter(({ samples }) => samples.length > 0);

/** The side whose checkpoint is at a path. */
const sideAt = ({ spectra }: Pick<Compared, 'spectra'>, path: string): Side =>
  spectra[0]?.path === path ? 'a' : 'b';

/** The looks of both are those that they have beside each other. None where nothing that is shown has a spectrum. */
export function spectrumFigures(
  compared: Pick<Compared, 'spectra'>,
  items: readonly Analyzed[],
  shown: Shown,
  theme: Theme,
): Figure[] {
  const all = styleItems(items, theme);
  const series = all.series.filter(({ item }) => isShown(shown, sideAt(compared, item.path)));
  if (series.length === 0) return [];
  const styled = { ...all, series };
  return [spectrumFigure(styled, theme, true), planeFigure(styled, theme, true)];
}

/** The curves of spectra that are hidden, for legends. */
export const hiddenSpectra = (
  compared: Pick<Compared, 'spectra'>,
  items: readonly Analyzed[],
  shown: Shown,
  theme: Theme,
): HiddenCurve[] =>
  styleItems(items, theme).series.flatMap(({ item, style }) =>
    isShown(shown, sideAt(compared, item.path)) ? [] : [{ id: item.path, name: item.name, style }],
  );

/** The same of runs by step. */
export const hiddenRuns = (names: readonly string[], shown: Shown, theme: Theme): HiddenCurve[] =>
  SIDES.flatMap((side, index) =>
    isShown(shown, side) ? [] : [{ id: side, name: names[index]!, style: seriesStyle(index, theme) }],
  );

/** The side of an entry of a legend. */
export const sideOf = (compared: Pick<Compared, 'spectra'>, id: string): Side =>
  SIDES.find((side) => side === id) ?? sideAt(compared, id);

/** After a side is hidden or shown again. One is always shown: hiding the last one shows the other. */
export const toggled = (shown: Shown, side: Side): Shown =>
  shown !== 'both' && shown !== side ? 'both' : side === 'a' ? 'b' : 'a';

/** How far the training of both runs is; none where no runs are compared. */
export const coursesOf = ({ courses, a, b }: Pick<CompareModel, 'courses' | 'a' | 'b'>): Course[] =>
  (courses ?? []).map((series: ComparedCourse, index) => ({
    ...{ id: SIDES[index]!, name: [a, b][index]!.name, series },
  }));

/** α₀ and w of both runs over the steps that both have. */
export const stepFigures = (
  { points }: Compared,
  courses: readonly Course[],
  kind: AxisKind,
  shown: Shown,
  theme: Theme,
): Figure[] =>
  points.length > 1 && courses.length > 1
    ? FIGURES.map((figure) => stepFigure(points, figure, courses, kind, shown, theme))
    : [];

function stepFigure(
  points: Compared['points'],
  figure: FigureId,
  courses: readonly Course[],
  kind: AxisKind,
  shown: Shown,
  theme: Theme,
): Figure {
  const axis = courseAxis(kind, courses);
  const title = figure === 'alpha0' ? t('Regularity α₀ of both runs') : t('Heterogeneity w of both runs');
  const datasets = SIDES.flatMap((side, index): FigureDataset[] => {
    if (!isShown(shown, side)) return [];
    const style = seriesStyle(index, theme);
    const course = courses[index]!;
    const known = points.flatMap(({ step, figures, at }, place) => {
      const { mean, ci95 } = figures[side][figure];
      return mean === null
        ? []
        : [
            {
              step,
              x: axis.place(course, place),
              mean,
              ci95,
              text: estimate(figures[side][figure]),
              path: at[index]!,
            },
          ];
    });
    const line = known.map(({ step, x, mean, text, path }): CurvePoint => ({
      x,
      y: mean,
      hover: `${t('step {0}', integer(step))}\n${text}`,
      opens: { run: side, path, local: !isRemote(path) },
    }));
    const ranged = known.flatMap(({ x, ci95 }) => (ci95 ? [{ x, ci95 }] : []));
    const edge = (end: 0 | 1): CurvePoint[] => ranged.map(({ x, ci95 }) => ({ x, y: ci95[end] }));
    return [
      { ...curve(course.name, line, style, theme, () => true), run: side },
      ...(ranged.length > 1 ? [band(t('95 % interval'), edge(1), edge(0), style)] : []),
    ];
  });
  return {
    id: `steps-${figure}`,
    title,
    caption: [
      t('At the steps that A and B share, with 95 % intervals over samples where available.'),
      axis.note,
    ]
      .filter(Boolean)
      .join(' '),
    description: t('{0}. The table below holds every value.', title),
    config: {
      type: 'line',
      data: { datasets },
      options: options(theme, {
        x: stepOptions(axis),
        annotations: breakMark(axis, theme),
        y: { title: figureName(figure), grace: '8%' },
        legend: 'lines',
        crosshair: true,
      }),
    },
  };
}

/** α₀, τ′(0) and w of both, and how their logarithms differ. */
export function figuresTable(figures: FigureComparison): Table {
  const row = (name: string, key: keyof FigureComparison['a'], change: Value): Table['rows'][number] => [
    name,
    estimate(figures.a[key]),
    estimate(figures.b[key]),
    bracketed(change.value, change.ci95),
  ];
  const { beyond } = figures;
  return {
    id: 'figures',
    title: t('Regularity and heterogeneity'),
    columns: [
      { key: 'figure', label: t('Figure') },
      { key: 'a', label: 'A' },
      { key: 'b', label: 'B' },
      { key: 'change', label: t('Δ ln [95 %]') },
    ],
    rows: [
      row('α₀', 'alpha0', figures.lnAlpha0),
      row('τ′(0)', 'alpha0Exact', figures.lnAlpha0Exact),
      row('w', 'width', figures.lnWidth),
      ...(beyond
        ? [
            [t('α₀ beyond chance'), null, null, bracketed(beyond.alpha0.value, beyond.alpha0.ci95)],
            [t('w beyond chance'), null, null, bracketed(beyond.width.value, beyond.width.ci95)],
          ]
        : []),
    ],
  };
}

export function stepsTable({ points }: Compared): Table {
  return {
    id: 'steps',
    title: t('By step'),
    columns: [
      { key: 'step', label: t('Step') },
      { key: 'ln_alpha0', label: t('Δ ln α₀ [95 %]') },
      { key: 'ln_width', label: t('Δ ln w [95 %]') },
      { key: 'beyond_width', label: t('Δ w beyond chance [95 %]') },
    ],
    rows: points.map(({ step, figures: { lnAlpha0, lnWidth, beyond } }) => [
      step,
      bracketed(lnAlpha0.value, lnAlpha0.ci95),
      bracketed(lnWidth.value, lnWidth.ci95),
      beyond ? bracketed(beyond.width.value, beyond.width.ci95) : null,
    ]),
  };
}

export function sidesTable(id: string, title: string, rows: Compared['missing']): Table {
  return {
    id,
    title,
    columns: [
      { key: 'name', label: t('Name') },
      { key: 'a', label: 'A' },
      { key: 'b', label: 'B' },
    ],
    rows: rows.map(({ key, a, b }) => [key, a, b]),
  };
}

export interface ChangeMap {
  map: HeatMapInput;
  scale: HeatScale;
  /** Cells beyond their null model's draws, of all. */
  beyond: number;
  all: number;
}

/** Null where no projection has a difference. */
export function changeMap(
  projections: readonly ProjectionChange[],
  figure: FigureId,
  theme: Theme,
): ChangeMap | null {
  const [value, sd] =
    figure === 'alpha0' ? (['lnAlpha0', 'sdLnAlpha0'] as const) : (['lnWidth', 'sdLnWidth'] as const);
  const grid = blockGrid(
    projections,
    (each) => each[value],
    (each) => each[sd],
  );
  const range = gridRange(grid);
  if (!range) return null;
  const scale = divergingScale(range, theme);
  const known = grid.cells.flat().filter((cell) => cell !== null);
  return {
    scale,
    beyond: known.filter(isBeyond).length,
    all: known.length,
    map: blockMap(grid, scale, {
      title: t('Δ ln of {0} by block and role', figureName(figure)),
      print: signed,
      describe,
      isPlain: (cell) => !isBeyond(cell),
    }),
  };
}

/** What the ends and the middle of the scale are. */
export const changeEnds = (): string[] => [t('smaller in B'), '0', t('larger in B')];

/** What a cell of the map holds. */
export const mapNote = (): string =>
  t(
    'B minus A, ± 2 standard deviations of the null models of both. Where a block has several projections of one role, the cell shows their mean.',
  );

/** Every projection with its differences. */
export const changesTable = (projections: readonly ProjectionChange[]): Table => ({
  id: 'layers',
  title: t('Layers'),
  columns: [
    { key: 'projection', label: t('Projection') },
    { key: 'ln_alpha0', label: t('Δ ln α₀') },
    { key: 'sd_ln_alpha0', label: t('sd of its null model') },
    { key: 'ln_width', label: t('Δ ln w') },
    { key: 'sd_ln_width', label: t('sd of its null model') },
  ],
  rows: projections.map(({ name, lnAlpha0, sdLnAlpha0, lnWidth, sdLnWidth }) => [
    ...[name, lnAlpha0, sdLnAlpha0, lnWidth, sdLnWidth],
  ]),
});

const describe = ({ name, lnAlpha0, sdLnAlpha0, lnWidth, sdLnWidth }: ProjectionChange): string =>
  [
    name,
    t('Δ ln α₀ {0}, sd of its null model {1}', decimal(lnAlpha0, 4), decimal(sdLnAlpha0, 4)),
    t('Δ ln w {0}, sd of its null model {1}', decimal(lnWidth, 4), decimal(sdLnWidth, 4)),
  ].join('\n');

/** Tabs that have something to show. */
export const tabsOf = ({ kind }: Pick<CompareModel, 'kind'>): readonly CompareTab[] =>
  COMPARE_TABS.filter((tab) => tab !== 'steps' || kind === 'runs');
