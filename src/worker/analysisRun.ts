/** The common part of sampled and full runs: workers, the weights that are analyzed, and progress. */
import { faultsOf, type ExaminedPart, type Faults } from '../core/analysis/examine';
import type { Moments } from '../core/stats/moments';
import { drawnPlan, type AnalysisPlan } from '../core/analysis/plan';
import { gaussianWeights } from '../core/emergence/gaussianNetwork';
import { drawingOf } from '../core/sampling/drawNeurons';
import { digestOf } from '../core/store/resultSource';
import type { AnalysisSettings } from '../protocol/analysis';
import { isRemote } from '../protocol/subject';
import type { SharedControl } from './control';
import type { ReportProgress } from './digested';
import type { OpenedCheckpoint } from './openedCheckpoint';
import { cachedSamples, type CachedSamples } from './cachedSamples';
import type { LimitedPool } from './limitedPool';
import { sharePlan, type SharedPlan } from './sharedPlan';
import { allOrStop, type Stopping } from './stopping';

const PROGRESS_EVERY_MS = 100;

/** Reading jobs per thread: enough to keep all threads busy to the end. */
export const JOBS_PER_THREAD = 4;

/** Numbers the announcements of this process. */
let lastAnnounced = 0;

export abstract class AnalysisRun {
  /** Plan of the weights that are analyzed, once {@link begin} has found them. */
  protected plan: AnalysisPlan;
  protected readonly kept: CachedSamples | null;
  #shared: { plan: AnalysisPlan; shared: SharedPlan } | undefined;
  #done = 0;
  #report: () => void = () => undefined;

  constructor(
    protected readonly pool: LimitedPool,
    protected readonly chunkBytes: number,
    protected readonly path: string,
    protected readonly opened: OpenedCheckpoint,
    protected readonly settings: AnalysisSettings,
    protected readonly control: SharedControl,
    protected readonly stopping: Stopping,
    /** Where samples of what lies elsewhere are kept; null for nowhere. */
    private readonly directory: string | null = null,
  ) {
    this.plan = opened.plan;
    this.kept = settings.mode === 'full' ? null : cachedSamples(opened, settings, directory);
  }

  /** The plan as jobs are given it. */
  protected get sharedPlan(): SharedPlan {
    const { plan } = this;
    if (this.#shared?.plan !== plan) this.#shared = { plan, shared: sharePlan(plan) };
    return this.#shared.shared;
  }

  /** A run of the same kind of another checkpoint. */
  protected of<T>(
    Run: new (...rest: ConstructorParameters<typeof AnalysisRun>) => T,
    opened: OpenedCheckpoint,
  ): T {
    const { pool, chunkBytes, path, settings, control, stopping, directory } = this;
    return new Run(pool, chunkBytes, path, opened, settings, control, stopping, directory);
  }

  /**
   * Finds the weights that are analyzed. Gaussian weights need the moments of the stored ones first.
   * @returns the digest of what weights are drawn from; null where they are stored, and recognized by their bytes. See
   *   `ResultSource`.
   * @throws NeuroMfaError `unsupported` where moments are no finite numbers.
   */
  protected async begin(): Promise<string | null> {
    const { weights, config, network } = this.opened;
    if (weights === 'stored') return null;
    if (weights === 'init') return digestOf(config);
    const moments = await this.moments();
    const numbers = moments.flatMap((parts) =>
      parts.flatMap(({ count, mean, squares }) => [count, mean, squares]),
    );
    this.plan = drawnPlan(this.plan, gaussianWeights(network, moments));
    return digestOf(config, Float64Array.from(numbers));
  }

  /**
   * Reads weights with several threads, each byte once and in about the order of the network: where they lie elsewhere, all of
   * them are asked for before a job waits for its own.
   * @param sampled the samples that are read; null for all weights.
   * @param work given the bytes that are read; null where they lie on this machine.
   */
  protected async readingAhead<T>(
    sampled: { neurons: number; drawn: readonly SharedArrayBuffer[] } | null,
    work: (bytes: number | null) => Promise<T>,
  ): Promise<T> {
    if (!this.opened.files.some(({ path }) => isRemote(path))) return work(null);
    const name = `analysis ${++lastAnnounced}`;
    try {
      const job = { name, plan: this.sharedPlan, sampled, control: this.control.buffer };
      return await work(await this.pool.run('tellAhead', job, this.path, this.stopping.kill));
    } finally {
      this.pool.forget(name);
    }
  }

  /** Reports now and then, while `work` lasts, how many of `total` pieces {@link advance} has counted. */
  protected async reporting<T>(
    onProgress: ReportProgress | undefined,
    total: number,
    work: () => Promise<T>,
  ): Promise<T> {
    this.#report = () => onProgress?.({ done: this.#done, total, bytesRead: this.control.bytesRead });
    const timer = setInterval(this.#report, PROGRESS_EVERY_MS);
    this.#report();
    try {
      return await work();
    } finally {
      clearInterval(timer);
    }
  }

  protected advance(pieces = 1): void {
    this.#done += pieces;
    this.#report();
  }

  /**
   * Examines the weights of suspicious projections again; does nothing for drawn weights.
   * @param suspects their places in the network.
   * @param seeds of the samples whose weights are looked at; null: all weights.
   * @param counting whether NaN and infinity are counted; else only what is all zeros is found.
   */
  protected async examine(
    suspects: readonly number[],
    seeds: readonly number[] | null,
    counting: boolean,
  ): Promise<Faults> {
    const { opened, settings, control, path, pool, stopping, kept } = this;
    if (opened.weights !== 'stored' || suspects.length === 0) return {};
    const runs = inRuns(suspects, JOBS_PER_THREAD * pool.threads);
    const found = await allOrStop(
      runs.map((indices) => {
        const what = { plan: this.sharedPlan, indices, drawing: drawingOf(settings), seeds, counting, kept };
        const job = { ...what, control: control.buffer };
        return pool.run('examine', job, path, stopping.kill);
      }),
      stopping,
    );
    const examined = this.plan.projections.map((): ExaminedPart[] | null => null);
    const inOrder = found.flat();
    for (const [i, index] of suspects.entries()) examined[index] = inOrder[i]!;
    return faultsOf(opened.network.projections, examined);
  }

  /** Moments of every part of every projection: reads all weights of the network once. */
  protected moments(): Promise<Moments[][]> {
    const { chunkBytes, control, path, pool, stopping } = this;
    return this.readingAhead(null, () =>
      allOrStop(
        this.plan.projections.map((projection) => {
          const job = { projection, chunkBytes, control: control.buffer };
          return pool.run('moments', job, `${path} (${projection.name})`, stopping.kill);
        }),
        stopping,
      ),
    );
  }
}

/** Splits a list into consecutive runs of about equal length, at most as many as it has members. */
export function inRuns<T>(list: readonly T[], count: number): T[][] {
  const runs = Math.min(count, list.length);
  const bound = (run: number): number => Math.floor((run * list.length) / runs);
  return Array.from({ length: runs }, (_, run) => list.slice(bound(run), bound(run + 1)));
}
