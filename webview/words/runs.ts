/** The first line of the run views: what happened over training, in words no stronger than the numbers. */
import { isDrawn, type Emergence, type RunPoint } from '../../src/protocol/run';
import type { Run, RunView } from '../../src/protocol/trends';
import { changingPopulation, pointAt, sameConditions, sameNetwork, type RunResults } from '../data/shownRuns';
import { stepName } from '../figures/stepAxis';
import { bracketed, decimal, integer, localTime, percent } from '../../src/protocol/format';
import { beyondText, differsFromZero, sizeText } from '../../src/protocol/nullWords';
import { t } from '../l10n';
import { change, levelSentence, moved, type Change } from './change';
import { acrossNetworks, baselineName } from './emergence';
import { wordsOf } from './facts';

/** Named one by one up to here, counted beyond. */
const FEW_RUNS = 3;
/** Fewer points say nothing about where a change ends. */
const MIN_POINTS = 5;

const named = (point: RunPoint, { series }: RunResults): string =>
  stepName(point.step, series.points.indexOf(point));

const ends = ({ series: { points } }: RunResults): [RunPoint, RunPoint] => [points[0]!, points.at(-1)!];

/** α₀ and w between the first and the last checkpoint, as one text. There is at least one run. */
export function trendsHeadline(runs: readonly RunResults[]): string {
  if (runs.length === 1) return oneTrend(runs[0]!).join(' ');
  return runs.length <= FEW_RUNS ? trendOfEach(runs).join('\n') : withBeyond(trendOfAll(runs), runs);
}

/** The same for a panel: its first line, and what there is to say beyond it. */
export function trendsSentences(runs: readonly RunResults[]): string[] {
  if (runs.length === 1) return oneTrend(runs[0]!);
  return [trendOfAll(runs), beyondOfAll(runs), ...(runs.length <= FEW_RUNS ? trendOfEach(runs) : [])].filter(
    Boolean,
  );
}

const trendOfEach = (runs: readonly RunResults[]): string[] =>
  runs.map((run) => t('{0}: {1}', run.name, changes(run)));

function trendOfAll(runs: readonly RunResults[]): string {
  const place = (run: RunResults): Place => {
    const changed = changeOf(run, regularityOf(run));
    const { from, to, difference } = changed;
    const { mode } = run.series.settings;
    if (from.mean === null || to.mean === null) return 'unknown';
    if (difference.value === null) return 'unknown';
    if (mode !== 'full' && !difference.ci95) return 'bare';
    if (!moved(changed, mode)) return 'level';
    return to.mean > from.mean ? 'up' : 'down';
  };
  return t(
    'Between the first and the last checkpoint of {0} runs, regularity α₀ {1}.',
    runs.length,
    counted(runs, place, {
      down: (count) => t('fell in {0}', count),
      up: (count) => t('rose in {0}', count),
      level: (count) => t('did not clearly change in {0}', count),
      bare: (count) => t('has no intervals in {0}', count),
      unknown: (count) => t('is not known in {0}', count),
    }),
  );
}

function oneTrend(run: RunResults): string[] {
  const { points } = run.series;
  if (points.length === 1) {
    const [only] = points;
    return [
      t(
        'Only {0} of {1} has a result so far (α₀ {2}, w {3}): a trend needs two.',
        named(only!, run),
        run.name,
        decimal(only!.alpha0.mean),
        decimal(only!.width.mean),
      ),
    ];
  }
  const [first, last] = ends(run);
  const changed = t('Between {0} and {1}: {2}', named(first, run), named(last, run), changes(run));
  return [[changed, beyondAt(last, run)].filter(Boolean).join(' '), settled(run)].filter(Boolean);
}

/** What is beyond chance at a checkpoint; empty where it is not known. */
function beyondAt(point: RunPoint, run: RunResults): string {
  const said = point.beyond ? beyondText(point.beyond, t) : '';
  return said && t('At {0}: {1}', named(point, run), said);
}

function changes(run: RunResults): string {
  const { mode } = run.series.settings;
  const figure = regularityOf(run);
  return t(
    '{0}; {1}.',
    change(figure === 'alpha0' ? t('regularity α₀') : t('regularity τ′(0)'), changeOf(run, figure), mode),
    change(t('heterogeneity w'), changeOf(run, 'width'), mode),
  );
}

/** The top of a spectrum that is not sound is no typical exponent: then τ'(0) stands for α₀ at every checkpoint. */
function regularityOf({ series: { warnings } }: RunResults): 'alpha0' | 'alpha0Exact' {
  const unsound = warnings.some(
    (fact) => (fact.code === 'of-checkpoints' ? fact.warning : fact).code === 'unsound-spectrum',
  );
  return unsound ? 'alpha0Exact' : 'alpha0';
}

/** From the first checkpoint to the last. */
function changeOf(run: RunResults, figure: 'alpha0' | 'alpha0Exact' | 'width'): Change {
  const [first, last] = ends(run);
  return { from: first[figure], to: last[figure], difference: last.sinceFirst[figure] };
}

