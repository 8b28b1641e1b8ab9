/** Carries tasks out on threads of this process: one job per sample or per piece of a network. */
import { gaussianPlan } from '../core/analysis/plan';
import { momentsWorkload, workload } from '../core/analysis/workload';
import { changeOf, totalOf, type ChangeSums } from '../core/compare/change';
import type { Pair } from '../core/compare/pairs';
import type { LogRun } from '../core/metrics/runLogs';
import type { Metrics } from '../protocol/metrics';
import type { ValueSource } from '../core/compare/values';
import { networkStructure, structureDigest } from '../core/network/structure';
import { bytesAt } from '../core/storage/bytesAt';
import { changedWhileRead, nameState, type StampedFile } from '../core/storage/stamp';
import type { ResultSource } from '../core/store/resultSource';
import type { AnalysisResult, AnalysisSettings } from '../protocol/analysis';
import type { TensorComparison } from '../protocol/comparison';
import { NeuroMfaError } from '../protocol/errors';
import { isRemote, recordedSettings, type AnalysisJob, type Subject } from '../protocol/subject';
import type { TensorFacts } from '../protocol/tensorFacts';
import { checkApproved, type WorkEstimate } from './approval';
import { SharedControl } from './control';
import type { Answer, CheckpointFacts, Executor, Follow, SourcedAnalysis, Task, Verb } from './executor';
import { FullRun } from './fullRun';
import type { Description } from './inspectJobs';
import type { OpenedCheckpoint } from './openedCheckpoint';
import { cachedSamples } from './cachedSamples';
import { LimitedPool } from './limitedPool';
import { allocationWithin, defaultMemory, type Allocation } from './memory';
import { MemoryBudget, type Lease } from './memoryBudget';
import { WorkerPool, type Ways } from './pool';
import { readHeaders } from './readHeaders';
import { SampledRun } from './sampledRun';
import { cooperativeStop } from './stopping';
import type { ListedValues, PairedTensors } from './tensorJobs';
import type { WorkerThread } from './thread';
import { factsBufferBytes, readsOf } from '../core/compare/factsReads';
import { overTensors, workBytes, workMemory, type TensorWork } from './tensorRun';

export interface LocalExecutorOptions {
  /** Worker threads of every analysis. Default: up to `mostThreads`, fewer where there is little to do. */
  threads?: number;
  /** Default: one less than the processors that this process may use, at least 1. */
  mostThreads?: number;
  /** Memory limit of all analyses together, workers and results included. Default: {@link defaultMemory}. */
  memory?: MemoryBudget;
  /** Memory limit of the result alone, in bytes, where it stays in memory for long; default: that of the analysis. */
  mostResult?: number;
  /** Folder of the bundled `job.js` and `worker.js`. */
  directory: string;
  /** A thread that has been started ahead, to be the first worker. */
  begun?: WorkerThread | null;
  /** Called with faults of the pool that belong to no job. */
  onError?: (error: Error) => void;
  /** The way to what lies elsewhere; without one nothing is read there. */
  remote?: Ways | null;
  /** Where weights of samples are kept that came from there; null for nowhere. */
  kept?: string | null;
}

/**
 * A thread takes some tenths of a second of processor time to start and to compile our code: where each of several threads has
 * less to do than this, in seconds, they are no quicker than fewer.
 */
const MIN_SECONDS = 0.15;

/** Of a checkpoint of fewer bytes, most analyses take one thread. */
const MIN_BYTES = 200e6;

/** Bytes of one thread. */
const TENSORS_PER_SECOND = 600e6;

type OpenedJob = Pick<AnalysisJob, 'subject'> & { settings?: AnalysisJob['settings'] };

interface PreparedRun {
  run: FullRun | SampledRun;
  /** See `ResultSource`. */
  state: string | null;
  control: SharedControl;
  threads: number;
}

