/** All training runs, and what every view shows of them. */
import { integer } from '../../protocol/format';
import type { ListedCheckpoint, ListedRun, RunList } from './listedRun';
import { meanSpectrum } from '../../core/emergence/meanSpectrum';
import { comparedOf, resultAt, type AnalyzedRun } from '../../core/emergence/analyzeRun';
import type { RunResult } from '../../core/emergence/runResult';
import { runSeries } from '../../core/emergence/runSeries';
import type { SavedRun } from '../../core/store/resultsFile';
import { ALGORITHM_VERSION, type AnalysisResult, type Mode, type Subset } from '../../protocol/analysis';
import type { ErrorData } from '../../protocol/errors';
import type { RunPoint, RunSeries } from '../../protocol/run';
import type { MeanSpectrum, Run, RunCheckpoint } from '../../protocol/trends';
import type { DrawnKind } from '../../protocol/weights';
import { Emitter } from '../emitter';
import type { Translate } from '../../protocol/translate';
import { target, type Target } from '../services/analyses';
import { wholeResult } from './briefResults';
import type { Choices } from './choices';
import type { Curves } from './curves';
import type { Findings } from './findings';
import type { Plain, Refinements } from './refinements';
import type { RunMetrics } from './runMetrics';

export type RunsChange =
  /** Runs have come or gone, or every one of them may be another. */
  | { kind: 'all' }
  /** A run has another series, perhaps by a result of this checkpoint. */
  | { kind: 'run'; run: string; path?: string }
  /** A checkpoint has moved on without a result. */
  | { kind: 'checkpoint'; run: string; path: string };

interface SeriesView {
  series: RunSeries | null;
  spectra: MeanSpectrum[];
}

interface Baseline {
  /** Where it is one of the run. */
  checkpoint?: ListedCheckpoint;
  measuredAt: Target | null;
  step: number | null;
  problem: string | null;
}

export class Runs {
  readonly #changes = new Emitter<RunsChange>();
  readonly onChange = this.#changes.event;
  /** Series take a bootstrap: they are made when they are asked for, and kept until something changes in them. */
  readonly #series = new Map<string, SeriesView>();

  /** Runs under the names that their readers gave them. */
  readonly #renamed = new WeakMap<ListedRun, ListedRun>();
  /** Results of one checkpoint as those of others that hold the same weights, by the path of these. */
  readonly #shared = new WeakMap<AnalysisResult, Map<string, AnalysisResult>>();

  /** @param place says where a path is, as people in this workspace write it. */
  constructor(
    private readonly lists: readonly RunList[],
    private readonly findings: Findings,
    private readonly choices: Choices,
    private readonly curves: Pick<Curves, 'of' | 'onChange'>,
    private readonly refinements: Pick<Refinements, 'of' | 'onChange' | 'recall' | 'wanted'>,
    private readonly metrics: Pick<RunMetrics, 'added' | 'picked' | 'expire' | 'onChange'>,
    private readonly place: (path: string) => string,
    private readonly t: Translate,
    /** An error, as the reader sees it. */
    private readonly shown: (error: ErrorData) => ErrorData,
  ) {
    for (const list of lists) {
      list.onChange(() => {
        this.#allChanged();
      });
    }
    choices.onChange((choice) => {
      if (['baseline', 'emergenceFrom', 'looks', 'names'].includes(choice)) this.#allChanged();
    });
    for (const { onChange } of [curves, refinements])
      onChange((run) => {
        this.#changes.fire({ kind: 'run', run });
      });
    metrics.onChange((run) => {
      this.#series.delete(run);
      this.#changes.fire({ kind: 'run', run });
    });
    findings.onChange((change) => {
      if (!change) this.#allChanged();
      else this.#changed(change.target, change.kind === 'result');
    });
  }

  /** The part of the network that runs are analyzed in; null for all of it. */
  get asked(): Subset | null {
    return this.findings.asked;
  }

