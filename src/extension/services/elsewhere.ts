/**
 * Analyses that Slurm computes for the editor: which ones, their states, and the submissions that outlive the window.
 */
import type * as vscode from 'vscode';
import type { ResultStore } from '../../core/store/resultStore';
import { DispatchedAnalyses, storeless } from '../../dispatch/dispatchedAnalyses';
import type { Submission } from '../../dispatch/dispatcher';
import { JobFolder } from '../../dispatch/jobFolder';
import { SlurmDispatcher } from '../../dispatch/slurm';
import { taskOf, type Task } from '../../dispatch/task';
import type { Analysis } from '../../protocol/analysis';
import { isRemote, type AnalysisJob } from '../../protocol/subject';
import type { CacheOptions } from '../../worker/cachedAnalyses';
import type { Log } from './analyses';
import type { EngineHost } from './engineHost';

/** Wraps a scheduler's work: jobs that go to Slurm are computed there first. */
export function withElsewhere(
  elsewhere: Pick<Elsewhere, 'takes' | 'analyze'>,
  analyses: { analyze: (job: AnalysisJob, options: CacheOptions) => Promise<Analysis> },
): (job: AnalysisJob, options: CacheOptions) => Promise<Analysis> {
  return async (job, options) => {
    if (!elsewhere.takes(job)) return analyses.analyze(job, options);
    // All requested jobs are submitted together: none waits for a slot among those that run here.
    await Promise.resolve();
    options.onElsewhere?.({ where: 'Slurm', waiting: '', fraction: null });
    await elsewhere.analyze(job, options);
    return analyses.analyze(job, { ...options, fresh: false });
  };
}

/** Key in the workspace's state: names of submissions that have not ended. */
const STATE = 'submissions';
/** Jobs that are stopped together lead to one question. */
const ASKED_AFTER_MS = 100;

export interface ElsewhereOptions {
  engines: Pick<EngineHost, 'use'>;
  store: ResultStore | undefined;
  /** The folder of the built scripts. */
  program: string;
  state: Pick<vscode.Memento, 'get' | 'update'>;
  log: Log;
  /** Whether every analysis goes to Slurm. */
  always: () => boolean;
  /** Options of sbatch. */
  extra: () => readonly string[];
  /** Asks whether to end the tasks of this many analyses, for which nobody waits any more. */
  askToEnd: (count: number) => Promise<boolean>;
  dispatcher?: SlurmDispatcher;
}

export class Elsewhere {
  readonly #dispatcher: SlurmDispatcher | undefined;
  readonly #analyses: DispatchedAnalyses | undefined;
  /** Keys of the analyses that go to Slurm. */
  readonly #chosen = new Set<string>();
  /** Submissions by the keys of their tasks. */
  readonly #submissions = new Map<string, Submission>();
  /** Submissions of an earlier window: they are watched again, in whatever state. */
  #former: Submission[] = [];
  #left: Task[] = [];
  #extra: readonly string[] = [];

