/** The extension's access to the engine: subjects with the bases that the user has chosen, and stored results. */
import type { ResultStore } from '../../core/store/resultStore';
import { StoreFailure } from '../../core/store/storeFailure';
import type { Analysis, AnalysisResult, AnalysisSettings, WithResult } from '../../protocol/analysis';
import { NeuroMfaError } from '../../protocol/errors';
import { bytes, duration } from '../../protocol/format';
import type { Inspection } from '../../protocol/inspection';
import { listNetwork, type NetworkListing } from '../../protocol/inspectionListing';
import {
  isRemote,
  jobOf,
  storedSubject,
  type AnalysisJob,
  type BaseChoice,
  type Subject,
} from '../../protocol/subject';
import type { WeightKind } from '../../protocol/weights';
import type { TensorComparison } from '../../protocol/comparison';
import {
  CachedAnalyses,
  CachedResults,
  type CacheOptions,
  type Described,
} from '../../worker/cachedAnalyses';
import type { RunOptions } from '../../worker/engine';
import type { CheckpointFacts } from '../../worker/executor';
import type { Description } from '../../worker/inspectJobs';
import type { Bases } from '../adapters/bases';
import { Emitter } from '../emitter';
import type { EngineHost, EngineLike } from './engineHost';
import { Unstored } from './unstored';
import type { WeightSets } from './weightSets';

/** The part of the editor's log channel that this needs. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(error: string | Error): void;
}

/** A result that has become known. */
export interface Finding {
  job: AnalysisJob;
  result: AnalysisResult;
  /** Whether the store has it. */
  stored: boolean;
}

/** The part of a subject that callers choose; the user chooses the rest. */
export type Target = Pick<Subject, 'at' | 'weights'>;

export function target(at: string, kind: WeightKind = 'stored'): Target {
  return { at, weights: { kind } };
}

export class Analyses {
  readonly #findings = new Emitter<Finding>();
  /** Called with every analysis that was computed or loaded, whoever requested it. */
  readonly onFinding = this.#findings.event;
  readonly #descriptions = new Emitter<{ at: string } & Described>();
  /** Called with each checkpoint on a disk that there is a result of, as its files are now. */
  readonly onDescribed = this.#descriptions.event;
  /** Number of running analyses. */
  #active = 0;

  /**
   * @param store where results are stored; without one, everything is computed each time.
   * @param bases the bases of low-rank adapters.
   * @param folders the folders that the user has opened: only inside them is a base opened because an adapter names
   *   it.
   * @param unstored counts results, and those that could not be stored.
   * @param sets which copy is analyzed of models that are stored several times.
   * @param remembered the descriptions of checkpoints that have been deleted or overwritten, and of remote ones, which
   *   may be out of reach, from when they were analyzed.
   * @param checkAddress throws for an address that the user has not named: no other address is read, whoever requests
   *   it.
   */
  constructor(
    private readonly engines: EngineHost,
    private readonly store: ResultStore | undefined,
    private readonly log: Log,
    private readonly bases: Pick<Bases, 'of'> = { of: () => undefined },
    private readonly folders: () => readonly string[] = () => [],
    private readonly unstored = new Unstored(),
    private readonly sets: Pick<WeightSets, 'of'> = { of: () => undefined },
    private readonly remembered: (at: string) => Described | undefined = () => undefined,
    private readonly checkAddress: (at: string) => void = () => undefined,
  ) {}