/** Which checkpoints cannot be told from the last one: said only of enough of them and a change beyond chance. */
function settled(run: RunResults): string {
  const { points, settings } = run.series;
  if (points.length < MIN_POINTS || !moved(changeOf(run, regularityOf(run)), settings.mode)) return '';
  const figure = regularityOf(run);
  return levelSentence(
    points.map(({ untilLast }) => untilLast[figure]),
    (index) => named(points[index]!, run),
  );
}

/** E at the last checkpoint, as one text. There is at least one run. */
export function emergenceHeadline(runs: readonly RunResults[]): string {
  if (runs.length === 1) return againstBaseline(runs[0]!);
  return runs.length <= FEW_RUNS ? emergenceOfEach(runs).join('\n') : withBeyond(emergenceOfAll(runs), runs);
}

/** The same for a panel: its first line, and what there is to say beyond it. */
export function emergenceSentences(runs: readonly RunResults[]): string[] {
  if (runs.length === 1) return [againstBaseline(runs[0]!)];
  return [
    emergenceOfAll(runs),
    beyondOfAll(runs),
    ...(runs.length <= FEW_RUNS ? emergenceOfEach(runs) : []),
  ].filter(Boolean);
}

const emergenceOfEach = (runs: readonly RunResults[]): string[] =>
  runs.map((run) => t('{0}: {1}', run.name, emergenceReading(run)));

function emergenceOfAll(runs: readonly RunResults[]): string {
  const place = ({ value, ci95 }: Emergence): Place => {
    if (value === null) return 'unknown';
    if (!ci95) return 'bare';
    return ci95[0] > 0 ? 'up' : ci95[1] < 0 ? 'down' : 'level';
  };
  return t(
    'At the last checkpoint of {0} runs, E is {1}.',
    runs.length,
    counted(runs, (run) => place(pointAt(run, null)!.emergence), {
      up: (count) => t('above 0 in {0}', count),
      down: (count) => t('below 0 in {0}', count),
      level: (count) => t('not distinguishable from 0 in {0}', count),
      bare: (count) => t('without an interval in {0}', count),
      unknown: (count) => t('not known in {0}', count),
    }),
  );
}

const withBeyond = (text: string, runs: readonly RunResults[]): string =>
  [text, beyondOfAll(runs)].filter(Boolean).join(' ');

/** In how many runs with null models w is beyond chance at the end; empty where none has any. */
function beyondOfAll(runs: readonly RunResults[]): string {
  const known = runs.flatMap((run) => {
    const { beyond } = pointAt(run, null)!;
    return (beyond && differsFromZero(beyond.width)) ?? [];
  });
  if (known.length === 0) return '';
  return t(
    'The widths of neurons’ spectra differ from those of the same weights reshuffled, beyond chance, in {0} of {1}.',
    known.filter(Boolean).length,
    known.length,
  );
}

/** Which way a number lies: beyond its interval, within it, without one, or not known at all. */
type Place = 'up' | 'down' | 'level' | 'bare' | 'unknown';

/** How many runs lie which way, those left out that none does. */
function counted(
  runs: readonly RunResults[],
  placeOf: (run: RunResults) => Place,
  words: Record<Place, (count: string) => string>,
): string {
  const places = runs.map(placeOf);
  return (Object.keys(words) as Place[])
    .flatMap((place) => {
      const count = places.filter((each) => each === place).length;
      return count === 0 ? [] : [words[place](count === runs.length ? t('all of them') : integer(count))];
    })
    .join(', ');
}

/** What E says of one run, with what it compares with. */
export const againstBaseline = (run: RunResults): string =>
  run.series.baseline.point === null ? emergenceReading(run) : emergenceReading(run, baselineName([run]));

/** What E says of one run. @param against what it is relative to, where that is not said beside it. */
function emergenceReading(run: RunResults, against = ''): string {
  const { points, baseline } = run.series;
  const last = points.at(-1)!;
  const { value, ci95, reason } = last.emergence;
  if (value === null) {
    return baseline.point === null
      ? t('E is not known yet: the baseline has no result.')
      : t('E at {0} is not known: {1}.', named(last, run), reason ? wordsOf(reason) : t('no spectrum'));
  }
  if (last.checkpoint.path === baseline.point?.checkpoint.path && !isDrawn(baseline.kind))
    return t('{0} is the baseline itself, so E is 0 by definition.', capital(named(last, run)));
  const [place, measure] = [named(last, run), bracketed(value, ci95)];
  const said = last.common
    ? overCommon(place, measure, bracketed(last.common.all.value, last.common.all.ci95), against)
    : against === ''
      ? t('At {0}, E is {1}', place, measure)
      : t('At {0}, E is {1} relative to {2}', place, measure, against);
  const size = sizeText(last.nulls?.gaussian.emergence, t);
  const at = size === '' ? said : `${said}; ${size}`;
  const beyond = last.beyond ? beyondText(last.beyond, t) : '';
  const sentence = (text: string): string => [text, beyond].filter(Boolean).join(' ');
  if (run.series.settings.mode === 'full') return sentence(t('{0}, the whole network counted.', at));
  if (ci95 === null) return sentence(t('{0}, without an interval.', at));
  if (ci95[0] <= 0 && ci95[1] >= 0) return sentence(t('{0}, which cannot be distinguished from 0.', said));
  return sentence(`${at}.`);
}

