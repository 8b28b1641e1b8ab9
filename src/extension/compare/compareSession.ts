/** What one comparison in the editor has come to: everything but the editor tab, so that it can be tested without one. */
import { comparisonCsv } from '../../core/compare/comparisonCsv';
import { comparisonPage } from '../../core/compare/comparisonPage';
import {
  compareCheckpoints,
  compareRuns,
  stepsOf,
  type ComparedRun,
  type Two,
} from '../../core/compare/comparing';
import { identicalSettings } from '../../core/emergence/comparable';
import { withRadii } from '../../core/emergence/fixedRadii';
import type { Analysis, AnalysisSettings, Mode } from '../../protocol/analysis';
import { PLAIN_RUN, type RunSettings } from '../../protocol/chosenSettings';
import type {
  Compared,
  CompareModel,
  CompareProgress,
  CompareStale,
  CompareState,
} from '../../protocol/comparePanel';
import type { Comparison } from '../../protocol/comparison';
import { errorData, NeuroMfaError, type ErrorData } from '../../protocol/errors';
import type { FileChange } from '../../protocol/panel';
import type { Metrics } from '../../protocol/metrics';
import type { Translate } from '../../protocol/translate';
import { visibleJson } from '../../protocol/visible';
import type { Scheduler } from '../../worker/scheduler';
import { Emitter } from '../emitter';
import { withMode, withNulls, type OwnSettings, type ReadSettings } from '../ownSettings';
import type { PanelCheckpoint } from '../panelCheckpoints';
import { target, type Analyses } from '../services/analyses';
import { comparedForPage } from './comparedForPage';
import { courseOf, type Trained } from './courses';

/** What is compared. */
export type Sides =
  | { kind: 'checkpoints'; sides: Two<PanelCheckpoint> }
  | { kind: 'runs'; sides: Two<ComparedRun & { id: string; checkpoints: readonly Trained[] }> };

const BEGUN: CompareProgress = { kind: 'running', what: '', done: 0, total: 0 };

export class CompareSession {
  readonly #changed = new Emitter<void>();
  readonly #moved = new Emitter<CompareProgress>();
  /** Told whenever {@link shown} is another one. */
  readonly onChange = this.#changed.event;
  /** Told how far it has come. */
  readonly onProgress = this.#moved.event;
  #state: CompareProgress = BEGUN;
  /** `weights` names what was compared of the files. */
  #found: { comparison: Comparison; compared: Compared; weights: string | null } | null = null;
  readonly #files = new Map<string, FileChange>();
  #work: AbortController | undefined;

  constructor(
    readonly pair: Sides,
    private readonly analyses: Pick<Analyses, 'jobOf' | 'compare'>,
    private readonly scheduler: Scheduler,
    private readonly settings: ReadSettings,
    private readonly t: Translate,
    private own: OwnSettings = {},
    private readonly ofRuns: () => RunSettings = () => PLAIN_RUN,
    private readonly metricsAt: (run: string, steps: readonly number[]) => Metrics | undefined = () =>
      undefined,
  ) {}

  /** The checkpoints that are compared, those of runs at the steps that both have. */
  get paths(): string[] {
    return this.#steps()?.common.flatMap(({ at }) => at) ?? this.pair.sides.map(({ path }) => path);
  }

  get shown(): Omit<CompareModel, 'l10n' | 'settings'> {
    const [a, b] = this.pair.sides.map(({ name, path }) => ({ name, path })) as [
      CompareModel['a'],
      CompareModel['b'],
    ];
    return {
      kind: this.pair.kind,
      ...{ a, b, state: this.#state, stale: this.#stale },
      compared: this.#found?.compared ?? null,
      courses: this.#courses,
      mode: this.#readSettings()?.mode ?? this.own.mode ?? 'sampled',
      nulls: this.own.nulls ?? false,
      kept: this.#kept,
    };
  }

  get #courses(): CompareModel['courses'] {
    const steps = this.#found?.compared.points.map(({ step }) => step) ?? [];
    if (this.pair.kind !== 'runs' || steps.length === 0) return null;
    const [a, b] = this.pair.sides.map(({ id, checkpoints }) =>
      courseOf(checkpoints, steps, this.metricsAt(id, steps)),
    );
    return [a!, b!];
  }