  constructor(private readonly options: ElsewhereOptions) {
    const { engines, store, program, log } = options;
    if (!store) return;
    const dispatcher = options.dispatcher ?? new SlurmDispatcher({ store: store.directory, program });
    this.#dispatcher = dispatcher;
    this.#analyses = new DispatchedAnalyses({
      store,
      engine: {
        describe: (...asked) => engines.use((engine) => engine.describe(...asked)),
        analyze: (...asked) => engines.use((engine) => engine.analyze(...asked)),
        recognize: (...asked) => engines.use((engine) => engine.recognize(...asked)),
        estimate: (...asked) => engines.use((engine) => engine.estimate(...asked)),
      },
      dispatcher: {
        submit: (groups, asked) => dispatcher.submit(groups, { ...asked, extra: [...this.#extra] }),
        watch: (...asked) => dispatcher.watch(...asked),
        cancel: (...asked) => dispatcher.cancel(...asked),
        log: (...asked) => dispatcher.log(...asked),
        live: async () => [
          ...this.#former.splice(0).map((submission) => ({ submission, tasks: submission.tasks.flat() })),
          ...(await dispatcher.live()),
        ],
      },
      options: { atATime: null, processors: 1, extra: [] },
      onNote: (subject, cause) => {
        log.warn(`${subject}: ${cause}`);
      },
      onSubmission: (submission) => {
        this.#remember(submission);
      },
    });
  }

  /** From now on these analyses go to Slurm. @param extra options of sbatch in addition to those of the settings. */
  choose(jobs: readonly AnalysisJob[], extra: readonly string[] = []): void {
    this.#extra = [...this.options.extra(), ...extra];
    for (const job of jobs) this.#chosen.add(taskOf(job).key);
  }

  /** Remote checkpoints are computed here: nodes read only folders, and often have no network access. */
  takes(job: AnalysisJob): boolean {
    return !isRemote(job.subject.at) && (this.options.always() || this.#chosen.has(taskOf(job).key));
  }

  /** Settles when its result is stored. @throws NeuroMfaError. */
  async analyze(job: AnalysisJob, { signal, onElsewhere }: CacheOptions): Promise<void> {
    if (!this.#analyses) throw storeless(job);
    const task = taskOf(job);
    if (this.options.always()) this.#extra = this.options.extra();
    try {
      await this.#analyses.analyze(job, { signal, onElsewhere });
      this.#forget(task);
    } catch (error) {
      if (signal?.aborted) this.#leave(task);
      else this.options.log.warn(`Slurm: ${String(error)}`);
      throw error;
    }
  }

  /** The analyses of submissions that an earlier window left. Unreadable ones are forgotten. */
  async former(): Promise<AnalysisJob[]> {
    const { state, store } = this.options;
    const ids = state.get<string[]>(STATE, []);
    if (!store) return [];
    for (const id of ids) {
      const submission = await JobFolder.of(store.directory, id)
        .submission()
        .catch(() => null);
      if (!submission) continue;
      this.#former.push(submission);
      this.#remember(submission);
    }
    this.#save();
    const jobs = this.#former.flatMap(({ tasks }) => tasks.flat());
    this.choose(jobs);
    return jobs.map(({ subject, settings }) => ({ subject, settings }));
  }

  /** The file with messages of a checkpoint's task; null where there is none. */
  async logOf(path: string): Promise<string | null> {
    const found = [...this.#submissions.values()].flatMap((submission) =>
      submission.tasks.flat().flatMap((task) => (task.subject.at === path ? [{ submission, task }] : [])),
    );
    const last = found.at(-1);
    return last && this.#dispatcher ? this.#dispatcher.log(last.submission, last.task) : null;
  }

  #remember(submission: Submission): void {
    for (const { key } of submission.tasks.flat()) this.#submissions.set(key, submission);
    this.#save();
  }

  /** A task that has succeeded needs no log. */
  #forget({ key }: Task): void {
    this.#submissions.delete(key);
    this.#chosen.delete(key);
    this.#save();
  }

  #save(): void {
    const ids = [...new Set([...this.#submissions.values()].map(({ id }) => id))];
    void this.options.state.update(STATE, ids.length > 0 ? ids : undefined);
  }

  /** Called when nobody waits for it any more. */
  #leave(task: Task): void {
    if (!this.#submissions.has(task.key)) return;
    this.#left.push(task);
    if (this.#left.length === 1) setTimeout(() => void this.#askToEnd(), ASKED_AFTER_MS);
  }

  async #askToEnd(): Promise<void> {
    const left = this.#left.splice(0);
    const keys = new Set(left.map(({ key }) => key));
    const submissions = new Set(left.flatMap(({ key }) => this.#submissions.get(key) ?? []));
    for (const task of left) this.#forget(task);
    try {
      if (!(await this.options.askToEnd(keys.size))) return;
      for (const submission of submissions) await this.#dispatcher?.cancel(submission, keys);
    } catch (error) {
      this.options.log.error(error instanceof Error ? error : String(error));
    }
  }
}