export class LocalExecutor implements Executor {
  readonly #pool: WorkerPool;
  readonly #memory: MemoryBudget;
  readonly #mostResult: number;
  /** Whether analyses take fewer threads where there is little to do. */
  readonly #adapts: boolean;
  readonly #remote: Ways | null;
  readonly #kept: string | null;
  readonly #verbs: { [V in Verb]: (task: Task<V>, follow: Follow) => Promise<Answer<V>> } = {
    describe: ({ subject }, follow) => this.#describe(subject, follow),
    inspect: ({ subject }, follow) => this.#read('inspect', subject, follow),
    estimate: async (job, follow) => {
      const opened = await this.#open(job, follow);
      return this.#prepare(job.subject.at, opened, recordedSettings(job)).estimate;
    },
    price: async ({ pace, ...job }, follow) => {
      const { plan, files, weights } = await this.#open(job, follow);
      const settings = recordedSettings(job);
      const kept = cachedSamples({ plan, files, weights }, settings, this.#kept);
      const params = { plan, settings, pace, kept };
      return this.#pool.run('price', params, job.subject.at, follow.signal);
    },
    analyze: (job, follow) => this.#analyze(job, follow),
    recognize: (job, follow) => this.#recognize(job, follow),
    facts: ({ subject }, follow) => this.#facts(subject, follow),
    metrics: ({ run }, { signal }) => this.#metrics(run, signal),
    compare: ({ subject, other }, follow) => this.#compare(subject, other, follow),
  };

  constructor({
    directory,
    threads,
    mostThreads,
    memory = new MemoryBudget(defaultMemory),
    mostResult = Infinity,
    onError = () => undefined,
    remote = null,
    kept = null,
    begun = null,
  }: LocalExecutorOptions) {
    this.#memory = memory;
    this.#mostResult = mostResult;
    this.#remote = remote;
    this.#kept = kept;
    this.#adapts = threads === undefined;
    this.#pool = new WorkerPool(directory, threads ?? mostThreads, onError, remote, begun);
  }

  submit<V extends Verb>(task: Task<V>, follow: Follow): Promise<Answer<V>> {
    if (this.#remote && locationsIn(task as Task).some(isRemote)) this.#remote.open();
    // Each verb has its own kind of task, which the compiler cannot express here.
    const carryOut = this.#verbs[task.verb] as unknown as (
      task: Task<V>,
      follow: Follow,
    ) => Promise<Answer<V>>;
    return carryOut(task, follow);
  }

  async dispose(): Promise<void> {
    await this.#pool.destroy();
  }

