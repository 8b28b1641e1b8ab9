/**
 * What is known about the workspace's checkpoints under the settings of now: results, and what failed.
 *
 * A change of settings forgets everything. The store remembers: going back to the former settings finds it again.
 */
import { dirname } from 'node:path';
import pLimit from 'p-limit';
import { identicalSettings } from '../../core/emergence/comparable';
import type { AnalysisResult, AnalysisSettings, Mode, Subset } from '../../protocol/analysis';
import type { Elsewhere } from '../../protocol/elsewhere';
import type { ErrorData } from '../../protocol/errors';
import { jobKey, type AnalysisJob } from '../../protocol/subject';
import { fractionOf, type Scheduler } from '../../worker/scheduler';
import { Emitter } from '../emitter';
import type { Analyses, Log, Target } from '../services/analyses';
import { briefResult } from './briefResults';
import { beginLookup, type Lookup } from './lookups';

/** Headers read at a time, to learn whether there is a result. */
const LOOKUPS_AT_A_TIME = 4;

export type FindingState =
  | { kind: 'missing'; overwritten?: true }
  | { kind: 'queued' }
  | { kind: 'running'; fraction: number }
  | ({ kind: 'elsewhere' } & Elsewhere)
  | { kind: 'failed'; error: ErrorData }
  | { kind: 'done'; result: AnalysisResult };

/** A target has a new result, has merely moved on, or (`null`) everything is to be asked for again. */
export type FindingChange = { target: Target; kind: 'result' | 'state' } | null;

interface Finding {
  target: Target;
  /** What analyzing it with the settings of now is called by the scheduler. */
  key: string | undefined;
  result?: AnalysisResult;
  error?: ErrorData;
  /** The search for a stored result, while it lasts and after it. One that was stopped may have left it out. */
  lookup?: Lookup;
}

interface AnalyzeOptions {
  fresh?: boolean;
  background?: boolean;
  signal?: AbortSignal;
}

/** Jobs that were submitted together and have not all ended. */
interface Submitted {
  controller: AbortController;
  settings: AnalysisSettings;
}

export class Findings {
  readonly #changes = new Emitter<FindingChange>();
  readonly onChange = this.#changes.event;
  readonly #findings = new Map<string, Finding>();
  /** By the key of the job that a finding waits for. */
  readonly #byJob = new Map<string, Finding>();
  readonly #submitted = new Set<Submitted>();
  /** The last results of files that are others now. */
  readonly #overwritten = new Map<string, AnalysisResult>();
  #settings: AnalysisSettings | undefined;

