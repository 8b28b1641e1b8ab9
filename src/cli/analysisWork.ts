/** What a command computes with: an engine, a store of results, and a scheduler that reports what failed. */
import { StoreFailure } from '../core/store/storeFailure';
import { UnstoredResults } from '../core/store/unstoredResults';
import type { Analysis, AnalysisResult, WithResult } from '../protocol/analysis';
import type { TensorComparison } from '../protocol/comparison';
import { NeuroMfaError } from '../protocol/errors';
import { MANY_REQUESTS, type RemotePrice } from '../protocol/remote';
import { jobKey, type AnalysisJob, type MethodSettings, type Subject } from '../protocol/subject';
import { secondsOf } from '../remote/coalesce';
import type { WorkEstimate } from '../worker/approval';
import { CachedAnalyses, CachedResults } from '../worker/cachedAnalyses';
import { Scheduler, type JobState, type SchedulerOptions } from '../worker/scheduler';
import { Agreement } from './agreement';
import { checkDispatch, type DispatchOptions } from './dispatchOptions';
import type { DispatchWork } from './dispatchWork';
import type { CliEngine, CliEnvironment } from './environment';
import { ProgressLine } from './progress';
import { reportError } from './report';
import { openStore, type StoreOptions } from './storeOption';
import { engineOptions, type WorkerOptions } from './workerOptions';

type Options = StoreOptions &
  WorkerOptions &
  DispatchOptions & {
    verbose?: true;
    /** Reads all weights of what lies elsewhere without asking. */
    yes?: true;
    /** See `keepFor`. */
    kept: string | null;
  };

export class AnalysisWork {
  readonly #progress: ProgressLine;
  readonly #analyses: Scheduler;
  /** Of those whose large arrays nobody wants. */
  readonly #results: Scheduler<WithResult>;
  readonly #unstored = new UnstoredResults();
  #found = 0;
  #failures = 0;
  #started = 0;
  readonly #elsewhere: DispatchWork | null;
  /** How analyses fare that other machines compute. */
  readonly #states = new Map<string, JobState<WithResult>>();

  /** @param total jobs that there will be. */
  private constructor(
    private readonly engine: CliEngine,
    private readonly options: Options,
    private readonly env: CliEnvironment,
    private total: number,
    private readonly store: Awaited<ReturnType<typeof openStore>>,
    Elsewhere: typeof DispatchWork | null,
    private readonly agreement: Agreement,
  ) {
    this.#progress = new ProgressLine(env);
    const onUnstored = (_job: AnalysisJob, error: unknown): void => {
      if (store) this.#unstored.note(StoreFailure.of(error, store.directory));
    };
    const analyses = new CachedAnalyses(engine, store, onUnstored);
    const results = new CachedResults(engine, store, onUnstored);
    this.#elsewhere = Elsewhere && store ? new Elsewhere(engine, store, options, env) : null;
    const far = this.#elsewhere;
    const queue: SchedulerOptions = {
      // All are looked up before what is missing is submitted.
      atATime: this.#elsewhere ? Infinity : 1,
      onEnd: ({ failures }) => {
        // What was declined ends the command, which says so.
        if (this.agreement.declined) return;
        for (const { error, thrown } of failures) this.report(error.subject, thrown);
      },
    };
    this.#analyses = new Scheduler((job, how) => (far ?? analyses).analyze(job, how), queue);
    this.#results = new Scheduler<WithResult>((job, how) => (far ?? results).analyze(job, how), queue);
  }

  /** @throws NeuroMfaError `usage` that names the option, before anything is computed. */
  static async open(options: Options, env: CliEnvironment, total: number): Promise<AnalysisWork> {
    const elsewhere = checkDispatch(options);
    // Where others compute, this machine only looks.
    const workers = engineOptions(elsewhere ? { ...options, threads: options.threads ?? 1 } : options);
    const store = await openStore(options, env);
    if (elsewhere && !store) {
      const cause = 'results come back through the store, and there is none';
      throw new NeuroMfaError(
        'usage',
        '--on slurm',
        cause,
        'Name a folder that all nodes share with --store',
      );
    }
    const work: { total: () => number } = { total: () => total };
    const agreement = new Agreement(env, options.yes === true, () => work.total());
    const Elsewhere = elsewhere ? (await import('./dispatchWork')).DispatchWork : null;
    const engine = env.createEngine({
      ...workers,
      kept: options.kept,
      approve: agreement.approve,
      onError: (error) => {
        reportError(env, error, 'worker pool', options.verbose ?? false);
      },
    });
    const opened = new AnalysisWork(engine, options, env, total, store, Elsewhere, agreement);
    work.total = () => opened.total;
    return opened;
  }

  /** There will be so many jobs more than was known. */
  expect(more: number): void {
    this.total += more;
  }

  /** Null where it failed, which has then been reported. @throws what interrupted it. */
  analyze(job: AnalysisJob): Promise<Analysis | null> {
    return this.#submit(this.#analyses, job);
  }

