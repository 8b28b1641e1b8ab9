/**
 * The one queue of analyses. A job that is submitted twice is computed once; a job that no submitter wants any longer
 * is stopped; jobs that the user looks at come first; each failure is reported once.
 */
import type { Analysis, WithResult } from '../protocol/analysis';
import type { Elsewhere } from '../protocol/elsewhere';
import { errorData, type ErrorData } from '../protocol/errors';
import type { AnalysisProgress } from '../protocol/panel';
import { jobKey, type AnalysisJob } from '../protocol/subject';
import type { CacheOptions } from './cachedAnalyses';

/** How a job ended. */
export type Outcome<A extends WithResult = Analysis> =
  | { kind: 'done'; analysis: A }
  | { kind: 'cancelled' }
  /** `thrown`: the error behind `error`, with its stack. */
  | { kind: 'failed'; error: ErrorData; thrown: unknown };

export type JobState<A extends WithResult = Analysis> =
  | { kind: 'queued' }
  /** Has no progress until something must be computed. */
  | { kind: 'running'; progress: AnalysisProgress | null }
  /** Another machine computes it; it does not count among the jobs that run here. */
  | ({ kind: 'elsewhere' } & Elsewhere)
  | Outcome<A>;

export interface JobChange<A extends WithResult = Analysis> {
  key: string;
  job: AnalysisJob;
  state: JobState<A>;
}

/** Progress of all jobs together. */
export interface SchedulerProgress {
  done: number;
  total: number;
  /** Null while there is nothing to base an estimate on. */
  secondsLeft: number | null;
}

export interface Submission<A extends WithResult = Analysis> {
  /** Whether to compute even where there is a stored result. */
  fresh?: boolean | undefined;
  /**
   * Whether nobody waits for these jobs: those of other submissions run first, and failures are reported only to the
   * submitter.
   */
  background?: boolean | undefined;
  /** Aborts when these jobs are no longer wanted. Jobs that other submissions want too continue. */
  signal?: AbortSignal | undefined;
  /** Called at every step of each of these jobs. */
  onState?: ((job: AnalysisJob, state: JobState<A>) => void) | undefined;
  onReading?: CacheOptions['onReading'];
  /** Submits failed jobs again, at the user's request. */
  retry?: (() => Promise<unknown>) | undefined;
}

export type Failure = Extract<Outcome, { kind: 'failed' }>;

/** The failures of one submission. */
export interface FailureReport {
  /** Failures that no other report names. */
  failures: readonly Failure[];
  /** Jobs of the submission. */
  total: number;
  retry: (() => Promise<unknown>) | undefined;
}

export interface SchedulerOptions {
  /**
   * Number of jobs that run at a time. The samples of one fill the threads; a second one uses threads that are idle at
   * its end.
   */
  atATime?: number;
  /** Of the waiting jobs, those of the highest rank run next, in order of submission. */
  rank?: (job: AnalysisJob) => number;
  /** Called at the end of every submission. */
  onEnd?: (report: FailureReport) => void;
  /** Milliseconds of a clock that never goes back. */
  now?: () => number;
}

const AT_A_TIME = 2;
/** Lower than every rank. */
const LAST = -Number.MAX_VALUE;

/** A submitter's interest in an entry. */
interface Claim<A extends WithResult> {
  onState: (state: JobState<A>) => void;
  /** Ends the claim; only the first call counts. */
  end: (outcome: Outcome<A>) => void;
}

interface Entry<A extends WithResult = Analysis> {
  readonly key: string;
  readonly job: AnalysisJob;
  readonly controller: AbortController;
  readonly claims: Set<Claim<A>>;
  onReading: Submission['onReading'];
  fresh: boolean;
  /** Whether no submission but those in the background wants it. */
  background: boolean;
  /** Whether it is being computed, so that the result is not a stored one. */
  computing: boolean;
  state: Extract<JobState, { kind: 'queued' | 'running' | 'elsewhere' }>;
}

/** @typeParam A what is wanted of each analysis. */
export class Scheduler<A extends WithResult = Analysis> {
  readonly #atATime: number;
  readonly #rank: (job: AnalysisJob) => number;
  readonly #onEnd: (report: FailureReport) => void;
  readonly #now: () => number;
  /** Entries that new submissions can join, in order of submission. */
  readonly #entries = new Map<string, Entry<A>>();
  /** Entries that run, cancelled or not. */
  readonly #running = new Set<Entry<A>>();
  readonly #listeners = new Set<(change: JobChange<A>) => void>();
  readonly #reported = new WeakSet<Failure>();
  /** Entries since the scheduler was last idle. */
  #finished = 0;
  #begin = 0;