  /**
   * The job for a target with the base and the copy of the model that the user has chosen.
   * @param common the network whose nodes alone count.
   */
  jobOf(one: Target, settings: AnalysisSettings, common?: Target): AnalysisJob {
    const subjectOf = ({ at, weights }: Target) => ({
      ...{ at, weights: { ...weights, ...this.#setOf(at) }, base: this.#baseOf(at) },
    });
    return jobOf({ ...subjectOf(one), ...(common && { common: subjectOf(common) }) }, settings);
  }

  /** Describes the checkpoint. Reads headers only. @param base of an adapter, in place of the chosen one; null: the adapter by itself. */
  async describe(
    at: string,
    { base, ...options }: RunOptions & { base?: string | null } = {},
  ): Promise<Description> {
    const subject = this.#stored(at);
    const asked = base === undefined ? subject : { ...subject, base };
    return this.engines.use((engine) => engine.describe(asked, options));
  }

  /** Its tensors and its network. Reads headers only. */
  async inspect(at: string, options: RunOptions = {}): Promise<Inspection> {
    return this.engines.use((engine) => engine.inspect(this.#stored(at), options));
  }

  /** The projections of its network. Reads headers only. */
  async listNetwork(at: string): Promise<NetworkListing> {
    return listNetwork(await this.inspect(at));
  }

  /** The change of every tensor from one checkpoint to another. */
  async compare(a: string, b: string, options: RunOptions = {}): Promise<TensorComparison> {
    return this.engines.use((engine) => engine.compare(this.#stored(a), this.#stored(b), options));
  }

  /** Facts about the values of every stored tensor. */
  async facts(at: string, options: RunOptions = {}): Promise<CheckpointFacts> {
    return this.engines.use((engine) => engine.facts(this.#stored(at), options));
  }

  /**
   * The stored analysis of the same content and settings, or a new one. `onProgress` is called only where it is
   * computed.
   */
  async analyze(job: AnalysisJob, options: CacheOptions = {}): Promise<Analysis> {
    this.#active++;
    try {
      let stored = this.store !== undefined;
      const analysis = await this.engines.use((engine) =>
        this.#analyze(engine, job, options, () => {
          stored = false;
        }),
      );
      this.#findings.fire({ job, result: analysis.result, stored });
      return analysis;
    } catch (error) {
      if (options.signal?.aborted) this.log.info(`Cancelled: ${job.subject.at}`);
      else this.log.error(error instanceof Error ? error : String(error));
      throw error;
    } finally {
      // Windows stay open for weeks: entries that they used long ago may be deleted.
      if (--this.#active === 0) this.store?.release();
    }
  }

  /**
   * The stored analysis of the same content and settings, or null. Reads only headers, and nothing of deleted
   * checkpoints.
   */
  recall(job: AnalysisJob, options: RunOptions = {}): Promise<WithResult | null> {
    const { at, weights } = job.subject;
    return this.engines.use(async (engine) => {
      const cached = new CachedResults(...this.#cache(engine));
      const known = await this.#recallElsewhere(cached, job);
      if (known) return known;
      this.#checkAddress(at);
      try {
        return await cached.recall(job, { ...options, onDescribed: this.#describing(job) });
      } catch (error) {
        const gone = error instanceof NeuroMfaError && error.code === 'missing';
        const described = gone && weights.kind === 'stored' ? this.remembered(at) : undefined;
        if (!described) throw error;
        return cached.recallDescribed(job, described);
      }
    });
  }

  /**
   * The stored analysis of what a checkpoint was before it was overwritten or deleted, or null. Reads none of its files. Where it has not
   * changed, it is what {@link recall} finds.
   */
  recallFormer(job: AnalysisJob): Promise<WithResult | null> {
    return this.#formerOf(job, (...cache) => new CachedResults(...cache));
  }

  /** The same with its arrays. */
  recallFormerAnalysis(job: AnalysisJob): Promise<Analysis | null> {
    return this.#formerOf(job, (...cache) => new CachedAnalyses(...cache));
  }

  #formerOf<A>(
    job: AnalysisJob,
    results: (...cache: ConstructorParameters<typeof CachedAnalyses>) => {
      recallDescribed: (job: AnalysisJob, described: Described) => Promise<A | null>;
    },
  ): Promise<A | null> {
    const { at, weights } = job.subject;
    const described = weights.kind === 'stored' && !isRemote(at) ? this.remembered(at) : undefined;
    return this.engines.use(async (engine) =>
      described ? results(...this.#cache(engine)).recallDescribed(job, described) : null,
    );
  }

  /** Tells the state of the files of a checkpoint on a disk. */
  #describing({ subject: { at, weights } }: AnalysisJob): ((described: Described) => void) | undefined {
    if (weights.kind !== 'stored' || isRemote(at)) return undefined;
    return ({ checkpoint, state }) => {
      this.#descriptions.fire({ at, checkpoint, state });
    };
  }

  #checkAddress(at: string): void {
    if (isRemote(at)) this.checkAddress(at);
  }

  async #analyze(
    engine: EngineLike,
    job: AnalysisJob,
    options: CacheOptions,
    onUnstored: () => void,
  ): Promise<Analysis> {
    const { at, weights } = job.subject;
    const what = weights.kind === 'stored' ? at : `the untrained network of ${at} (${weights.kind})`;
    const done = { computed: false };
    const cached = new CachedAnalyses(...this.#cache(engine, onUnstored));
    const known = options.fresh ? null : await this.#recallElsewhere(cached, job);
    if (known) return known;
    this.#checkAddress(at);
    const analysis = await cached.analyze(job, {
      ...options,
      onDescribed: this.#describing(job),
      onCompute: () => {
        done.computed = true;
        this.log.info(`Analyzing ${what}`);
        options.onCompute?.();
      },
    });
    this.unstored.count(done.computed);
    if (!done.computed) {
      this.log.info(`Opened the stored result of ${what}`);
      return analysis;
    }
    const { wall, bytesRead, threads } = analysis.result.timing;
    this.log.info(`Analyzed ${what}: ${duration(wall)}, ${bytes(bytesRead)} read, ${threads} threads`);
    return analysis;
  }

  /** The stored analysis of a remote checkpoint in the state in which it was analyzed, without any request. */
  async #recallElsewhere<A>(
    cached: { recallDescribed: (job: AnalysisJob, described: Described) => Promise<A | null> },
    job: AnalysisJob,
  ): Promise<A | null> {
    const { at, weights } = job.subject;
    const described = weights.kind === 'stored' && isRemote(at) ? this.remembered(at) : undefined;
    return described ? cached.recallDescribed(job, described) : null;
  }

  /** The copies of its model in a checkpoint, the default one first; empty where there is one copy. */
  async setsIn(at: string): Promise<string[]> {
    this.#checkAddress(at);
    const subject = storedSubject(at, this.#baseOf(at));
    const { warnings } = await this.engines.use((engine) => engine.inspect(subject));
    return warnings.flatMap((fact) =>
      fact.code === 'several-weights' ? [...fact.taken, ...fact.others] : [],
    );
  }

  #stored(at: string): Subject {
    this.#checkAddress(at);
    return { ...storedSubject(at, this.#baseOf(at)), weights: { kind: 'stored', ...this.#setOf(at) } };
  }

  #setOf(at: string): { set?: string } {
    const set = this.sets.of(at);
    return typeof set === 'string' ? { set } : {};
  }

  #baseOf(at: string): BaseChoice {
    const chosen = this.bases.of(at);
    return chosen === undefined ? { within: this.folders() } : chosen;
  }

  /** @param noted called as well where a result could not be stored. */
  #cache(engine: EngineLike, noted = (): void => undefined): ConstructorParameters<typeof CachedAnalyses> {
    const onUnstored = ({ subject }: AnalysisJob, error: unknown): void => {
      noted();
      this.log.warn(`The result of ${subject.at} could not be stored: ${String(error)}`);
      if (this.store) this.unstored.note(StoreFailure.of(error, this.store.directory));
    };
    return [engine, this.store ?? null, onUnstored];
  }
}