  /** Describes drawn weights by what they are drawn from. */
  async #describe(subject: Subject, follow: Follow): Promise<Description> {
    if (subject.weights.kind === 'stored' && !subject.common) return this.#read('describe', subject, follow);
    const opened = await this.#open({ subject: { ...subject, part: null } }, follow);
    return { checkpoint: opened.info, fault: null, state: stateOf(opened) };
  }

  /**
   * Reads the headers of a checkpoint, and of the one whose nodes count alone.
   * @throws NeuroMfaError also where that one is not what the settings name, or is of another structure.
   */
  async #open({ subject, settings }: OpenedJob, follow: Follow): Promise<OpenedCheckpoint> {
    const { common: other, ...own } = subject;
    const opened = await this.#read('open', own, follow);
    if (!other) return opened;
    const common = await this.#read('open', { ...other, part: own.part }, follow);
    if (settings?.common !== undefined && settings.common !== common.info.fingerprint)
      throw changedWhileRead(other.at);
    if (structureOf(opened) !== structureOf(common))
      throw new NeuroMfaError(
        'unsupported',
        own.at,
        `its network is not that of ${other.at}, so the two have no neurons in common`,
        'Compare checkpoints of one network, or take all neurons',
      );
    return { ...opened, common };
  }

  #read<K extends 'describe' | 'inspect' | 'open'>(name: K, subject: Subject, { signal, onReading }: Follow) {
    return readHeaders(subject.at, { signal, onReading }, (reading, kill) =>
      this.#pool.run(name, { subject, reading }, subject.at, kill),
    );
  }

  #recognize(job: AnalysisJob, follow: Follow): Promise<ResultSource> {
    return this.#withRun(job, follow, async ({ run, state }) => ({
      state,
      digest: await run.digest(follow.onProgress),
    }));
  }

  /** On a thread: a log may have a hundred megabytes. */
  async #metrics(run: LogRun, signal: AbortSignal | undefined): Promise<Metrics> {
    const stopping = cooperativeStop(new SharedControl(), signal);
    try {
      return await this.#pool.run('metrics', { run }, run.path, stopping.kill);
    } finally {
      stopping.dispose();
    }
  }

  #compare(a: Subject, b: Subject, follow: Follow): Promise<TensorComparison> {
    const { at } = b;
    return this.#overTensors<PairedTensors, Pair, ChangeSums, TensorComparison>(at, follow, {
      open: (reading, kill) => this.#pool.run('pair', { a, b, reading }, at, kill),
      workOf: ({ pairs }) => ({
        items: pairs,
        sourcesOf: (pair) => [pair.a, pair.b],
        readsOf: () => 1,
        bufferBytesOf: () => 0,
      }),
      run: (pool, pairs, control, kill) => pool.run('compareTensors', { pairs, control }, at, kill),
      answer: ({ pairs, files: _, ...paired }, sums) => ({
        ...paired,
        changed: pairs.map((pair, i) => changeOf(pair, sums[i]!)),
        total: totalOf(sums),
      }),
    });
  }

  #facts(subject: Subject, follow: Follow): Promise<CheckpointFacts> {
    const { at } = subject;
    return this.#overTensors<ListedValues, ValueSource, TensorFacts, CheckpointFacts>(at, follow, {
      open: (reading, kill) => this.#pool.run('listValues', { subject, reading }, at, kill),
      workOf: ({ tensors }) => ({
        items: tensors,
        sourcesOf: (tensor) => [tensor],
        readsOf,
        bufferBytesOf: factsBufferBytes,
      }),
      run: (pool, tensors, control, kill) => pool.run('factsOfTensors', { tensors, control }, at, kill),
      answer: ({ checkpoint }, tensors) => ({ checkpoint, tensors }),
    });
  }

  /** Opens something, reads tensors of it on threads, and makes an answer of what was found of each. */
  async #overTensors<Opened extends { files: readonly StampedFile[] }, Item, Found, T>(
    at: string,
    { signal, onReading, onProgress, approve }: Follow,
    {
      open,
      workOf,
      run,
      answer,
    }: {
      open: (reading: SharedArrayBuffer, kill: AbortSignal) => Promise<Opened>;
      workOf: (opened: Opened) => TensorWork<Item>;
      run: (
        pool: LimitedPool,
        items: readonly Item[],
        control: SharedArrayBuffer,
        kill: AbortSignal,
      ) => Promise<Found[]>;
      answer: (opened: Opened, found: Found[]) => T;
    },
  ): Promise<T> {
    const control = new SharedControl();
    const stopping = cooperativeStop(control, signal);
    let lease: Lease<{ threads: number; memory: number }> | undefined;
    try {
      const opened = await readHeaders(at, { signal, onReading }, open);
      const work = workOf(opened);
      const each = workMemory(work);
      const allocate = (memory: number): { threads: number; memory: number } => {
        const threads = Math.max(1, Math.min(this.#pool.threads, Math.floor(memory / each)));
        return { threads, memory: threads * each };
      };
      const bytes = workBytes(work);
      const { threads, memory } = allocate(this.#memory.limit());
      const seconds = bytes / TENSORS_PER_SECOND / threads;
      await checkApproved(at, { fileBytes: bytes, bytes, seconds, threads, memory }, approve, signal, true);
      lease = await this.#memory.lease(allocate, at, signal);
      const pool = new LimitedPool(this.#pool, lease.allocation.threads);
      const found = await overTensors(
        work,
        (items) => run(pool, items, control.buffer, stopping.kill),
        control,
        stopping,
        onProgress,
      );
      await this.#pool.run('expectUnchanged', { files: opened.files }, at, stopping.kill);
      return answer(opened, found);
    } finally {
      lease?.release();
      stopping.dispose();
    }
  }

  async #analyze(job: AnalysisJob, follow: Follow): Promise<SourcedAnalysis> {
    const begin = performance.now();
    const cpuBegin = process.cpuUsage();
    return this.#withRun(job, follow, async ({ run, state, control, threads }) => {
      const timing = (): AnalysisResult['timing'] => {
        const cpu = process.cpuUsage(cpuBegin);
        return {
          wall: performance.now() - begin,
          cpu: (cpu.user + cpu.system) / 1000,
          bytesRead: control.bytesRead,
          threads,
        };
      };
      const { analysis, digest } = await run.analyze(follow.onProgress, timing);
      // The digest is that of one network, and the numbers are of two.
      return { ...analysis, source: { state, digest: job.subject.common ? null : digest } };
    });
  }

  /**
   * Opens a checkpoint for as long as `use` takes.
   * @throws NeuroMfaError also where one of its files has changed meanwhile.
   */
  async #withRun<T>(
    job: AnalysisJob,
    { signal, onReading, approve }: Follow,
    use: (prepared: PreparedRun) => Promise<T>,
  ): Promise<T> {
    const { at } = job.subject;
    if (signal?.aborted) throw new NeuroMfaError('cancelled', at, 'it was canceled', '');
    const settings = recordedSettings(job);
    const control = new SharedControl();
    const stopping = cooperativeStop(control, signal);
    let lease: Lease<Allocation> | undefined;
    try {
      const opening = this.#open(job, { signal: stopping.kill, onReading });
      void this.#warm(at);
      const opened = await opening;
      const { estimate, allocate } = this.#prepare(at, opened, settings);
      const { weights } = opened;
      const everything = weights === 'gaussian' || (settings.mode === 'full' && weights === 'stored');
      await checkApproved(at, estimate, approve, signal, everything);
      lease = await this.#memory.lease(allocate, at, signal);
      const { threads, chunkBytes } = lease.allocation;
      const pool = new LimitedPool(this.#pool, threads);
      const Run = settings.mode === 'full' ? FullRun : SampledRun;
      const run = new Run(pool, chunkBytes, at, opened, settings, control, stopping, this.#kept);
      const done = await use({ run, state: stateOf(opened), control, threads });
      await this.#pool.run('expectUnchanged', { files: filesOf(opened) }, at, stopping.kill);
      return done;
    } finally {
      lease?.release();
      stopping.dispose();
    }
  }

  /** Starts a second worker while the first one opens the checkpoint, where both will have something to do. */
  async #warm(at: string): Promise<void> {
    const isSmall = this.#adapts && !isRemote(at) && (await bytesAt(at)) < MIN_BYTES;
    if (!isSmall) this.#pool.warm();
  }

  #prepare(
    path: string,
    { plan, info, weights, network, common }: OpenedCheckpoint,
    settings: AnalysisSettings,
  ): { estimate: WorkEstimate; allocate: (bytes: number) => Allocation } {
    const units = new Set(network.projections.map(({ block, name }) => block ?? name)).size;
    const { threads: most } = this.#pool;
    const work =
      weights === 'gaussian'
        ? momentsWorkload(workload(gaussianPlan(plan), settings, most, units), plan)
        : workload(plan, settings, most, units);
    const useful = this.#adapts ? Math.max(1, Math.floor(work.seconds / MIN_SECONDS)) : most;
    const allocate = (memory: number): Allocation =>
      allocationWithin({ memory, result: this.#mostResult }, Math.min(most, useful), work, path);
    const { threads, memory } = allocate(this.#memory.limit());
    // Another network of the same shape is counted as well, where its nodes count alone.
    const networks = common ? 2 : 1;
    const [bytes, seconds] = [networks * work.bytes, (networks * work.seconds) / threads];
    return { allocate, estimate: { fileBytes: info.bytes, bytes, seconds, threads, memory } };
  }
}

/** Null where no weights are read: the fingerprint alone identifies drawn weights. */
function stateOf(opened: OpenedCheckpoint): string | null {
  const read = [opened, opened.common].flatMap((each) => (each && each.weights !== 'init' ? each.files : []));
  return read.length === 0 ? null : nameState(read);
}

const structureOf = ({ network }: OpenedCheckpoint): string => structureDigest(networkStructure(network));

/** All files that it is read from. */
const filesOf = ({ files, common }: OpenedCheckpoint): StampedFile[] => [...files, ...(common?.files ?? [])];

/** Where a task reads. */
function locationsIn(task: Task): string[] {
  const subjects = [
    ...('subject' in task ? [task.subject, task.subject.common] : []),
    ...('other' in task ? [task.other, task.other.common] : []),
  ];
  return subjects.flatMap((each) =>
    each ? [each.at, ...(typeof each.base === 'string' ? [each.base] : [])] : [],
  );
}
