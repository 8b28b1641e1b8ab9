/** Analyses that other machines compute: what the store lacks is submitted, watched, and then read from the store. */
import pLimit from 'p-limit';
import type { ResultStore } from '../core/store/resultStore';
import type { Analysis } from '../protocol/analysis';
import type { Elsewhere } from '../protocol/elsewhere';
import { NeuroMfaError } from '../protocol/errors';
import type { AnalysisJob } from '../protocol/subject';
import { CachedAnalyses } from '../worker/cachedAnalyses';
import type { Engine } from '../worker/engine';
import { findLate, machineClock, type Clock } from './clock';
import type { Dispatcher, SizedTask, Submission, SubmitOptions, TaskGroup, TaskState } from './dispatcher';
import { askedFor, inGroups } from './grouping';
import { taskOf, type Task } from './task';

export interface DispatchOptions {
  engine: Pick<Engine, 'describe' | 'analyze' | 'recognize' | 'estimate'>;
  store: ResultStore;
  dispatcher: Dispatcher & {
    /** Submissions that are still running, with those of their tasks that have not ended. */
    live(): Promise<{ submission: Submission; tasks: readonly Task[] }[]>;
  };
  options: Pick<SubmitOptions, 'atATime' | 'processors' | 'extra'>;
  /** Called with messages for users: about a checkpoint, or the engine. */
  onNote: (subject: string, cause: string) => void;
  /** Called with each submission that is watched, new or already running. */
  onSubmission?: (submission: Submission, fresh: boolean) => void;
  /**
   * Whether to submit nothing while a submission is running: what depends on single results is submitted together, once
   * all are there. By default everything is submitted as soon as it is requested.
   */
  inRounds?: boolean;
  /** Called with what would be submitted; then nothing is, and the analyses end as cancelled. */
  onPlan?: ((groups: readonly TaskGroup[], options: SubmitOptions) => void) | undefined;
  clock?: Clock;
}

export interface DispatchedOptions {
  signal?: AbortSignal | undefined;
  onElsewhere?: ((state: Elsewhere) => void) | undefined;
}

/** Number of checkpoints that are opened at a time: this may be a login node. */
const OPENED_AT_A_TIME = 4;

interface Waiting extends DispatchedOptions {
  /** The order of requests; lookups end in any order. */
  order: number;
  job: AnalysisJob;
  task: Task;
  resolve: (analysis: Analysis) => void;
  reject: (error: unknown) => void;
}

export class DispatchedAnalyses {
  readonly #cached: CachedAnalyses;
  readonly #clock: Clock;
  readonly #limit = pLimit(OPENED_AT_A_TIME);
  /** Number of analyses that are being looked up. */
  #looking = 0;
  #asked = 0;
  /** Those that the store lacks; they are submitted together once all are looked up. */
  #lacking: Waiting[] = [];
  /** Those that are submitted, or were running already. */
  readonly #submitted = new Set<Waiting>();
  readonly #said = new Set<string>();

  constructor(private readonly how: DispatchOptions) {
    this.#cached = new CachedAnalyses(how.engine, how.store, () => undefined);
    this.#clock = how.clock ?? machineClock;
  }

  /**
   * The stored analysis, or the one that another machine stores. Analyses requested at the same time are submitted
   * together. Aborting `signal` ends only the waiting.
   * @throws NeuroMfaError.
   */
  async analyze(job: AnalysisJob, options: DispatchedOptions = {}): Promise<Analysis> {
    const { signal } = options;
    this.#looking++;
    const order = this.#asked++;
    let one: Waiting | undefined;
    let waiting: Promise<Analysis>;
    try {
      const found = await this.#recall(job, signal);
      if (found) return found;
      if (signal?.aborted) throw cancelled(job);
      waiting = new Promise((resolve, reject) => {
        one = { ...options, order, job, task: taskOf(job), resolve, reject };
        this.#lacking.push(one);
      });
    } finally {
      this.#looking--;
      this.#submitSoon();
    }
    try {
      return await waiting;
    } finally {
      if (one) this.#submitted.delete(one);
      this.#submitSoon();
    }
  }

  /** Called once the callers have requested what follows. */
  #submitSoon(): void {
    setImmediate(() => {
      const busy = this.#looking > 0 || (this.how.inRounds && this.#submitted.size > 0);
      if (!busy && this.#lacking.length > 0) void this.#submit(this.#lacking.splice(0));
    });
  }