  /** Sampled or full, as runs are analyzed. */
  get mode(): Mode {
    return this.findings.mode;
  }

  get list(): ListedRun[] {
    return this.lists.flatMap(({ runs }) => runs).map((run) => this.#named(run));
  }

  /** The same one every time, until it is renamed again. */
  #named(run: ListedRun): ListedRun {
    const name = this.choices.nameOf(run.id);
    if (name === undefined) return run;
    let renamed = this.#renamed.get(run);
    if (renamed?.name !== name) this.#renamed.set(run, (renamed = { ...run, name, foundAs: run.name }));
    return renamed;
  }

  get(id: string): ListedRun | undefined {
    return this.list.find((run) => run.id === id);
  }

  /** Finds the stored results of a run. @param signal aborts when nobody looks at it any more. */
  async load(id: string, signal?: AbortSignal): Promise<void> {
    const run = this.get(id);
    if (!run || run.saved) return;
    const before = this.isLookedThrough(run);
    this.metrics.expire(id);
    this.#series.delete(id);
    await this.findings.recall([...targetsOf(run), ...this.#drawnBaseline(run)], signal);
    const plain = this.toRefine(run);
    if (plain && !signal?.aborted) await this.refinements.recall(plain, signal);
    const [first] = run.checkpoints;
    if (first && !before && this.isLookedThrough(run))
      this.#changes.fire({ kind: 'checkpoint', run: id, path: first.path });
  }

  /** Whether it is known of each checkpoint what there is of it: before that, nobody can tell how many are analyzed. */
  isLookedThrough(run: ListedRun): boolean {
    return (
      run.saved !== undefined ||
      run.checkpoints.every((each) => {
        const target = targetOf(each);
        return this.findings.isLookedFor(target) || this.findings.stateOf(target).kind !== 'missing';
      })
    );
  }

  /** A run with its plain series; null where nothing of it can be refined. */
  plain(run: ListedRun): Plain | null {
    const { series } = this.#seriesOf(run);
    if (!series || run.saved) return null;
    const checkpoints = run.checkpoints.filter((each) => this.findings.resultOf(targetOf(each)));
    return { run: { ...run, checkpoints }, series, baseline: this.choices.baseline };
  }

  /** The same once every checkpoint of the run has been analyzed or has failed, with what E compares with. */
  toRefine(run: ListedRun): Plain | null {
    // What it takes is analyzed with other settings, which needs every checkpoint.
    if (run.checkpoints.some(({ deleted }) => deleted)) return null;
    const over = [...targetsOf(run), ...this.#drawnBaseline(run)].every((each) =>
      ['done', 'failed'].includes(this.findings.stateOf(each).kind),
    );
    return over ? this.plain(run) : null;
  }

  /** Everything is asked for anew: other settings of runs. */
  settingsChanged(): void {
    this.#allChanged();
  }

  /** What of a run has no result, the baseline included; all of it, if `fresh`. */
  toAnalyze(run: ListedRun, { fresh = false } = {}): Target[] {
    if (run.saved) return [];
    const all = [...this.#drawnBaseline(run), ...targetsOf(withoutDeleted(run))];
    return fresh ? all : all.filter((each) => !this.findings.resultOf(each));
  }

  /** What is missing for the chosen baseline of a run that has results already. */
  missingBaseline(run: ListedRun): Target[] {
    const { measuredAt } = this.#baseline(run);
    if (run.saved || !measuredAt || this.findings.resultOf(measuredAt)) return [];
    return this.#results(run) ? [measuredAt] : [];
  }

  /**
   * The results of a run, to be saved; null where there are none.
   * @throws NeuroMfaError `missing` where one is no longer stored; what reading it throws.
   */
  async resultsToSave(run: ListedRun): Promise<SavedRun | null> {
    const known = this.#results(run);
    if (!known) return null;
    const { checkpoints, initial, gaussian, ...rest } = known;
    const whole: SavedRun['checkpoints'][number][] = [];
    for (const each of checkpoints) whole.push({ ...each, result: await wholeResult(each.result) });
    return {
      ...{ ...rest, checkpoints: whole },
      initial: initial && (await wholeResult(initial)),
      ...(gaussian && { gaussian: await wholeResult(gaussian) }),
    };
  }

  #results(run: ListedRun): SavedRun | null {
    const { name, path, orderedBy } = run;
    const refined = this.#refined(run);
    const refinedAt = new Map(refined?.results.map((each) => [each.result.checkpoint.path, each]));
    const checkpoints = run.checkpoints.flatMap((checkpoint) => {
      const { name: own, step, path: at, sameAs } = checkpoint;
      const known = refinedAt.get(at);
      const result = known?.result ?? (refined ? undefined : this.#ownResult(run, checkpoint));
      const common = known ? known.common : run.saved?.common?.get(at);
      const more = { ...(common !== undefined && { common }), ...(sameAs && { sameAs: [...sameAs] }) };
      return result ? [{ name: own, step, result, ...more }] : [];
    });
    if (checkpoints.length === 0) return null;
    const drawn = (kind: DrawnKind): AnalysisResult | undefined => {
      if (!refined) return this.#resultOf(run, target(run.checkpoints[0]!.path, kind));
      const result = refined.reference?.result;
      return result?.checkpoint.weights.kind === kind ? result : undefined;
    };
    const gaussian = drawn('gaussian');
    const initial = drawn('init') ?? null;
    return { run: { name, path, orderedBy }, checkpoints, initial, ...(gaussian && { gaussian }) };
  }

  /** What the views show of a run. */
  model(id: string): Run | undefined {
    const run = this.get(id);
    if (!run) return undefined;
    const { name, path, orderedBy, saved } = run;
    const pickedMetrics = this.metrics.picked(run);
    const look = this.choices.look(id);
    const overwritten = this.#overwritten(run);
    return {
      id,
      name,
      folder: saved ? this.t('saved results') : this.place(path),
      readOnly: saved !== undefined,
      ...(run.watched && { watched: true }),
      ...(run.remote && { remote: true }),
      ...(run.unchecked !== undefined && { unchecked: run.unchecked }),
      orderedBy,
      checkpoints: run.checkpoints.map((checkpoint) => this.#shown(run, checkpoint)),
      ...this.#withCurve(this.#shownSeries(run)),
      ...(hasOtherVersion(saved) && { otherVersion: true }),
      unrefined: this.#isUnrefined(run),
      baselineProblem: this.#baselineProblem(run),
      ...(pickedMetrics && { pickedMetrics }),
      ...(look && { look }),
      ...(overwritten.length > 0 && { overwritten }),
    };
  }

  /** The last numbers of checkpoints whose files are others now. They belong to no curve, and to no E. */
  #overwritten(run: ListedRun): RunPoint[] {
    const results = run.checkpoints.flatMap(({ path, step, epoch = null, tokens = null }): RunResult[] => {
      const result = run.saved ? undefined : this.findings.lastOf(target(path));
      return result ? [{ step, epoch, tokens, result }] : [];
    });
    if (results.length === 0) return [];
    const { name, path, orderedBy } = run;
    return runSeries({
      run: { name, path, orderedBy },
      results,
      baseline: this.choices.baseline,
      reference: null,
      from: this.choices.emergenceFrom,
      population: 'all',
      leftOut: [],
    }).points;
  }

  /** What the views show of one checkpoint. */
  checkpoint(id: string, path: string): RunCheckpoint | undefined {
    const run = this.get(id);
    const checkpoint = run?.checkpoints.find((each) => each.path === path);
    return run && checkpoint && this.#shown(run, checkpoint);
  }

  #shown(run: ListedRun, checkpoint: ListedCheckpoint): RunCheckpoint {
    const { path, name, step, deleted } = checkpoint;
    const state = run.saved ? { kind: 'done' as const } : this.findings.stateOf(targetOf(checkpoint));
    // Without the result, which goes with the series.
    const shown = state.kind === 'done' ? { kind: 'done' as const } : state;
    return { path, name, step, state: shown, ...(deleted && { deleted }) };
  }

  /** The series of a run with results; null without. */
  series(run: ListedRun): RunSeries | null {
    return this.#shownSeries(run).series;
  }

  /** Refined where that is wanted and known. */
  #shownSeries(run: ListedRun): SeriesView {
    const refined = this.#refined(run);
    if (!refined) return this.#seriesOf(run);
    return { spectra: refined.spectra, series: this.metrics.added(run, refined.series) };
  }

  #refined(run: ListedRun): AnalyzedRun | undefined {
    const plain = this.plain(run);
    return plain ? this.refinements.of(plain) : undefined;
  }

