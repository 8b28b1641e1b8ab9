/** The first line of the run views: what happened over training, in words no stronger than the numbers. */
import type { Emergence, RunPoint } from '../../src/protocol/run';
import { changingPopulation, comparableRuns, pointAt, type RunResults } from '../data/shownRuns';
import { stepName } from '../figures/stepAxis';
import { bracketed, decimal, integer, percent } from '../format';
import { t } from '../l10n';
import { change, moved, nineTenths } from './change';
import { baselineName } from './emergence';

/** Named one by one up to here, counted beyond. */
const FEW_RUNS = 3;
/** Fewer points say nothing about when a change happened. */
const MIN_POINTS = 5;

const named = (point: RunPoint, { series }: RunResults): string =>
  stepName(point.step, series.points.indexOf(point));

const ends = ({ series: { points } }: RunResults): [RunPoint, RunPoint] => [points[0]!, points.at(-1)!];

/** α₀ and w between the first and the last checkpoint. There is at least one run. */
export function trendsHeadline(runs: readonly RunResults[]): string {
  if (runs.length === 1) return oneTrend(runs[0]!);
  if (runs.length <= FEW_RUNS) {
    return runs.map((run) => t('{0}: {1}', run.name, changes(run))).join(' ');
  }
  const count = (sign: -1 | 1): number =>
    runs.filter((run) => {
      const [first, last] = ends(run);
      const [a, b] = [first.alpha0, last.alpha0];
      return moved(a, b, run.series.settings.mode) && Math.sign(b.mean! - a.mean!) === sign;
    }).length;
  const [fell, rose] = [count(-1), count(1)];
  return t(
    'Between the first and the last checkpoint, regularity α₀ fell in {0} of {1} runs, rose in {2}, and did not change beyond its intervals in {3}.',
    fell,
    runs.length,
    rose,
    runs.length - fell - rose,
  );
}

function oneTrend(run: RunResults): string {
  const { points } = run.series;
  if (points.length === 1) {
    const [only] = points;
    return t(
      'Only {0} of {1} has a result so far (α₀ {2}, w {3}): a trend takes two.',
      named(only!, run),
      run.name,
      decimal(only!.alpha0.mean),
      decimal(only!.width.mean),
    );
  }
  const [first, last] = ends(run);
  return [t('Between {0} and {1}: {2}', named(first, run), named(last, run), changes(run)), settled(run)]
    .filter(Boolean)
    .join(' ');
}

function changes(run: RunResults): string {
  const [first, last] = ends(run);
  const { mode } = run.series.settings;
  return t(
    '{0}; {1}.',
    change(t('regularity α₀'), first.alpha0, last.alpha0, mode),
    change(t('heterogeneity w'), first.width, last.width, mode),
  );
}

/** When most of the change in α₀ had happened: said only of enough checkpoints and a change beyond chance. */
function settled(run: RunResults): string {
  const { points, settings } = run.series;
  const [first, last] = ends(run);
  if (points.length < MIN_POINTS || !moved(first.alpha0, last.alpha0, settings.mode)) return '';
  const since = nineTenths(points.map(({ alpha0 }) => alpha0.mean));
  if (since >= points.length - 1) return '';
  return t('Nine tenths of the change in α₀ had happened by {0}.', named(points[since]!, run));
}

/** E at the last checkpoint. There is at least one run. */
export function emergenceHeadline(runs: readonly RunResults[]): string {
  if (runs.length === 1) {
    const [run] = runs;
    return againstBaseline(run!);
  }
  if (runs.length <= FEW_RUNS) {
    return runs.map((run) => t('{0}: {1}', run.name, emergenceReading(run))).join(' ');
  }
  const count = (of: (ci: readonly [number, number]) => boolean): number =>
    runs.filter((run) => {
      const { ci95 } = pointAt(run, null)!.emergence;
      return ci95 !== null && of(ci95);
    }).length;
  const [above, below] = [count(([low]) => low > 0), count(([, high]) => high < 0)];
  return t(
    'At the last checkpoint, E is above 0 in {0} of {1} runs, below 0 in {2}, and cannot be told from 0 in {3}.',
    above,
    runs.length,
    below,
    runs.length - above - below,
  );
}

/** What E says of one run, with what it compares with. */
export const againstBaseline = (run: RunResults): string =>
  run.series.baseline.point === null
    ? emergenceReading(run)
    : t('Against {0}, {1}', baselineName([run]), emergenceReading(run));

/** What E says of one run, from the middle of a sentence on. */
function emergenceReading(run: RunResults): string {
  const { points, baseline } = run.series;
  const last = points.at(-1)!;
  const { value, ci95, reason } = last.emergence;
  if (value === null) {
    return baseline.point === null
      ? t('E is not known yet: the baseline has no result.')
      : t('E at {0} is not known: {1}.', named(last, run), reason ?? t('no spectrum'));
  }
  if (last.checkpoint.path === baseline.point?.checkpoint.path && baseline.kind !== 'init')
    return t('{0} is the baseline itself, so E is 0 by definition.', named(last, run));
  const at = t('at {0} E is {1}', named(last, run), bracketed(value, ci95));
  if (ci95 === null) return t('{0}, without an interval.', at);
  if (ci95[0] <= 0 && ci95[1] >= 0) return t('{0}, which cannot be told from 0.', at);
  const meaning =
    value > 0
      ? t('α₀ lies below that of the baseline, so connections are more ordered')
      : t('α₀ lies above that of the baseline, so connections are less ordered');
  return [t('{0}: {1}.', at, meaning), levelled(run)].filter(Boolean).join(' ');
}

/** When E had come to stay near its last value: said only of enough checkpoints. */
function levelled(run: RunResults): string {
  const { points } = run.series;
  if (points.length < MIN_POINTS) return '';
  const values = points.map(({ emergence }: { emergence: Emergence }) => emergence.value);
  const since = nineTenths([0, ...values]) - 1;
  if (since < 0 || since >= points.length - 1) return '';
  return t('Nine tenths of it had come by {0}.', named(points[since]!, run));
}

/** What a careful reader should know: the series' own warnings. */
export const runNotes = (runs: readonly RunResults[]): string[] =>
  runs.flatMap(({ name, series }) =>
    series.warnings.map((warning) => (runs.length > 1 ? `${name}: ${warning}` : capital(warning))),
  );

/** Said where raw α₀ and w of several runs stand side by side although they cannot be compared. */
export const incomparable = (runs: readonly RunResults[]): string[] =>
  comparableRuns(runs)
    ? []
    : [
        t(
          'These runs differ in size or settings, on which α₀ and w depend: compare how their curves move, not how high they lie.',
        ),
      ];

/** The warning beside the figure of neurons kept: which runs change their population, and how far. */
export function populationWarning(runs: readonly RunResults[]): string | null {
  const parts = runs.flatMap((run) => {
    const range = changingPopulation(run);
    return range ? [t('{0} from {1} to {2}', run.name, percent(range.least), percent(range.most))] : [];
  });
  if (parts.length === 0) return null;
  return t(
    'The share of neurons kept differs by more than 5 points ({0}): the trend may show which neurons are kept rather than what they do.',
    parts.join('; '),
  );
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** "154 checkpoints". */
export const checkpointCount = (total: number): string =>
  total === 1 ? t('1 checkpoint') : t('{0} checkpoints', integer(total));

/** "18 of 154 checkpoints analyzed". */
export const countLine = (done: number, total: number): string =>
  t('{0} of {1} checkpoints analyzed', integer(done), integer(total));
