/** Analyses checkpoints, or remembers having done so. */
import type { ResultStore } from '../../core/store/resultStore';
import { StoreFailure } from '../../core/store/storeFailure';
import type { AdapterInfo, Analysis, AnalysisResult, AnalysisSettings } from '../../protocol/analysis';
import { bytes, duration } from '../../protocol/format';
import type { PackedInspection } from '../../protocol/inspect';
import type { Inspection } from '../../protocol/inspection';
import type { DrawnBaseline } from '../../protocol/run';
import type { RunOptions } from '../../worker/engine';
import type { Description } from '../../worker/inspectJobs';
import { KeptAnalyses, type KeptOptions } from '../../worker/kept';
import type { Bases } from '../adapters/bases';
import { Emitter } from '../emitter';
import type { EngineHost, EngineLike } from './engineHost';
import { Unkept } from './unkept';

/** The part of the editor's log channel that this needs. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(error: string | Error): void;
}

export interface AnalyzeOptions extends KeptOptions {
  /** Computes even where a stored result would do. */
  fresh?: boolean;
}

/** A result that has become known. */
export interface Finding {
  path: string;
  /** Null: the checkpoint itself. Else its network before training, its weights drawn in this way. */
  initial: DrawnBaseline | null;
  result: AnalysisResult;
}

export class Analyses {
  readonly #findings = new Emitter<Finding>();
  /** Told of every analysis that was made or opened, whoever asked for it. */
  readonly onFinding = this.#findings.event;
  /** Analyses under way. */
  #active = 0;

  /**
   * @param store where results are kept; without one, everything is computed each time.
   * @param bases what low-rank adapters are added to.
   * @param folders those that the user has opened: a base that an adapter names is opened unasked in them alone.
   * @param unkept told of every result, and of those that could not be kept.
   */
  constructor(
    private readonly engines: EngineHost,
    private readonly store: ResultStore | undefined,
    private readonly log: Log,
    private readonly bases: Pick<Bases, 'of'> = { of: () => undefined },
    private readonly folders: () => readonly string[] = () => [],
    private readonly unkept = new Unkept(),
  ) {}

  /** What checkpoint it is. Reads headers only. */
  describe(path: string, options: RunOptions = {}): Promise<Description> {
    return this.engines.use((engine) => engine.describe(path, this.#withBase(path, options)));
  }

  /** What it is as a low-rank adapter, or null. */
  adapter(path: string): Promise<AdapterInfo | null> {
    return this.engines.use((engine) => engine.adapter(path));
  }

  /** What it holds. Reads headers only. */
  inspect(path: string, options: RunOptions = {}): Promise<Inspection> {
    return this.engines.use((engine) => engine.inspect(path, this.#withBase(path, options)));
  }

  /** The same with its tensors packed, for a page. */
  inspectPacked(path: string, options: RunOptions = {}): Promise<PackedInspection> {
    return this.engines.use((engine) => engine.inspectPacked(path, this.#withBase(path, options)));
  }

  /**
   * The analysis of the checkpoint at `path`: the stored one of the same content and settings, or a new one.
   * `onProgress` is called only when it has to be computed.
   */
  async analyze(path: string, settings: AnalysisSettings, options: AnalyzeOptions = {}): Promise<Analysis> {
    const { initial = null } = options;
    this.#active++;
    try {
      const analysis = await this.engines.use((engine) => this.#analyze(engine, path, settings, options));
      this.#findings.fire({ path, initial, result: analysis.result });
      return analysis;
    } catch (error) {
      if (options.signal?.aborted) this.log.info(`Cancelled: ${path}`);
      else this.log.error(error instanceof Error ? error : String(error));
      throw error;
    } finally {
      // Windows stay open for weeks: what they have used long ago may go.
      if (--this.#active === 0) this.store?.release();
    }
  }

  /** The stored analysis of the same content and settings, or null. Reads headers only. */
  recall(path: string, settings: AnalysisSettings, options: KeptOptions = {}): Promise<Analysis | null> {
    return this.engines.use((engine) =>
      this.#kept(engine).recall(path, settings, this.#withBase(path, options)),
    );
  }

  async #analyze(
    engine: EngineLike,
    path: string,
    settings: AnalysisSettings,
    { fresh = false, ...asked }: AnalyzeOptions,
  ): Promise<Analysis> {
    const options = this.#withBase(path, asked);
    const kept = this.#kept(engine);
    const what = options.initial ? `the untrained network of ${path} (${options.initial})` : path;
    const done = { computed: false };
    const onCompute = (): void => {
      done.computed = true;
      this.log.info(`Analyzing ${what}`);
    };
    if (fresh) onCompute();
    const analysis = fresh
      ? await kept.compute(path, settings, options)
      : await kept.analyze(path, settings, options, onCompute);
    if (!done.computed) {
      this.log.info(`Opened the stored result of ${what}`);
      this.unkept.count(false);
      return analysis;
    }
    this.unkept.count(true);
    const { wall, bytesRead, threads } = analysis.result.timing;
    this.log.info(`Analyzed ${what}: ${duration(wall)}, ${bytes(bytesRead)} read, ${threads} threads`);
    return analysis;
  }

  #withBase<T extends RunOptions>(path: string, options: T): T {
    const chosen = this.bases.of(path);
    return { ...options, base: chosen === undefined ? { within: this.folders() } : chosen };
  }

  #kept(engine: EngineLike): KeptAnalyses {
    return new KeptAnalyses(engine, this.store ?? null, (path, error) => {
      this.log.warn(`The result of ${path} could not be kept: ${String(error)}`);
      if (this.store) this.unkept.note(StoreFailure.of(error, this.store.directory));
    });
  }
}
