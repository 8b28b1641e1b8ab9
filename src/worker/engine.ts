/**
 * The engine that the extension and the command line share: it owns the worker pool and turns one checkpoint into
 * one result.
 */
import type { BaseChoice } from '../core/adapter/model';
import { nameState } from '../core/storage/stamp';
import type { ResultSource } from '../core/store/resultSource';
import type {
  AdapterInfo,
  Analysis,
  AnalysisResult,
  AnalysisSettings,
  CheckpointInfo,
} from '../protocol/analysis';
import { NeuroMfaError } from '../protocol/errors';
import type { PackedInspection, ReadingProgress } from '../protocol/inspect';
import type { Inspection } from '../protocol/inspection';
import type { AnalysisProgress } from '../protocol/panel';
import type { DrawnBaseline } from '../protocol/run';
import { gaussianPlan } from '../core/analysis/plan';
import { momentsWorkload, workload } from '../core/analysis/workload';
import { checkApproved, type Approve, type WorkEstimate } from './approval';
import { SharedControl } from './control';
import { FullRun } from './fullRun';
import type { Description } from './inspectJobs';
import type { OpenedCheckpoint } from './job';
import { LimitedPool } from './limitedPool';
import { allocationWithin, defaultMemory, type Allocation } from './memory';
import { MemoryBudget, type Lease } from './memoryBudget';
import { WorkerPool } from './pool';
import { readHeaders } from './readHeaders';
import { SampledRun } from './sampledRun';
import { cooperativeStop } from './stopping';

export interface EngineOptions {
  /** Worker threads; default: processors − 1, at least 1. */
  threads?: number;
  /** What all analyses together may take, their workers and their results. Default: {@link defaultMemory}. */
  memory?: MemoryBudget;
  /** Bytes that the result alone may take, where it is held for long; default: no less than the whole analysis. */
  mostResult?: number;
  /** Folder of the bundled `job.js` and `worker.js`. */
  directory: string;
  /** Asked before anything large is read, see {@link checkApproved}. */
  approve?: Approve;
  /** Told of faults of the pool that belong to no job. */
  onError?: (error: Error) => void;
}

export interface RunOptions {
  /** Where the base of a low-rank adapter is. */
  base?: BaseChoice;
  signal?: AbortSignal;
  onProgress?: (progress: AnalysisProgress) => void;
  /** Told how far reading the headers has come, while that takes long. */
  onReading?: (progress: ReadingProgress) => void;
  /** The user has agreed already to reading as much as it takes. */
  approved?: boolean;
}

/** An analysis, and the bytes that it is of. */
export interface SourcedAnalysis extends Analysis {
  source: ResultSource;
}

/** The job that opens each kind of synthetic step 0. */
const OPEN = { init: 'openInitial', gaussian: 'openGaussian' } as const;
type Opening = 'open' | (typeof OPEN)[DrawnBaseline];

/** What an analysis of drawn weights is about. */
export interface InitialDescription {
  checkpoint: CheckpointInfo;
  /** See `ResultSource`. */
  state: string | null;
}

interface PreparedRun {
  run: FullRun | SampledRun;
  /** See `ResultSource`. */
  state: string | null;
  control: SharedControl;
  threads: number;
}

export class Engine {
  readonly #pool: WorkerPool;

  readonly #memory: MemoryBudget;
  readonly #mostResult: number;
  readonly #approve: Approve | undefined;

  constructor({
    directory,
    threads,
    memory = new MemoryBudget(defaultMemory),
    mostResult = Infinity,
    approve,
    onError = () => undefined,
  }: EngineOptions) {
    this.#memory = memory;
    this.#mostResult = mostResult;
    this.#approve = approve;
    this.#pool = new WorkerPool(directory, threads, onError);
  }

  /**
   * What checkpoint it is, from headers alone.
   * @throws NeuroMfaError naming the file, the cause and the next step.
   */
  async describe(path: string, { base, signal }: RunOptions = {}): Promise<Description> {
    return readHeaders(path, { signal }, (told, kill) =>
      this.#pool.run('describe', { path, base, told }, path, kill),
    );
  }