  /** @param work computes a job or finds its stored result. Aborting its signal ends it. */
  constructor(
    private readonly work: (job: AnalysisJob, options: CacheOptions) => Promise<A>,
    options: SchedulerOptions = {},
  ) {
    this.#atATime = options.atATime ?? AT_A_TIME;
    this.#rank = options.rank ?? (() => 0);
    this.#onEnd = options.onEnd ?? (() => undefined);
    this.#now = options.now ?? (() => performance.now());
  }

  /** Calls `listener` with every step of every job. Returns what stops that. */
  readonly onChange = (listener: (change: JobChange<A>) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Settles when all of these jobs have ended: how each did, in order. Never rejects: failures are outcomes. */
  async submit(jobs: readonly AnalysisJob[], submission: Submission<A> = {}): Promise<Outcome<A>[]> {
    const ended: Outcome<A>[] = [];
    await this.#submit(jobs, submission, (outcome, index) => {
      ended[index] = outcome;
    });
    return ended;
  }

  /**
   * The same for callers that `onState` or a listener informs. No result is retained until the last job has ended:
   * those of a long run would take gigabytes together.
   */
  async run(jobs: readonly AnalysisJob[], submission: Submission<A> = {}): Promise<void> {
    await this.#submit(jobs, submission);
  }

  async #submit(
    jobs: readonly AnalysisJob[],
    submission: Submission<A>,
    onEnded?: (outcome: Outcome<A>, index: number) => void,
  ): Promise<void> {
    if (this.#entries.size === 0) {
      this.#finished = 0;
      this.#begin = this.#now();
    }
    const ends = jobs.map(async (job, index) => {
      const outcome = await this.#claim(job, submission);
      onEnded?.(outcome, index);
      return outcome.kind === 'failed' ? outcome : null;
    });
    this.#startNext();
    const failures = new Set((await Promise.all(ends)).filter((failure) => failure !== null));
    if (submission.background) return;
    const unreported = [...failures].filter((failure) => !this.#reported.has(failure));
    for (const failure of unreported) this.#reported.add(failure);
    this.#onEnd({ failures: unreported, total: jobs.length, retry: submission.retry });
  }

  /** Reports an error that prevented a submission. */
  refuse(thrown: unknown): void {
    const failure: Failure = { kind: 'failed', error: errorData(thrown), thrown };
    this.#onEnd({ failures: [failure], total: 1, retry: undefined });
  }

  /** Stops these jobs, or all, for all submitters; running ones end within half a second. */
  cancel(keys: Iterable<string> = [...this.#entries.keys()]): void {
    for (const key of keys) {
      const entry = this.#entries.get(key);
      if (entry) this.#abort(entry);
    }
  }

  /** The states of jobs that other machines compute. */
  get elsewhere(): Elsewhere[] {
    return [...this.#entries.values()].flatMap(({ state }) => (state.kind === 'elsewhere' ? [state] : []));
  }

  /** The state of a job that waits or runs. */
  stateOf(key: string): Entry['state'] | undefined {
    return this.#entries.get(key)?.state;
  }

  /** Null while there is no job. */
  get progress(): SchedulerProgress | null {
    if (this.#entries.size === 0) return null;
    const total = this.#finished + this.#entries.size;
    let done = this.#finished;
    for (const { state } of this.#entries.values()) done += fractionOf(state);
    const elapsed = (this.#now() - this.#begin) / 1000;
    return {
      done: this.#finished,
      total,
      secondsLeft: done > 0 ? (elapsed * (total - done)) / done : null,
    };
  }

  #claim(job: AnalysisJob, submission: Submission<A>): Promise<Outcome<A>> {
    const { fresh = false, background = false, signal, onState, onReading } = submission;
    if (signal?.aborted) return Promise.resolve({ kind: 'cancelled' });
    const key = jobKey(job);
    const known = this.#entries.get(key);
    const entry = known ?? this.#add(key, job, onReading);
    // An entry that is still being looked up in the store is computed after that, see #work.
    entry.fresh ||= fresh;
    entry.background &&= background;
    return new Promise((resolve) => {
      const leave = (): void => {
        // Other submitters want it: it continues without this claim.
        if (entry.claims.size > 1) claim.end({ kind: 'cancelled' });
        else this.#abort(entry);
      };
      const claim: Claim<A> = {
        onState: (state) => onState?.(job, state),
        end: (outcome) => {
          entry.claims.delete(claim);
          signal?.removeEventListener('abort', leave);
          onState?.(job, outcome);
          resolve(outcome);
        },
      };
      entry.claims.add(claim);
      signal?.addEventListener('abort', leave, { once: true });
      claim.onState(entry.state);
      if (!known) this.#tell(entry, entry.state);
    });
  }

  #add(key: string, job: AnalysisJob, onReading: Submission['onReading']): Entry<A> {
    const entry: Entry<A> = {
      key,
      job,
      controller: new AbortController(),
      claims: new Set(),
      onReading,
      fresh: false,
      background: true,
      computing: false,
      state: { kind: 'queued' },
    };
    this.#entries.set(key, entry);
    return entry;
  }

  /** New submissions no longer join these entries. */
  #abort(entry: Entry<A>): void {
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
    entry.controller.abort();
    if (!this.#running.has(entry)) this.#end(entry, { kind: 'cancelled' });
  }

  #startNext(): void {
    while (this.#running.size < this.#atATime) {
      let next: Entry<A> | undefined;
      let highest = -Infinity;
      for (const entry of this.#entries.values()) {
        if (entry.state.kind !== 'queued') continue;
        const rank = entry.background ? LAST : this.#rank(entry.job);
        if (rank <= highest) continue;
        next = entry;
        highest = rank;
      }
      if (!next) return;
      void this.#work(next);
    }
  }

  /** Never rejects: failures are outcomes. */
  async #work(entry: Entry<A>): Promise<void> {
    this.#running.add(entry);
    this.#move(entry, { kind: 'running', progress: null });
    const outcome = await this.#outcomeOf(entry);
    this.#running.delete(entry);
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
    this.#end(entry, outcome);
    this.#startNext();
  }

  async #outcomeOf(entry: Entry<A>): Promise<Outcome<A>> {
    const { job, controller, onReading } = entry;
    const { signal } = controller;
    try {
      for (;;) {
        const { fresh } = entry;
        const analysis = await this.work(job, {
          fresh,
          signal,
          onReading,
          onCompute: () => {
            entry.computing = true;
          },
          onElsewhere: (state) => {
            if (signal.aborted) return;
            this.#move(entry, { kind: 'elsewhere', ...state });
            if (this.#running.delete(entry)) this.#startNext();
          },
          onProgress: (progress) => {
            const state: Entry['state'] = { kind: 'running', progress };
            // However the work is divided, progress never decreases in a view.
            const before = entry.state.kind === 'running' ? fractionOf(entry.state) : 0;
            // A thread that is being stopped may report once more.
            if (!signal.aborted && fractionOf(state) >= before) this.#move(entry, state);
          },
        });
        // The job ended before it could be stopped, but it is no longer wanted.
        if (signal.aborted) return { kind: 'cancelled' };
        // A submitter requested a new result during the search for the stored one.
        if (entry.fresh && !fresh && !entry.computing) continue;
        return { kind: 'done', analysis };
      }
    } catch (thrown) {
      const error = errorData(thrown, job.subject.at);
      const cancelled = signal.aborted || error.code === 'cancelled';
      return cancelled ? { kind: 'cancelled' } : { kind: 'failed', error, thrown };
    }
  }

  #move(entry: Entry<A>, state: Entry['state']): void {
    entry.state = state;
    for (const { onState } of entry.claims) onState(state);
    this.#tell(entry, state);
  }

  /** Cancelled jobs do not count; failed jobs count as finished. */
  #end(entry: Entry<A>, outcome: Outcome<A>): void {
    if (outcome.kind !== 'cancelled') this.#finished++;
    for (const claim of [...entry.claims]) claim.end(outcome);
    this.#tell(entry, outcome);
  }

  #tell({ key, job }: Entry<A>, state: JobState<A>): void {
    for (const listener of this.#listeners) listener({ key, job, state });
  }
}

/** The share of a job that is done. */
export function fractionOf(state: JobState<WithResult>): number {
  if (state.kind === 'elsewhere') return state.fraction ?? 0;
  if (state.kind !== 'running') return 0;
  const { done = 0, total = 1 } = state.progress ?? {};
  return done / Math.max(1, total);
}
