/** Training runs as the figures need them: those with results, each with its looks. */
import type { Estimate } from '../../src/protocol/analysis';
import {
  isDrawn,
  type EmergenceSource,
  type RunMeasure,
  type RunPoint,
  type RunSeries,
} from '../../src/protocol/run';
import type { Run } from '../../src/protocol/trends';
import { visibleOf } from '../../src/protocol/looks';
import { largest, smallest } from '../../src/protocol/extremes';
import type { PointTarget } from '../figures/figure';
import type { SeriesStyle } from '../figures/styles';
import { measuredNetwork, settingsConditions } from './conditions';
import { distinctNames } from './distinctNames';
import type { ShownPart } from '../words/subset';

/** The parts of a run that are drawn; a report has no more of it. */
export interface RunResults extends Pick<Run, 'id' | 'name' | 'spectra'> {
  series: RunSeries;
}

export interface ShownRun extends RunResults {
  style: SeriesStyle;
  /** Nothing of it can be opened: results without checkpoints. */
  closed?: boolean;
  /** It is read over the network. */
  remote?: boolean;
  /** Paths of checkpoints that have been deleted. */
  deleted?: ReadonlySet<string>;
  /** The last numbers of checkpoints that have been overwritten. */
  overwritten?: readonly RunPoint[];
}

/** What a click on the point of a checkpoint opens; undefined where there is nothing to open. */
export const targetOf = (
  { id, closed, remote, deleted }: ShownRun,
  { checkpoint: { path } }: RunPoint,
): PointTarget | undefined => (closed || deleted?.has(path) ? undefined : { run: id, path, local: !remote });

/** The parts of networks that these runs are about. */
export const partsOfRuns = (runs: readonly RunResults[]): ShownPart[] =>
  runs.map(({ name, series }) => ({ name, subset: series.settings.subset }));

/** Whether nothing is known but what was shown before. */
export const outdated = (runs: readonly Run[]): boolean =>
  runs.every(({ series }) => series === null) && runs.some(({ former }) => former);

/** What a run looks like: by its place among those of the page, and the color that was chosen for it. */
export type StyleOf = (place: number, hue?: number) => SeriesStyle;

/**
 * Runs with results that are not hidden, or, as long as none has any, with those shown before; a run keeps its looks while
 * others come and go after it.
 */
export function shownRuns(runs: readonly Run[], style: StyleOf): ShownRun[] {
  const names = distinctNames(runs.map(({ id, name, series }) => ({ name, path: series?.run.path ?? id })));
  const before = outdated(runs);
  const resultsOf = (run: Run): Pick<Run, 'series' | 'spectra'> => (before ? (run.former ?? run) : run);
  return visibleOf(runs, (run) => resultsOf(run).series !== null).flatMap(({ run, place }) => {
    const { series, spectra } = resultsOf(run);
    const look = style(place, run.look?.hue);
    if (!series) return [];
    const deleted = run.checkpoints.flatMap((each) => (each.deleted ? [each.path] : []));
    const of: ShownRun = { id: run.id, name: names[place]!, spectra, series, style: look };
    if (run.readOnly) of.closed = true;
    if (run.remote) of.remote = true;
    if (deleted.length > 0) of.deleted = new Set(deleted);
    if (run.overwritten && !before) of.overwritten = run.overwritten;
    return [of];
  });
}

/** The part of a run that gives its steps. */
interface Stepped {
  series: { points: readonly { step: number | null }[] };
}

/** Whether every checkpoint of these runs knows its training step. */
export const haveSteps = (runs: readonly Stepped[]): boolean =>
  runs.every(({ series }) => series.points.every(({ step }) => step !== null));

/** All steps of these runs, ascending, each once. */
export function stepsOf(runs: readonly Stepped[]): number[] {
  const steps = runs.flatMap(({ series }) =>
    series.points.flatMap(({ step }) => (step === null ? [] : [step])),
  );
  return [...new Set(steps)].sort((a, b) => a - b);
}

/** Whether any checkpoint has an E: without the baseline's result none has. */
export const knowsEmergence = (runs: readonly Pick<RunResults, 'series'>[]): boolean =>
  runs.some(({ series }) => series.points.some(({ emergence }) => emergence.value !== null));

/** Whether there is more than one size of model to compare E by. */
export const comparesSizes = (runs: readonly Pick<RunResults, 'series'>[]): boolean =>
  new Set(runs.map(({ series }) => series.points[0]?.checkpoint.parameters)).size > 1;

/** The drawn baseline that E compares with, if it does. */
export const syntheticPoint = ({ series }: RunResults): RunMeasure | null =>
  isDrawn(series.baseline.kind) ? series.baseline.point : null;

/** The α₀ that E is computed from. */
export const chosenAlpha0 = (point: RunMeasure, from: EmergenceSource): Estimate =>
  from === 'exact' ? point.alpha0Exact : point.alpha0;

/** Whether these runs are of one network: only then may raw α₀ and w be compared, else only how they move. */
export const sameNetwork = (runs: readonly RunResults[]): boolean =>
  new Set(runs.map(({ series }) => measuredNetwork(series.points[0]!))).size <= 1;

/** Whether these runs were analyzed alike: α₀, w and E depend on it. */
export const sameConditions = (runs: readonly RunResults[]): boolean =>
  new Set(
    runs.map(
      ({ series: { settings, emergence } }) => `${settingsConditions(settings)} ${emergence.population}`,
    ),
  ).size <= 1;

/** Shares of kept neurons that differ by more than this within one series describe populations that changed. */
const SHARE_TOLERANCE = 0.05;

/** Smallest and largest share of neurons kept, where they differ by more than 5 points. */
export function changingPopulation({ series }: RunResults): { least: number; most: number } | null {
  // E over common neurons warns by itself where it matters which they are.
  if (series.emergence.population) return null;
  const measures: RunMeasure[] = [
    ...series.points,
    ...(series.baseline.point ? [series.baseline.point] : []),
  ];
  const shares = measures.flatMap(({ samplesKept, nodesKept }) =>
    // Without a spectrum there is nothing that could show it.
    samplesKept === 0 || nodesKept === null ? [] : [nodesKept],
  );
  const [least, most] = [smallest(shares), largest(shares)];
  return most - least > SHARE_TOLERANCE + 1e-9 ? { least, most } : null;
}

/** The point of a step, or the last one where no step is asked for. */
export const pointAt = ({ series }: RunResults, step: number | null): RunPoint | undefined =>
  step === null ? series.points.at(-1) : series.points.find((point) => point.step === step);