  #recall(job: AnalysisJob, signal?: AbortSignal): Promise<Analysis | null> {
    return this.#limit(() => this.#cached.recall(job, { signal }));
  }

  /** Never rejects: errors go to the callers. */
  async #submit(all: readonly Waiting[]): Promise<void> {
    const { dispatcher, options, onPlan, onSubmission } = this.how;
    const lacking = all.filter(({ signal }) => !signal?.aborted).sort((a, b) => a.order - b.order);
    for (const { job, signal, reject } of all) if (signal?.aborted) reject(cancelled(job));
    try {
      const rest = new Set(lacking);
      for (const each of rest) this.#submitted.add(each);
      if (!onPlan) {
        for (const { submission, tasks } of await dispatcher.live()) {
          const keys = new Set(tasks.map(({ key }) => key));
          const joined = [...rest].filter(({ task }) => keys.has(task.key));
          if (joined.length === 0) continue;
          for (const each of joined) rest.delete(each);
          onSubmission?.(submission, false);
          void this.#watch(submission, joined);
        }
      }
      const sized = await Promise.all([...rest].map((each) => this.#sized(each)));
      const tasks = sized.filter((task) => task !== null);
      if (tasks.length === 0) return;
      const groups = inGroups(unique(tasks), options.atATime);
      const asked = askedFor(groups, options);
      if (onPlan) {
        onPlan(groups, asked);
        for (const { job, reject } of rest) reject(cancelled(job));
        return;
      }
      const submission = await dispatcher.submit(groups, asked);
      onSubmission?.(submission, true);
      await this.#watch(submission, [...rest]);
    } catch (error) {
      // One error, whoever waits for it.
      for (const [at, { job, reject }] of lacking.entries()) reject(at === 0 ? error : cancelled(job));
    }
  }

  async #sized({ job, task, signal, reject }: Waiting): Promise<SizedTask | null> {
    const { subject, settings } = job;
    try {
      const { bytes, seconds, threads, memory } = await this.#limit(() =>
        this.how.engine.estimate(subject, settings, { signal }),
      );
      const { processors } = this.how.options;
      return { ...task, bytes, seconds: (seconds * threads) / processors, memory };
    } catch (error) {
      reject(error);
      return null;
    }
  }

  /** Watches a submission as long as somebody waits for one of its tasks. Never rejects. */
  async #watch(submission: Submission, joined: readonly Waiting[]): Promise<void> {
    const watching = new AbortController();
    const waiting = new Set(joined);
    const leave = (one: Waiting): void => {
      waiting.delete(one);
      if (waiting.size === 0) watching.abort();
    };
    for (const one of joined) {
      const stop = (): void => {
        leave(one);
        one.reject(cancelled(one.job));
      };
      if (one.signal?.aborted) stop();
      one.signal?.addEventListener('abort', stop, { once: true });
    }
    const collecting: Promise<void>[] = [];
    try {
      await this.how.dispatcher.watch(submission, {
        signal: watching.signal,
        onNote: this.how.onNote,
        isStored: async (task) => (await this.#recall(task).catch(() => null)) !== null,
        onState: ({ key }, state) => {
          for (const one of [...waiting].filter(({ task }) => task.key === key)) {
            if (state.kind === 'stored' || state.kind === 'failed')
              collecting.push(
                this.#end(one, state).then(() => {
                  leave(one);
                }),
              );
            else one.onElsewhere?.(elsewhere(state));
          }
        },
      });
      await Promise.all(collecting);
      for (const { job, reject } of waiting) reject(notFound(job, this.how.store.directory));
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }

  async #end({ job, signal, resolve, reject }: Waiting, state: TaskState): Promise<void> {
    if (state.kind === 'failed') {
      const error = NeuroMfaError.from(state.error);
      // A fault of the store is one error, whoever waits for it.
      const said = error.data.subject !== job.subject.at && this.#said.has(error.message);
      this.#said.add(error.message);
      reject(said ? cancelled(job) : error);
      return;
    }
    try {
      const { store } = this.how;
      const find = async (): Promise<Analysis | null> => {
        await store.refresh();
        return this.#recall(job, signal);
      };
      const found = await findLate(find, this.#clock, signal);
      if (found) resolve(found);
      else reject(notFound(job, store.directory));
    } catch (error) {
      reject(error);
    }
  }
}

function elsewhere(state: Extract<TaskState, { where: string }>): Elsewhere {
  const { where } = state;
  if (state.kind === 'waiting') return { where, waiting: state.reason ?? '', fraction: null };
  return { where, waiting: null, fraction: state.fraction };
}

/** Two requests may be for the same analysis. */
const unique = (tasks: readonly SizedTask[]): SizedTask[] => [
  ...new Map(tasks.map((task) => [task.key, task])).values(),
];

const cancelled = ({ subject }: AnalysisJob): NeuroMfaError =>
  new NeuroMfaError('cancelled', subject.at, 'it was canceled', '');

/** The error where there is no store through which results could come back. */
export function storeless({ subject }: AnalysisJob): NeuroMfaError {
  const cause = 'results come back from other machines through the store, and there is none';
  const next = 'Name a folder that all nodes share (neuromfa.results.folder, --store)';
  return new NeuroMfaError('usage', subject.at, cause, next);
}

function notFound({ subject }: AnalysisJob, store: string): NeuroMfaError {
  const cause = `its task has ended, and its result is not in the store ${store}`;
  const next =
    'Check that the file is the same as when it was submitted, and that all machines share the store';
  return new NeuroMfaError('missing', subject.at, cause, next);
}
