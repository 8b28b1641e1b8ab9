/**
 * The engine that the extension and the command line share: it owns the worker pool and turns one checkpoint into
 * one result.
 */
import { setMaxListeners } from 'node:events';
import { summarizeAnalysis } from '../core/analysis/summarize';
import type { Analysis, AnalysisSettings, CheckpointInfo } from '../protocol/analysis';
import { NeuroMfaError } from '../protocol/errors';
import type { Inspection } from '../protocol/inspection';
import type { AnalysisProgress } from '../protocol/panel';
import { SharedControl } from './control';
import type { OpenedCheckpoint, SampleOutcome } from './job';
import { WorkerPool } from './pool';

/** How long workers may take to notice a cancellation before they are ended. Users wait half a second at most. */
const CANCEL_GRACE_MS = 250;
const PROGRESS_EVERY_MS = 100;

export interface EngineOptions {
  /** Worker threads; default: processors − 1, at least 1. */
  threads?: number;
  /** Folder of the bundled `job.js` and `worker.js`. */
  directory: string;
  /** Told of faults of the pool that belong to no job. */
  onError?: (error: Error) => void;
}

export interface RunOptions {
  signal?: AbortSignal;
  onProgress?: (progress: AnalysisProgress) => void;
}

export class Engine {
  readonly #pool: WorkerPool;

  constructor({ directory, threads, onError = () => undefined }: EngineOptions) {
    this.#pool = new WorkerPool(directory, threads, onError);
  }

  /** Reads headers only. @throws NeuroMfaError naming the file, the cause and the next step. */
  async inspect(path: string, { signal }: RunOptions = {}): Promise<Inspection> {
    return this.#pool.run('inspect', { path }, path, signal);
  }

  /**
   * Analyses the checkpoint at `path` (a file, an index, or a folder holding one checkpoint): one job per sample.
   * Aborting `signal` rejects with `cancelled` once no worker is busy with it, within half a second.
   *
   * @throws NeuroMfaError naming the file, the cause and the next step.
   */
  async analyze(path: string, settings: AnalysisSettings, options: RunOptions = {}): Promise<Analysis> {
    return this.#analyze('open', path, settings, options);
  }

  /**
   * What {@link analyzeInitial} will be about, from headers alone: its fingerprint tells stored results apart.
   * @throws NeuroMfaError; `unsupported` where no initialiser is known for the architecture.
   */
  async describeInitial(path: string, { signal }: RunOptions = {}): Promise<CheckpointInfo> {
    return (await this.#pool.run('openInitial', { path }, path, signal)).info;
  }

  /**
   * Analyses the network of the checkpoint at `path` as it was before training: synthetic weights, drawn from the
   * architecture's documented initialiser. Otherwise as {@link analyze}.
   *
   * @throws NeuroMfaError; `unsupported` where no initialiser is known for the architecture.
   */
  async analyzeInitial(
    path: string,
    settings: AnalysisSettings,
    options: RunOptions = {},
  ): Promise<Analysis> {
    return this.#analyze('openInitial', path, settings, options);
  }

  async #analyze(
    open: 'open' | 'openInitial',
    path: string,
    settings: AnalysisSettings,
    options: RunOptions,
  ): Promise<Analysis> {
    if (options.signal?.aborted) throw new NeuroMfaError('cancelled', path, 'it was cancelled', '');
    const begin = performance.now();
    const control = new SharedControl();
    const stopping = cooperativeStop(control, options.signal);
    try {
      const { info, network, ...weights } = await this.#pool.run(open, { path }, path, stopping.kill);
      const samples = await this.#samples(path, weights, settings, control, stopping, options.onProgress);
      const timing = {
        wall: performance.now() - begin,
        cpu: samples.reduce((sum, sample) => sum + sample.cpu, 0),
        bytesRead: control.bytesRead,
        threads: this.#pool.threads,
      };
      return summarizeAnalysis(info, network, settings, samples, timing);
    } finally {
      stopping.dispose();
    }
  }

  /** Ends the workers; running analyses reject. */
  async dispose(): Promise<void> {
    await this.#pool.destroy();
  }

  async #samples(
    path: string,
    weights: Pick<OpenedCheckpoint, 'plan' | 'deviations'>,
    settings: AnalysisSettings,
    control: SharedControl,
    stopping: Stopping,
    onProgress: RunOptions['onProgress'],
  ): Promise<SampleOutcome[]> {
    let done = 0;
    const report = (): void => onProgress?.({ done, total: settings.samples, bytesRead: control.bytesRead });
    const timer = setInterval(report, PROGRESS_EVERY_MS);
    report();
    try {
      return await allOrStop(
        Array.from({ length: settings.samples }, async (_, index) => {
          const seed = settings.seed + index;
          const job = { ...weights, settings, seed, control: control.buffer };
          const outcome = await this.#pool.run(
            'sample',
            job,
            `${path} (sample with seed ${seed})`,
            stopping.kill,
          );
          done++;
          report();
          return outcome;
        }),
        stopping,
      );
    } finally {
      clearInterval(timer);
    }
  }
}

interface Stopping {
  /** Aborts when workers must be ended. */
  kill: AbortSignal;
  /** Asks the workers to stop, and ends them after a grace. */
  stop(): void;
  dispose(): void;
}

function cooperativeStop(control: SharedControl, signal: AbortSignal | undefined): Stopping {
  const killer = new AbortController();
  setMaxListeners(0, killer.signal); // one listener per job is what we want, however many samples
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    control.stop();
    timer ??= setTimeout(() => {
      killer.abort();
    }, CANCEL_GRACE_MS);
  };
  signal?.addEventListener('abort', stop, { once: true });
  return {
    kill: killer.signal,
    stop,
    dispose() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    },
  };
}

/** All results, or the first failure once every job has ended: after a failure the rest is asked to stop. */
async function allOrStop<T>(jobs: readonly Promise<T>[], stopping: Stopping): Promise<T[]> {
  const settled = await Promise.allSettled(
    jobs.map((job) =>
      job.catch((error: unknown) => {
        stopping.stop();
        throw error;
      }),
    ),
  );
  const failures = settled.filter((each) => each.status === 'rejected').map((each) => each.reason as unknown);
  if (failures.length === 0) return settled.map((each) => (each as PromiseFulfilledResult<T>).value);
  // What failed first made the others stop: prefer it over their being cancelled.
  throw (
    failures.find((error) => !(error instanceof NeuroMfaError && error.code === 'cancelled')) ?? failures[0]
  );
}