  /**
   * Reads headers only.
   * @param subset the part of the network to show; null for all of it.
   * @throws NeuroMfaError naming the file, the cause and the next step.
   */
  async inspect(
    path: string,
    { base, signal, onReading }: RunOptions = {},
    subset: AnalysisSettings['subset'] = null,
  ): Promise<Inspection> {
    return readHeaders(path, { signal, onReading }, (told, kill) =>
      this.#pool.run('inspect', { path, base, subset, told }, path, kill),
    );
  }

  /**
   * What the checkpoint at `path` is as a low-rank adapter; null where it is none.
   * @throws NeuroMfaError as {@link inspect}; `unsupported` for adapters that cannot be analysed.
   */
  async adapter(path: string, { signal }: RunOptions = {}): Promise<AdapterInfo | null> {
    return readHeaders(path, { signal }, (told, kill) =>
      this.#pool.run('adapter', { path, told }, path, kill),
    );
  }

  /** {@link inspect} for a page: the tensors as columns, in natural order of their names. */
  async inspectPacked(path: string, { base, signal, onReading }: RunOptions = {}): Promise<PackedInspection> {
    return readHeaders(path, { signal, onReading }, (told, kill) =>
      this.#pool.run('inspectPacked', { path, base, told }, path, kill),
    );
  }

  /**
   * What {@link analyze} would take, from headers alone.
   * @throws NeuroMfaError as it would.
   */
  async estimate(
    path: string,
    settings: AnalysisSettings,
    { base, signal }: RunOptions = {},
  ): Promise<WorkEstimate> {
    const job = { path, base, subset: settings.subset };
    const opened = await readHeaders(path, { signal }, (told, kill) =>
      this.#pool.run('open', { ...job, told }, path, kill),
    );
    return this.#prepare(path, opened, settings).estimate;
  }

  /**
   * Analyses the checkpoint at `path` (a file, an index, or a folder holding one checkpoint): one job per sample.
   * Aborting `signal` rejects with `cancelled` once no worker is busy with it, within half a second.
   *
   * @throws NeuroMfaError naming the file, the cause and the next step.
   */
  async analyze(
    path: string,
    settings: AnalysisSettings,
    options: RunOptions = {},
  ): Promise<SourcedAnalysis> {
    return this.#analyze('open', path, settings, options);
  }