  /** @param settings the user's, now. @throws NeuroMfaError where they are not valid. */
  constructor(
    private readonly analyses: Pick<Analyses, 'jobOf' | 'recall' | 'recallFormer' | 'onFinding'>,
    private readonly scheduler: Scheduler,
    private readonly settings: () => AnalysisSettings,
    private readonly log: Pick<Log, 'warn'>,
  ) {
    this.#settings = this.#readSettings();
    analyses.onFinding(({ job, result, stored }) => {
      // With other settings or another base it is not what is asked for now.
      if (this.#settings && this.#findingOf(job.subject).key === jobKey(job))
        this.#learn(job.subject, stored ? this.#brief(result, job) : result);
    });
    scheduler.onChange(({ key, state }) => {
      const finding = this.#byJob.get(key);
      if (!finding) return;
      if (state.kind === 'failed') finding.error = state.error;
      this.#changes.fire({ target: finding.target, kind: 'state' });
    });
  }

  /** The part of the network that the settings of now ask for; null for all of it. */
  get asked(): Subset | null {
    return this.#settings?.subset ?? null;
  }

  /** Those of now; null where they are not valid. */
  get asks(): AnalysisSettings | null {
    return this.#settings ?? null;
  }

  /** Sampled or full, as the settings of now ask for. */
  get mode(): Mode {
    return this.#settings?.mode ?? 'sampled';
  }

  /** What is known of a target; `missing` as well where nobody has looked yet, see {@link recall}. */
  stateOf(target: Target): FindingState {
    const { key, error, result } = this.#findingOf(target);
    const job = key === undefined ? undefined : this.scheduler.stateOf(key);
    if (job?.kind === 'running') return { kind: 'running', fraction: fractionOf(job) };
    if (job) return job.kind === 'elsewhere' ? job : { kind: 'queued' };
    if (error) return { kind: 'failed', error };
    if (result) return { kind: 'done', result };
    return { kind: 'missing', ...(this.#overwritten.has(nameOf(target)) && { overwritten: true }) };
  }

  /** Whether a result is known, or known not to be stored. */
  isLookedFor(target: Target): boolean {
    const { result, lookup } = this.#findingOf(target);
    return result !== undefined || lookup?.complete === true;
  }

  /** The result, even while it is being computed again. */
  resultOf(target: Target): AnalysisResult | undefined {
    return this.#findings.get(nameOf(target))?.result;
  }

  /** The last result of files that have been overwritten since, as long as there is none of what they are now. */
  lastOf(target: Target): AnalysisResult | undefined {
    return this.resultOf(target) ? undefined : this.#overwritten.get(nameOf(target));
  }

  /**
   * Looks for stored results of targets that were not looked for before. Settles when all are looked for.
   * @param signal aborts when they are wanted no longer: what nobody else looks for is looked for no more.
   */
  async recall(targets: readonly Target[], signal?: AbortSignal): Promise<void> {
    const settings = this.#settings;
    if (!settings || signal?.aborted) return;
    const findings = targets.map((target) => this.#findingOf(target));
    const unknown = findings.filter(({ result, lookup }) => !result && (!lookup || lookup.signal.aborted));
    if (unknown.length > 0) this.#look(unknown, settings);
    const lookups = new Set(findings.flatMap(({ lookup }) => lookup ?? []));
    for (const lookup of lookups) lookup.join(signal);
    await Promise.all([...lookups].map(({ ended }) => ended));
  }

  /**
   * Submits the analyses of targets with the settings of now. Settles when all have ended; failures are states.
   * @param options.fresh computes even where a stored result would do.
   * @param options.background after what others ask for; failures are states alone. @param options.signal ends it.
   * @throws NeuroMfaError where the settings are not valid.
   */
  async analyze(
    targets: readonly Target[],
    { fresh = false, background = false, signal }: AnalyzeOptions = {},
  ): Promise<void> {
    const settings = this.settings();
    const jobs = targets.map((target): AnalysisJob => {
      delete this.#findingOf(target).error;
      return this.analyses.jobOf(target, settings);
    });
    const submitted: Submitted = { controller: new AbortController(), settings };
    this.#submitted.add(submitted);
    try {
      await this.scheduler.run(jobs, {
        ...{ fresh, background },
        signal: AbortSignal.any([submitted.controller.signal, ...(signal ? [signal] : [])]),
        retry: () => this.analyze(targets.filter((target) => this.stateOf(target).kind === 'failed')),
      });
    } finally {
      this.#submitted.delete(submitted);
    }
  }

  /** Stops the analyses of targets. */
  cancel(targets: readonly Target[]): void {
    this.scheduler.cancel(targets.flatMap((target) => this.#findingOf(target).key ?? []));
  }

  /** Forgets what was made with other settings than those of now, and stops what is being made with them. */
  settingsChanged(): void {
    const before = this.#settings;
    this.#settings = this.#readSettings();
    const same =
      before && this.#settings ? identicalSettings(before, this.#settings) : before === this.#settings;
    if (same) return;
    for (const { controller, settings } of [...this.#submitted])
      if (!this.#settings || !identicalSettings(settings, this.#settings)) controller.abort();
    this.forget();
  }

  /** The same of checkpoints in `folders`, whose files have been written again. */
  rewritten(folders: ReadonlySet<string>): void {
    for (const [name, { target, result }] of this.#findings)
      if (result && folders.has(dirname(target.at))) this.#overwritten.set(name, result);
    this.forget(folders);
  }

  /** Forgets everything, or what is known about checkpoints in `folders`, whose files or bases are others now. */
  forget(folders?: ReadonlySet<string>): void {
    if (!folders) this.#overwritten.clear();
    for (const [name, { target, key, lookup }] of this.#findings) {
      if (folders && !folders.has(dirname(target.at))) continue;
      this.#findings.delete(name);
      if (key !== undefined) {
        this.#byJob.delete(key);
        // It has another base now: what is being made with the former one is of no use.
        if (folders && this.#keyOf(target) !== key) this.scheduler.cancel([key]);
      }
      // What is looked for under other settings is not what will be asked for.
      if (!folders) lookup?.stop();
    }
    this.#changes.fire(null);
  }

  /** Looks again for results that were not found: another window or the command line may have stored them meanwhile. */
  lookAgain(): void {
    for (const finding of this.#findings.values()) if (!finding.result) delete finding.lookup;
    this.#changes.fire(null);
  }

  /** Nothing can be known under settings that are not valid; whoever starts an analysis hears what is wrong. */
  #readSettings(): AnalysisSettings | undefined {
    try {
      return this.settings();
    } catch {
      return undefined;
    }
  }

  #findingOf(target: Target): Finding {
    const name = nameOf(target);
    const known = this.#findings.get(name);
    if (known) return known;
    const key = this.#keyOf(target);
    const finding: Finding = { target: { at: target.at, weights: target.weights }, key };
    this.#findings.set(name, finding);
    if (key !== undefined) this.#byJob.set(key, finding);
    return finding;
  }

  #keyOf(target: Target): string | undefined {
    return this.#settings && jobKey(this.analyses.jobOf(target, this.#settings));
  }

  #look(unknown: readonly Finding[], settings: AnalysisSettings): void {
    const lookup = beginLookup(async (signal) => {
      await pLimit(LOOKUPS_AT_A_TIME).map(unknown, async ({ target }) => {
        if (!signal.aborted) await this.#recall(target, settings, signal);
      });
    });
    for (const finding of unknown) finding.lookup = lookup;
  }

  async #recall(target: Target, settings: AnalysisSettings, signal: AbortSignal): Promise<void> {
    try {
      const job = this.analyses.jobOf(target, settings);
      const stored = await this.analyses.recall(job, { signal });
      if (stored) this.#learn(target, this.#brief(stored.result, job));
      else {
        const former = await this.analyses.recallFormer(job);
        if (former) this.#learnFormer(target, this.#brief(former.result, job));
      }
    } catch (error) {
      if (signal.aborted) return;
      // It cannot be read now. Nobody has asked for it: an analysis will say why.
      this.log.warn(String(error));
    }
  }

  /** What was known of a file that has been overwritten, perhaps before a reload. */
  #learnFormer(target: Target, result: AnalysisResult): void {
    if (!this.#asksFor(result) || this.resultOf(target)) return;
    this.#overwritten.set(nameOf(target), result);
    this.#changes.fire({ target: this.#findingOf(target).target, kind: 'result' });
  }

  /** What views of a run need of a stored result. */
  #brief(result: AnalysisResult, job: AnalysisJob): AnalysisResult {
    return briefResult(result, async () => (await this.analyses.recall(job))?.result);
  }

  #asksFor({ settings }: AnalysisResult): boolean {
    return this.#settings !== undefined && identicalSettings(this.#settings, settings);
  }

  #learn(target: Target, result: AnalysisResult): void {
    if (!this.#asksFor(result)) return;
    const finding = this.#findingOf(target);
    finding.result = result;
    this.#overwritten.delete(nameOf(target));
    delete finding.error;
    this.#changes.fire({ target: finding.target, kind: 'result' });
  }
}

/** Tells targets apart. */
function nameOf({ at, weights }: Target): string {
  return `${weights.kind} ${at}`;
}