  #isUnrefined(run: ListedRun): boolean {
    const plain = this.plain(run);
    return plain !== null && this.refinements.wanted && !this.refinements.of(plain);
  }

  #withCurve({ series, spectra }: SeriesView): SeriesView & Pick<Run, 'specifying'> {
    const curve = series && this.curves.of(series);
    if (!curve) return { series, spectra, specifying: null };
    const specifications = [...curve.specifications];
    return { series: { ...series, specifications }, spectra, specifying: curve.progress };
  }

  #seriesOf(run: ListedRun): SeriesView {
    const known = this.#series.get(run.id);
    if (known) return known;
    const reference = this.#reference(run);
    const results = run.checkpoints.flatMap((checkpoint): RunResult[] => {
      const { path, step, epoch = null, tokens = null, sameAs } = checkpoint;
      const result = this.#ownResult(run, checkpoint);
      const common = savedCommon(run, path, reference);
      const more = { ...(common !== undefined && { common }), ...(sameAs && { sameAs }) };
      return result ? [{ step, epoch, tokens, result, ...more }] : [];
    });
    const made: SeriesView = {
      series:
        results.length === 0
          ? null
          : this.metrics.added(
              run,
              runSeries({
                run: { name: run.name, path: run.path, orderedBy: run.orderedBy },
                results,
                baseline: this.choices.baseline,
                reference,
                from: this.choices.emergenceFrom,
                population: results.some(({ common }) => common !== undefined) ? 'common' : 'all',
                leftOut: (run.leftOut ?? []).map(({ fact }) => fact),
              }),
            ),
      spectra: results.map(({ result }) => meanSpectrum(result)),
    };
    this.#series.set(run.id, made);
    return made;
  }

  #reference(run: ListedRun): RunResult | null {
    const { checkpoint, measuredAt, step } = this.#baseline(run);
    const result = checkpoint
      ? this.#ownResult(run, checkpoint)
      : measuredAt && this.#resultOf(run, measuredAt);
    return result ? { step, result } : null;
  }

  /** The result of a checkpoint, perhaps that of another one with the same weights. */
  #ownResult(run: ListedRun, checkpoint: ListedCheckpoint): AnalysisResult | undefined {
    const result = this.#resultOf(run, targetOf(checkpoint));
    if (!result || checkpoint.resultOf === undefined) return result;
    const { path } = checkpoint;
    const known = this.#shared.get(result) ?? new Map<string, AnalysisResult>();
    this.#shared.set(result, known);
    const own = known.get(path) ?? resultAt(result, path);
    known.set(path, own);
    return own;
  }

  /** What is analyzed for the checkpoint at a path. */
  targetAt(path: string): Target {
    const listed = this.list.flatMap(({ checkpoints }) => checkpoints).find((each) => each.path === path);
    return listed ? targetOf(listed) : target(path);
  }

  #resultOf({ saved }: ListedRun, wanted: Target): AnalysisResult | undefined {
    if (!saved) return this.findings.resultOf(wanted);
    const { kind } = wanted.weights;
    return kind === 'stored' ? saved.results.get(wanted.at) : saved.drawn[kind];
  }

  #baselineProblem(run: ListedRun): string | null {
    const { measuredAt, problem } = this.#baseline(run);
    if (!measuredAt || run.saved) return problem;
    const state = this.findings.stateOf(measuredAt);
    if (state.kind !== 'failed') return null;
    const { cause, nextStep } = this.shown(state.error);
    return [cause, nextStep].filter(Boolean).map(sentence).join(' ');
  }

  /** What E of this run is measured from, or why nothing is. */
  #baseline(run: ListedRun): Baseline {
    const { baseline } = this.choices;
    const [first] = run.checkpoints;
    switch (baseline.kind) {
      case 'first':
        return at(comparedOf(run, baseline)!);
      case 'step': {
        const chosen = run.checkpoints.find(({ step }) => step === baseline.step);
        if (chosen) return at(chosen);
        return nowhere(
          baseline.step,
          this.t('This run has no checkpoint of step {0}.', integer(baseline.step)),
        );
      }
      case 'init':
      case 'gaussian':
        if (!run.saved || run.saved.drawn[baseline.kind])
          return { measuredAt: target(first!.path, baseline.kind), step: 0, problem: null };
        return nowhere(
          0,
          baseline.kind === 'init'
            ? this.t('These saved results have no synthetic step 0.')
            : this.t('These saved results have no Gaussian weights to compare with.'),
        );
    }
  }

  /** The network before training that E is measured from, if it is one. */
  #drawnBaseline(run: ListedRun): Target[] {
    const { measuredAt } = this.#baseline(run);
    return measuredAt && measuredAt.weights.kind !== 'stored' ? [measuredAt] : [];
  }

  #allChanged(): void {
    this.#series.clear();
    this.#changes.fire({ kind: 'all' });
  }

  #changed({ at: path, weights }: Target, result: boolean): void {
    for (const { id: run, checkpoints, saved } of this.list) {
      const own = checkpoints.filter((each) => targetOf(each).at === path);
      if (saved || own.length === 0) continue;
      // The untrained network is no checkpoint: whatever happens to it, the run as a whole shows it.
      const whole = result || weights.kind !== 'stored';
      if (whole) this.#series.delete(run);
      if (whole) this.#changes.fire({ kind: 'run', run, path });
      else for (const each of own) this.#changes.fire({ kind: 'checkpoint', run, path: each.path });
    }
  }
}

