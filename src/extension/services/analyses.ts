/** Analyses checkpoints, or remembers having done so. */
import { resultKey } from '../../core/store/resultKey';
import type { ResultStore } from '../../core/store/resultStore';
import type { Analysis, AnalysisResult, AnalysisSettings, CheckpointInfo } from '../../protocol/analysis';
import type { PackedInspection } from '../../protocol/inspect';
import type { Inspection } from '../../protocol/inspection';
import type { RunOptions } from '../../worker/engine';
import { Emitter } from '../emitter';
import type { EngineHost, EngineLike } from './engineHost';

/** The part of the editor's log channel that this needs. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(error: string | Error): void;
}

export interface RecallOptions extends RunOptions {
  /** Asks for the checkpoint's network before training, with weights drawn from its initializer. */
  initial?: boolean;
}

export interface AnalyzeOptions extends RecallOptions {
  /** Computes even where a stored result would do. */
  fresh?: boolean;
}

/** A result that has become known. */
export interface Finding {
  path: string;
  initial: boolean;
  result: AnalysisResult;
}

export class Analyses {
  readonly #findings = new Emitter<Finding>();
  /** Told of every analysis that was made or opened, whoever asked for it. */
  readonly onFinding = this.#findings.event;

  /** @param store where results are kept; without one, everything is computed each time. */
  constructor(
    private readonly engines: EngineHost,
    private readonly store: ResultStore | undefined,
    private readonly log: Log,
  ) {}

  /** Reads headers only. */
  inspect(path: string, options: RunOptions = {}): Promise<Inspection> {
    return this.engines.use((engine) => engine.inspect(path, options));
  }

  /** The same with its tensors packed, for a page. */
  inspectPacked(path: string, options: RunOptions = {}): Promise<PackedInspection> {
    return this.engines.use((engine) => engine.inspectPacked(path, options));
  }

  /**
   * The analysis of the checkpoint at `path`: the stored one of the same content and settings, or a new one.
   * `onProgress` is called only when it has to be computed.
   */
  async analyze(path: string, settings: AnalysisSettings, options: AnalyzeOptions = {}): Promise<Analysis> {
    const { initial = false } = options;
    try {
      const analysis = await this.engines.use((engine) => this.#analyze(engine, path, settings, options));
      this.#findings.fire({ path, initial, result: analysis.result });
      return analysis;
    } catch (error) {
      if (options.signal?.aborted) this.log.info(`Cancelled: ${path}`);
      else this.log.error(error instanceof Error ? error : String(error));
      throw error;
    }
  }

  /** The stored analysis of the same content and settings, if there is one. Reads headers only. */
  recall(
    path: string,
    settings: AnalysisSettings,
    options: RecallOptions = {},
  ): Promise<Analysis | undefined> {
    return this.engines.use((engine) => this.#stored(engine, path, settings, options));
  }

  async #analyze(
    engine: EngineLike,
    path: string,
    settings: AnalysisSettings,
    { fresh, initial, ...options }: AnalyzeOptions,
  ): Promise<Analysis> {
    const what = initial ? `the untrained network of ${path}` : path;
    const stored = fresh
      ? undefined
      : await this.#stored(engine, path, settings, { ...options, initial: initial ?? false });
    if (stored) {
      this.log.info(`Opened the stored result of ${what}`);
      return stored;
    }
    this.log.info(`Analyzing ${what}`);
    const analysis = initial
      ? await engine.analyzeInitial(path, settings, options)
      : await engine.analyze(path, settings, options);
    const { wall, bytesRead, threads } = analysis.result.timing;
    this.log.info(`Analyzed ${what}: ${wall.toFixed(0)} ms, ${bytesRead} bytes read, ${threads} threads`);
    await this.#keep(analysis);
    return analysis;
  }

  async #stored(
    engine: EngineLike,
    path: string,
    settings: AnalysisSettings,
    { initial, ...options }: RecallOptions,
  ): Promise<Analysis | undefined> {
    if (!this.store) return undefined;
    const checkpoint: CheckpointInfo = initial
      ? await engine.describeInitial(path, options)
      : (await engine.inspect(path, options)).checkpoint;
    const stored = await this.store.get(resultKey(checkpoint.fingerprint, settings));
    // The numbers belong to the content; path, name and step belong to the file at hand.
    return stored && { ...stored, result: { ...stored.result, checkpoint } };
  }

  /** A full disk must not cost the user the result. */
  async #keep(analysis: Analysis): Promise<void> {
    const { checkpoint, settings } = analysis.result;
    try {
      await this.store?.put(resultKey(checkpoint.fingerprint, settings), analysis);
    } catch (error) {
      this.log.warn(`The result of ${checkpoint.path} could not be kept: ${String(error)}`);
    }
  }
}