const overCommon = (place: string, common: string, all: string, against: string): string =>
  against === ''
    ? t('At {0}, E is {1} over the neurons that both checkpoints keep, {2} over all', place, common, all)
    : t(
        'At {0}, E relative to {3} is {1} over the neurons that both checkpoints keep, {2} over all',
        place,
        common,
        all,
        against,
      );

/** What a careful reader should know: the series' own warnings. */
export const runNotes = (runs: readonly RunResults[]): string[] =>
  runs.flatMap(({ name, series }) =>
    series.warnings
      .map(wordsOf)
      .map((warning) => (runs.length > 1 ? `${name}: ${warning}` : capital(warning))),
  );

/** Said where numbers of several runs stand side by side although they cannot be compared. */
export function incomparable(runs: readonly RunResults[], view: RunView): string[] {
  if (!sameConditions(runs)) {
    return [
      t(
        'These runs were analyzed with different settings, on which α₀, w and E depend: numbers of one run cannot be compared with those of another.',
      ),
    ];
  }
  if (sameNetwork(runs)) return [];
  if (view === 'emergence') return [acrossNetworks(runs)];
  return [
    t(
      'These runs are of different networks, and raw α₀ and w depend on the widths of their layers: compare how their curves move, not how high they lie.',
    ),
  ];
}

/** The dashboard's warning: which runs change their population, and how far. */
export function populationWarning(runs: readonly RunResults[]): string | null {
  const parts = runs.flatMap((run) => {
    const range = changingPopulation(run);
    return range ? [t('{0} from {1} to {2}', run.name, percent(range.least), percent(range.most))] : [];
  });
  if (parts.length === 0) return null;
  return t(
    'The share of neurons kept differs by more than 5 points ({0}): the trend may reflect which neurons are kept rather than what they do.',
    parts.join('; '),
  );
}

/** Which checkpoints have been overwritten since they were analyzed; null where none has. */
export function overwrittenText(runs: readonly Pick<Run, 'checkpoints'>[]): string | null {
  const names = runs.flatMap(({ checkpoints }) =>
    checkpoints.flatMap(({ name, state }) => (state.kind === 'missing' && state.overwritten ? name : [])),
  );
  return names.length === 0
    ? null
    : t(
        'Overwritten since they were analyzed: {0}. Their last results are drawn hollow; the curves and E leave them out.',
        fewNames(names),
      );
}

/** Which analyzed checkpoints have been deleted, by the trainer of a watched run or by anybody; null where none has. */
export function deletedText(runs: readonly Pick<Run, 'checkpoints' | 'gone'>[]): string | null {
  const names = runs.flatMap(({ checkpoints, gone }) =>
    gone
      ? []
      : checkpoints.flatMap(({ name, deleted, state }) => (deleted && state.kind === 'done' ? name : [])),
  );
  return names.length === 0
    ? null
    : t('Deleted since they were analyzed: {0}. Their last results stay, drawn hollow.', fewNames(names));
}

/** Which runs are no longer in the workspace; null where all are. */
export function goneText(runs: readonly Pick<Run, 'name' | 'gone'>[]): string | null {
  const names = runs.flatMap(({ name, gone }) => (gone ? name : []));
  return names.length === 0
    ? null
    : t('No longer in the workspace: {0}. The last results are shown.', fewNames(names));
}

/** Names that are listed in a banner. */
const MAX_NAMES = 4;

const fewNames = (names: readonly string[]): string =>
  names.length <= MAX_NAMES
    ? names.join(', ')
    : t('{0} and {1} more', names.slice(0, MAX_NAMES - 1).join(', '), integer(names.length - MAX_NAMES + 1));

/** Which runs have results of another version; null where none has. */
export function otherVersionText(runs: readonly Pick<Run, 'name' | 'otherVersion'>[]): string | null {
  const names = runs.flatMap(({ name, otherVersion }) => (otherVersion ? name : []));
  return names.length === 0
    ? null
    : t(
        'Analyzed by another version of the algorithm: {0}. Do not compare with results of this version.',
        names.join(', '),
      );
}

/** Of which runs elsewhere stored results are shown without a request, and how old these are; null where there are none. */
export function uncheckedText(runs: readonly Pick<Run, 'name' | 'unchecked' | 'series'>[]): string | null {
  const names = runs.flatMap(({ name, unchecked, series }) => {
    if (unchecked === undefined || !series) return [];
    return unchecked === null ? name : t('{0} (as of {1})', name, localTime(unchecked));
  });
  return names.length === 0
    ? null
    : t(
        'Stored results of {0} are shown; the server has not answered since. Its current files are read when a checkpoint is analyzed again.',
        names.join(', '),
      );
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** "18 of 154 checkpoints analyzed". */
export const countLine = (done: number, total: number): string =>
  t('{0} of {1} checkpoints analyzed', integer(done), integer(total));