  /** What brings it back after a reload. */
  get #kept(): CompareState {
    const { mode, nulls } = this.own;
    const { kind } = this.pair;
    const sides =
      this.pair.kind === 'runs'
        ? this.pair.sides.map(({ id }) => id)
        : this.pair.sides.map(({ path }) => path);
    return {
      version: 1,
      kind,
      sides: sides as [string, string],
      ...(mode && { mode }),
      ...(nulls && { nulls }),
    };
  }

  /** Compares, in place of a comparison that is at work. Settles when that has ended, however it did. */
  async run(): Promise<void> {
    this.#work?.abort();
    const work = new AbortController();
    this.#work = work;
    this.#files.clear();
    this.#set(BEGUN);
    try {
      const weights = this.#weights;
      const found = await this.#compare(work.signal);
      if (this.#work !== work) return;
      this.#found = { ...found, weights };
      this.#set({ kind: 'done' });
    } catch (thrown) {
      if (this.#work !== work) return;
      const error = errorData(thrown);
      const cancelled = work.signal.aborted || error.code === 'cancelled';
      this.#set(cancelled ? { kind: 'cancelled' } : { kind: 'failed', error });
    }
  }

  cancel(): void {
    this.#work?.abort();
  }

  async setMode(mode: Mode): Promise<void> {
    this.own = withMode(this.own, mode, this.settings);
    await this.run();
  }

  async setNulls(on: boolean): Promise<void> {
    this.own = withNulls(this.own, on);
    await this.run();
  }

  /** Other metrics of runs are known. */
  metricsChanged(): void {
    if (this.pair.kind === 'runs') this.#changed.fire();
  }

  settingsChanged(): void {
    this.#changed.fire();
  }

  /** Other bases of adapters have been chosen, or other copies of a model. */
  weightsChanged(): void {
    this.#changed.fire();
  }

  filesChanged(path: string, change: FileChange | null): void {
    if (this.#files.get(path) === (change ?? undefined)) return;
    if (change) this.#files.set(path, change);
    else this.#files.delete(path);
    this.#changed.fire();
  }

  /** The whole comparison as a file. @throws NeuroMfaError `usage` where there is none yet. */
  file(format: 'csv' | 'json' | 'html'): { name: string; content: string } {
    const { comparison } = this.#found ?? {};
    const [a, b] = this.pair.sides.map(({ name }) => name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').slice(-60));
    if (!comparison)
      throw new NeuroMfaError('usage', `${a} and ${b}`, 'nothing is compared yet', 'Compare them again');
    const content = {
      csv: () => comparisonCsv(comparison.tensors),
      json: () => `${visibleJson(comparison)}\n`,
      html: () => comparisonPage(comparison),
    }[format]();
    return { name: `neuromfa-${a}-${b}-compare.${format}`, content };
  }

  async #compare(signal: AbortSignal): Promise<{ comparison: Comparison; compared: Compared }> {
    const asked = this.settings(this.own);
    const ofRuns = this.ofRuns();
    const steps = this.#steps();
    const first = this.pair.kind === 'runs' && ofRuns.radii === 'fixed' ? this.#first : null;
    const total = this.paths.length + (first === null ? 0 : 1);
    const analyzed = new Map<string, Analysis>();
    let fault: ErrorData | null = null;
    let begun = 0;
    const computes = {
      analyze: async (at: string, settings: AnalysisSettings) => {
        const nth = ++begun;
        const [outcome] = await this.scheduler.submit([this.analyses.jobOf(target(at), settings)], {
          signal,
          onState: (_job, state) => {
            if (state.kind !== 'running') return;
            const { done, total: samples } = state.progress ?? { done: 0, total: 1 };
            this.#move(
              signal,
              this.t('Analyzing checkpoint {0} of {1}', nth, total),
              (nth - 1) * samples + done,
              total * samples,
            );
          },
        });
        if (outcome?.kind === 'done') analyzed.set(at, outcome.analysis);
        else if (outcome?.kind === 'failed') fault ??= outcome.error;
        else throw new NeuroMfaError('cancelled', at, 'it was canceled', '');
        return outcome.kind === 'done' ? outcome.analysis.result : null;
      },
      tensors: ([a, b]: Two<string>) =>
        this.analyses.compare(a, b, {
          signal,
          onProgress: ({ done, total: tensors }) => {
            this.#move(signal, this.t('Comparing tensors: {0} of {1}', done, tensors), done, tensors);
          },
        }),
    };
    const settings =
      first === null
        ? asked
        : await withRadii(asked, ofRuns, () => computes.analyze(first, { ...asked, nulls: null }));
    // Radii are the first checkpoint's of A: without them there is nothing to compare by.
    if (!settings) throw NeuroMfaError.from(fault!);
    analyzed.clear();
    const work = { ...computes, analyze: (at: string) => computes.analyze(at, settings) };
    const comparison =
      this.pair.kind === 'runs'
        ? await compareRuns(this.pair.sides, steps!, settings, work)
        : await compareCheckpoints(
            this.pair.sides.map(({ path }) => path) as [string, string],
            settings,
            work,
          );
    const last = steps ? steps.common.at(-1)!.at : this.pair.sides.map(({ path }) => path);
    const names = this.pair.sides.map(({ name }) => name);
    const spectra = last.flatMap((path, i) => {
      const analysis = analyzed.get(path);
      return analysis ? [{ path, name: names[i]!, analysis }] : [];
    });
    // `tensors` rejects where it fails, and gives no null.
    return {
      comparison: comparison!,
      compared: comparedForPage(comparison!, spectra, fault, this.t, ofRuns, steps?.common),
    };
  }

  /** The checkpoint that fixed radii begin from, as they do on the command line. */
  get #first(): string | null {
    return this.pair.kind === 'runs' ? this.pair.sides[0].checkpoints[0]!.path : null;
  }

  #steps(): ReturnType<typeof stepsOf> | null {
    return this.pair.kind === 'runs' ? stepsOf(this.pair.sides) : null;
  }

  /** Names the bases and the copies of models that are compared; null where the settings are not valid. */
  get #weights(): string | null {
    const settings = this.#readSettings();
    if (!settings) return null;
    const subjects = this.paths.map((path) => this.analyses.jobOf(target(path), settings).subject);
    // Where none is chosen the adapter's own is taken, whichever folders are open.
    const chosen = subjects.map(({ base, weights }) => [
      typeof base === 'object' && base ? '' : base,
      weights,
    ]);
    return JSON.stringify(chosen);
  }

  get #stale(): CompareStale | null {
    if (!this.#found || this.#state.kind === 'running') return null;
    const changes = [...this.#files.values()];
    if (changes.includes('deleted')) return 'deleted';
    if (changes.includes('overwritten')) return 'overwritten';
    if (this.#found.weights !== this.#weights) return 'weights';
    const settings = this.#readSettings();
    const { radii, ...found } = this.#found.comparison.settings;
    const rule = this.pair.kind === 'runs' ? this.ofRuns().radii : 'observed';
    return settings &&
      (radii.rule !== rule || !identicalSettings(settings, { ...found, radii: settings.radii }))
      ? 'settings'
      : null;
  }

  /** Undefined where the settings are not valid: a comparison with them will say why. */
  #readSettings(): AnalysisSettings | undefined {
    try {
      return this.settings(this.own);
    } catch {
      return undefined;
    }
  }

  #move(signal: AbortSignal, what: string, done: number, total: number): void {
    if (signal.aborted) return;
    this.#state = { kind: 'running', what, done, total };
    this.#moved.fire(this.#state);
  }

  #set(state: CompareProgress): void {
    this.#state = state;
    this.#changed.fire();
  }
}
