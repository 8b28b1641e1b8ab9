/**
 * What is known about the workspace's checkpoints under the settings of now: results, and what failed.
 *
 * A change of settings forgets everything. The store remembers: going back to the former settings finds it again.
 */
import { dirname } from 'node:path';
import { sameSettings } from '../../core/emergence/comparable';
import type { AnalysisResult, AnalysisSettings, Subset } from '../../protocol/analysis';
import type { ErrorData } from '../../protocol/errors';
import type { DrawnBaseline } from '../../protocol/run';
import { forEachBounded } from '../concurrency';
import { Emitter } from '../emitter';
import type { Analyses, Log } from '../services/analyses';
import { beginLookup, type Lookup } from './lookups';
import type { AnalysisQueue, Job, JobState } from './queue';

/** Headers read at a time, to learn whether there is a result. */
const LOOKUPS_AT_A_TIME = 4;

/** One thing to analyze: a checkpoint, or the network that it was before training. */
export interface Subject {
  path: string;
  /** How the weights of the network before training are drawn; null for the checkpoint. */
  initial: DrawnBaseline | null;
}

export type FindingState =
  | { kind: 'missing' }
  | Extract<JobState, { kind: 'queued' | 'running' | 'failed' }>
  | { kind: 'done'; result: AnalysisResult };

/** A subject has a new result, has merely moved on, or (`null`) everything is to be asked for again. */
export type FindingChange = { subject: Subject; kind: 'result' | 'state' } | null;

interface Finding {
  subject: Subject;
  result?: AnalysisResult;
  error?: ErrorData;
  /** The search for a stored result, while it lasts and after it. One that was stopped may have left it out. */
  lookup?: Lookup;
}

export class Findings {
  readonly #changes = new Emitter<FindingChange>();
  readonly onChange = this.#changes.event;
  readonly #findings = new Map<string, Finding>();
  #settings: AnalysisSettings | undefined;

  /** @param settings the user's, now. @throws NeuroMfaError where they are not valid. */
  constructor(
    private readonly analyses: Pick<Analyses, 'analyze' | 'recall' | 'onFinding'>,
    private readonly queue: AnalysisQueue,
    private readonly settings: () => AnalysisSettings,
    private readonly log: Pick<Log, 'warn'>,
  ) {
    this.#settings = this.#readSettings();
    analyses.onFinding(({ path, initial, result }) => {
      this.#learn({ path, initial }, result);
    });
    queue.onChange(({ subject: key, state }) => {
      const finding = this.#findings.get(key);
      if (!finding) return;
      if (state.kind === 'failed') finding.error = state.error;
      this.#changes.fire({ subject: finding.subject, kind: 'state' });
    });
  }

  /** The part of the network that the settings of now ask for; null for all of it. */
  get asked(): Subset | null {
    return this.#settings?.subset ?? null;
  }

  /** What is known of a subject; `missing` as well where nobody has looked yet, see {@link recall}. */
  stateOf(subject: Subject): FindingState {
    const key = keyOf(subject);
    const job = this.queue.stateOf(key);
    if (job) return job;
    const { error, result } = this.#findings.get(key) ?? {};
    if (error) return { kind: 'failed', error };
    return result ? { kind: 'done', result } : { kind: 'missing' };
  }

  /** The result, even while it is being computed again. */
  resultOf(subject: Subject): AnalysisResult | undefined {
    return this.#findings.get(keyOf(subject))?.result;
  }

  /**
   * Looks for stored results of subjects that were not looked for before. Settles when all are looked for.
   * @param signal aborts when they are wanted no longer: what nobody else looks for is looked for no more.
   */
  async recall(subjects: readonly Subject[], signal?: AbortSignal): Promise<void> {
    const settings = this.#settings;
    if (!settings || signal?.aborted) return;
    const findings = subjects.map((subject) => this.#findingOf(subject));
    const unknown = findings.filter(({ result, lookup }) => !result && (!lookup || lookup.signal.aborted));
    if (unknown.length > 0) this.#look(unknown, settings);
    const lookups = new Set(findings.flatMap(({ lookup }) => lookup ?? []));
    for (const lookup of lookups) lookup.join(signal);
    await Promise.all([...lookups].map(({ ended }) => ended));
  }

  /**
   * Puts subjects into the queue. Settles when the queue rests.
   * @param fresh computes even where a stored result would do.
   * @throws NeuroMfaError where the settings are not valid.
   */
  analyze(subjects: readonly Subject[], { fresh = false } = {}): Promise<void> {
    const settings = this.settings();
    const jobs = subjects.map((subject): Job => {
      delete this.#findingOf(subject).error;
      const { path, initial } = subject;
      return {
        subject: keyOf(subject),
        work: (options) => this.analyses.analyze(path, settings, { ...options, initial, fresh }),
      };
    });
    return this.queue.add(jobs);
  }

  /** Takes subjects out of the queue. */
  cancel(subjects: readonly Subject[]): void {
    this.queue.cancel(subjects.map(keyOf));
  }

  /** Forgets what was made with other settings than those of now. */
  settingsChanged(): void {
    const before = this.#settings;
    this.#settings = this.#readSettings();
    const same = before && this.#settings ? sameSettings(before, this.#settings) : before === this.#settings;
    if (!same) this.forget();
  }

  /** Forgets everything, or what is known about checkpoints in `folders`, whose files have changed. */
  forget(folders?: ReadonlySet<string>): void {
    for (const [key, { subject, lookup }] of this.#findings) {
      if (folders && !folders.has(dirname(subject.path))) continue;
      this.#findings.delete(key);
      // What is looked for under other settings is not what will be asked for.
      if (!folders) lookup?.stop();
    }
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

  #findingOf(subject: Subject): Finding {
    const key = keyOf(subject);
    const known = this.#findings.get(key);
    if (known) return known;
    const finding: Finding = { subject };
    this.#findings.set(key, finding);
    return finding;
  }

  #look(unknown: readonly Finding[], settings: AnalysisSettings): void {
    const lookup = beginLookup((signal) =>
      forEachBounded(unknown, LOOKUPS_AT_A_TIME, async ({ subject }) => {
        if (!signal.aborted) await this.#recall(subject, settings, signal);
      }),
    );
    for (const finding of unknown) finding.lookup = lookup;
  }

  async #recall(subject: Subject, settings: AnalysisSettings, signal: AbortSignal): Promise<void> {
    try {
      const stored = await this.analyses.recall(subject.path, settings, { initial: subject.initial, signal });
      if (stored) this.#learn(subject, stored.result);
    } catch (error) {
      if (signal.aborted) return;
      // It cannot be read now. Nobody has asked for it: an analysis will say why.
      this.log.warn(String(error));
    }
  }

  #learn(subject: Subject, result: AnalysisResult): void {
    if (!this.#settings || !sameSettings(this.#settings, result.settings)) return;
    const finding = this.#findingOf(subject);
    finding.result = result;
    delete finding.error;
    this.#changes.fire({ subject, kind: 'result' });
  }
}

/** Names a subject in the queue. */
function keyOf({ path, initial }: Subject): string {
  return initial ? `${path} (untrained: ${initial})` : path;
}
