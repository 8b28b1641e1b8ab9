/** Analyses checkpoints, or remembers having done so. */
import { resultKey } from '../../core/store/resultKey';
import type { ResultStore } from '../../core/store/resultStore';
import type { Analysis, AnalysisSettings } from '../../protocol/analysis';
import type { Inspection } from '../../protocol/inspection';
import type { RunOptions } from '../../worker/engine';
import type { EngineHost, EngineLike } from './engineHost';

/** The part of the editor's log channel that this needs. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(error: string | Error): void;
}

export interface AnalyzeOptions extends RunOptions {
  /** Computes even where a stored result would do. */
  fresh?: boolean;
}

export class Analyses {
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

  /**
   * The analysis of the checkpoint at `path`: the stored one of the same content and settings, or a new one.
   * `onProgress` is called only when it has to be computed.
   */
  async analyze(path: string, settings: AnalysisSettings, options: AnalyzeOptions = {}): Promise<Analysis> {
    try {
      return await this.engines.use((engine) => this.#analyze(engine, path, settings, options));
    } catch (error) {
      if (options.signal?.aborted) this.log.info(`Cancelled: ${path}`);
      else this.log.error(error instanceof Error ? error : String(error));
      throw error;
    }
  }

  async #analyze(
    engine: EngineLike,
    path: string,
    settings: AnalysisSettings,
    { fresh, ...options }: AnalyzeOptions,
  ): Promise<Analysis> {
    const stored = fresh ? undefined : await this.#stored(await engine.inspect(path, options), settings);
    if (stored) {
      this.log.info(`Opened the stored result of ${path}`);
      return stored;
    }
    this.log.info(`Analyzing ${path}`);
    const analysis = await engine.analyze(path, settings, options);
    const { wall, bytesRead, threads } = analysis.result.timing;
    this.log.info(`Analyzed ${path}: ${wall.toFixed(0)} ms, ${bytesRead} bytes read, ${threads} threads`);
    await this.#keep(analysis);
    return analysis;
  }

  async #stored({ checkpoint }: Inspection, settings: AnalysisSettings): Promise<Analysis | undefined> {
    const stored = await this.store?.get(resultKey(checkpoint.fingerprint, settings));
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