function at(checkpoint: ListedCheckpoint): Baseline {
  return { checkpoint, measuredAt: targetOf(checkpoint), step: checkpoint.step, problem: null };
}

function nowhere(step: number, problem: string): Baseline {
  return { measuredAt: null, step, problem };
}

/** What is analyzed for a checkpoint: another one with the same weights, where there is an earlier one. */
const targetOf = ({ path, resultOf = path }: ListedCheckpoint): Target => target(resultOf);

function targetsOf(run: ListedRun): Target[] {
  return run.checkpoints.filter(({ resultOf }) => resultOf === undefined).map(targetOf);
}

/** What of a run can be read. */
export const withoutDeleted = (run: ListedRun): ListedRun => ({
  ...run,
  checkpoints: run.checkpoints.filter(({ deleted }) => !deleted),
});

function sentence(cause: string): string {
  return `${cause.charAt(0).toUpperCase()}${cause.slice(1)}.`;
}

/** Both ends over their common neurons, of saved results; undefined where they hold none, or those with another baseline. */
function savedCommon({ saved }: ListedRun, path: string, reference: RunResult | null): RunResult['common'] {
  const common = saved?.common?.get(path);
  if (!common || !reference) return reference ? common : undefined;
  return common.baseline.checkpoint.fingerprint === reference.result.checkpoint.fingerprint
    ? common
    : undefined;
}

/** Results of now are made by the version of now. */
function hasOtherVersion(saved: ListedRun['saved']): boolean {
  return [...(saved?.results.values() ?? [])].some(({ version }) => version.algorithm !== ALGORITHM_VERSION);
}