  /**
   * Names the bytes that {@link analyze} or {@link analyzeInitial} would read, by reading them: a stored result of the same
   * fingerprint and digest is a result of these bytes, wherever they lay then.
   * @param initial which weights are meant; null for those that are stored.
   * @throws NeuroMfaError as the analysis would.
   */
  async recognize(
    path: string,
    initial: DrawnBaseline | null,
    settings: AnalysisSettings,
    options: RunOptions = {},
  ): Promise<ResultSource> {
    const open = initial ? OPEN[initial] : 'open';
    return this.#withRun(open, path, settings, options, async ({ run, state }) => ({
      state,
      digest: await run.digest(options.onProgress),
    }));
  }

  /**
   * What {@link analyzeInitial} will be about, from headers alone: its fingerprint tells stored results apart.
   * @throws NeuroMfaError; `unsupported` where no initialiser is documented for the architecture.
   */
  async describeInitial(
    path: string,
    kind: DrawnBaseline,
    { base, signal }: RunOptions = {},
  ): Promise<InitialDescription> {
    const job = { path, base, subset: null };
    const opened = await readHeaders(path, { signal }, (told, kill) =>
      this.#pool.run(OPEN[kind], { ...job, told }, path, kill),
    );
    return { checkpoint: opened.info, state: stateOf(opened) };
  }

  /**
   * Analyses the network of the checkpoint at `path` as it was, or may have been, before training: synthetic weights, drawn
   * from the architecture's documented initialiser, or Gaussian with the moments of the checkpoint's own tensors, all of
   * which are read for them. Otherwise as {@link analyze}.
   *
   * @throws NeuroMfaError; `unsupported` where no initialiser is documented for the architecture.
   */
  async analyzeInitial(
    path: string,
    kind: DrawnBaseline,
    settings: AnalysisSettings,
    options: RunOptions = {},
  ): Promise<SourcedAnalysis> {
    return this.#analyze(OPEN[kind], path, settings, options);
  }

  async #analyze(
    open: Opening,
    path: string,
    settings: AnalysisSettings,
    options: RunOptions,
  ): Promise<SourcedAnalysis> {
    const begin = performance.now();
    const cpuBegin = process.cpuUsage();
    return this.#withRun(open, path, settings, options, async ({ run, state, control, threads }) => {
      const timing = (): AnalysisResult['timing'] => {
        const cpu = process.cpuUsage(cpuBegin);
        return {
          wall: performance.now() - begin,
          cpu: (cpu.user + cpu.system) / 1000,
          bytesRead: control.bytesRead,
          threads,
        };
      };
      const { analysis, digest } = await run.analyze(options.onProgress, timing);
      return { ...analysis, source: { state, digest } };
    });
  }

  /**
   * Opens a checkpoint for as long as `use` takes.
   * @throws NeuroMfaError also where one of its files has changed meanwhile.
   */
  async #withRun<T>(
    open: Opening,
    path: string,
    settings: AnalysisSettings,
    options: RunOptions,
    use: (prepared: PreparedRun) => Promise<T>,
  ): Promise<T> {
    if (options.signal?.aborted) throw new NeuroMfaError('cancelled', path, 'it was cancelled', '');
    const control = new SharedControl();
    const stopping = cooperativeStop(control, options.signal);
    let lease: Lease<Allocation> | undefined;
    try {
      const job = { path, base: options.base, subset: settings.subset };
      const how = { signal: stopping.kill, onReading: options.onReading };
      const opened = await readHeaders(path, how, (told, kill) => {
        const opening = this.#pool.run(open, { ...job, told }, path, kill);
        this.#pool.warm();
        return opening;
      });
      const { estimate, allocate } = this.#prepare(path, opened, settings);
      const approve = options.approved ? undefined : this.#approve;
      await checkApproved(path, estimate, approve, options.signal);
      lease = await this.#memory.lease(allocate, path, options.signal);
      const { threads, chunkBytes } = lease.allocation;
      const pool = new LimitedPool(this.#pool, threads);
      const Run = settings.mode === 'full' ? FullRun : SampledRun;
      const run = new Run(pool, chunkBytes, path, opened, settings, control, stopping);
      const done = await use({ run, state: stateOf(opened), control, threads });
      await this.#pool.run('expectUnchanged', { files: opened.files }, path, stopping.kill);
      return done;
    } finally {
      lease?.release();
      stopping.dispose();
    }
  }

  /** Ends the workers; running analyses reject. */
  async dispose(): Promise<void> {
    await this.#pool.destroy();
  }

  #prepare(
    path: string,
    { plan, info, weights, network }: OpenedCheckpoint,
    settings: AnalysisSettings,
  ): { estimate: WorkEstimate; allocate: (bytes: number) => Allocation } {
    const units = new Set(network.projections.map(({ block, name }) => block ?? name)).size;
    const { threads: most } = this.#pool;
    const work =
      weights === 'gaussian'
        ? momentsWorkload(workload(gaussianPlan(plan), settings, most, units), plan)
        : workload(plan, settings, most, units);
    const allocate = (memory: number): Allocation =>
      allocationWithin({ memory, result: this.#mostResult }, most, work, path);
    const { threads, memory } = allocate(this.#memory.limit());
    const { bytes } = work;
    return {
      allocate,
      estimate: { fileBytes: info.bytes, bytes, seconds: work.seconds / threads, threads, memory },
    };
  }
}

/** Null where no weights are read: what is drawn is named by the fingerprint alone. */
function stateOf({ files, weights }: OpenedCheckpoint): string | null {
  return weights === 'init' ? null : nameState(files);
}