  /** The same where its large arrays are not wanted: a stored result is found in half the time. */
  async result(job: AnalysisJob): Promise<AnalysisResult | null> {
    return (await this.#submit(this.#results, job))?.result ?? null;
  }

  async #submit<A extends WithResult>(scheduler: Scheduler<A>, job: AnalysisJob): Promise<A | null> {
    const index = this.#started++;
    const { at } = job.subject;
    const { signal } = this.env;
    const [outcome] = await scheduler.submit([job], {
      signal,
      onReading: (reading) => {
        this.#progress.showReading(at, reading);
      },
      onState: (_job, state) => {
        if (state.kind === 'running' && state.progress)
          this.#progress.show(at, index, this.total, state.progress);
        if (this.#elsewhere) {
          this.#states.set(jobKey(job), state);
          this.#progress.showElsewhere([...this.#states.values()]);
        }
      },
    });
    if (signal.aborted && this.#elsewhere?.goesOn) throw this.#elsewhere.goesOn;
    signal.throwIfAborted();
    if (this.agreement.declined) throw this.agreement.declined;
    if (outcome?.kind === 'cancelled' && this.#elsewhere?.planned) return null;
    if (outcome?.kind !== 'done') {
      this.#failures++;
      return null;
    }
    this.#found++;
    return outcome.analysis;
  }

  /** What {@link analyze} would take, from headers alone. Null where it failed, which has then been reported. */
  async estimate({ subject, settings }: AnalysisJob): Promise<WorkEstimate | null> {
    const { signal } = this.env;
    try {
      return await this.engine.estimate(subject, settings, { signal });
    } catch (error) {
      signal.throwIfAborted();
      this.#failures++;
      this.report(subject.at, error);
      return null;
    }
  }

  /**
   * What reading the weights of so many checkpoints like this one takes over a network, the headers of this one being read. Null
   * where it failed, which has then been reported.
   */
  async price({ subject, settings }: AnalysisJob, checkpoints: number): Promise<RemotePrice | null> {
    const { signal, remote } = this.env;
    try {
      const before = await remote!.traffic();
      const { checkpoint } = await this.engine.describe(subject, { signal });
      const { pace, measured, ...after } = await remote!.traffic();
      const costs = async (how: MethodSettings): Promise<Omit<RemotePrice, 'checkpoints' | 'fileBytes'>> => {
        const values = await this.engine.price(subject, how, pace, { signal });
        const requests = values.requests + after.requests - before.requests;
        const bytes = values.bytes + after.bytes - before.bytes;
        const seconds = secondsOf({ bytes, requests }, measured);
        return {
          bytes: checkpoints * bytes,
          requests: checkpoints * requests,
          seconds: checkpoints * seconds,
        };
      };
      const own = await costs(settings);
      const scattered = settings.mode === 'sampled' && settings.draws === undefined;
      const many = scattered && own.requests > MANY_REQUESTS * checkpoints;
      return {
        checkpoints,
        fileBytes: checkpoints * checkpoint.bytes,
        ...own,
        ...(many && { runs: await costs({ ...settings, draws: 'runs' }) }),
      };
    } catch (error) {
      signal.throwIfAborted();
      this.#failures++;
      this.report(subject.at, error);
      return null;
    }
  }

  /** Reads the headers of all its files. @throws NeuroMfaError where it is not whole. */
  async open(subject: Subject): Promise<void> {
    await this.engine.describe(subject, { signal: this.env.signal });
  }

  /** What became of each tensor from one to the other. Null where it failed, which has then been reported. */
  async compare(subject: Subject, other: Subject): Promise<TensorComparison | null> {
    const { signal } = this.env;
    try {
      return await this.engine.compare(subject, other, {
        signal,
        onReading: (reading) => {
          this.#progress.showReading(other.at, reading);
        },
        onProgress: (progress) => {
          this.#progress.showTensors(other.at, progress);
        },
      });
    } catch (error) {
      signal.throwIfAborted();
      if (this.agreement.declined) throw this.agreement.declined;
      this.#failures++;
      this.report(other.at, error);
      return null;
    } finally {
      this.#progress.clear();
    }
  }

  /** One line on standard error about something that failed. */
  report(subject: string, error: unknown): void {
    this.#progress.clear();
    reportError(this.env, error, subject, this.options.verbose ?? false);
  }

  /** To be called at the end, also of work that is interrupted: results that could not be stored would be asked for again. */
  async close(): Promise<void> {
    this.#progress.clear();
    const failure = this.#unstored.failure(
      this.#found,
      'name another folder with --store, or use --no-store',
    );
    if (failure) this.report(failure.data.subject, failure);
    await this.engine.dispose();
    await this.#elsewhere?.close();
  }

  /** Whether other machines compute, so that it is best to ask for everything at the same time. */
  get together(): boolean {
    return this.#elsewhere !== null;
  }

  /** Whether everything was computed, and stored unless that was not wanted. */
  get complete(): boolean {
    const storeless = this.store === null && this.options.store !== false;
    return this.#failures === 0 && this.#unstored.count === 0 && !storeless;
  }
}
