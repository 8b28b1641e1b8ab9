/** Analyses that are computed once and kept. */
import { resultKey } from '../core/store/resultKey';
import type { ResultStore } from '../core/store/resultStore';
import type { Analysis, AnalysisSettings } from '../protocol/analysis';
import type { DrawnBaseline } from '../protocol/run';
import type { Engine, RunOptions } from './engine';

export interface KeptOptions extends RunOptions {
  /** Asks for the checkpoint's network before training, its weights drawn in this way. */
  initial?: DrawnBaseline | null;
}

export class KeptAnalyses {
  /**
   * @param store without one, everything is computed each time.
   * @param onFault told when a result could not be kept, which costs nobody the result.
   */
  constructor(
    private readonly engine: Pick<Engine, 'describe' | 'analyze' | 'describeInitial' | 'analyzeInitial'>,
    private readonly store: ResultStore | null,
    private readonly onFault: (path: string, error: unknown) => void,
  ) {}

  /**
   * The kept analysis of the same content and settings, or a new one, which is kept.
   * @throws NeuroMfaError as the engine does.
   */
  async analyze(path: string, settings: AnalysisSettings, options: KeptOptions = {}): Promise<Analysis> {
    return (await this.recall(path, settings, options)) ?? this.compute(path, settings, options);
  }

  /** The kept analysis of the same content and settings, or null. Reads headers only. */
  async recall(
    path: string,
    settings: AnalysisSettings,
    { initial = null, ...options }: KeptOptions = {},
  ): Promise<Analysis | null> {
    if (!this.store) return null;
    const { checkpoint } = initial
      ? await this.engine.describeInitial(path, initial, options)
      : await this.engine.describe(path, options);
    const kept = await this.store.get(resultKey(checkpoint.fingerprint, settings));
    // The numbers belong to the content; path, name and step belong to the file at hand.
    return kept ? { ...kept, result: { ...kept.result, checkpoint } } : null;
  }

  /** A new analysis, which is kept in place of any other. */
  async compute(
    path: string,
    settings: AnalysisSettings,
    { initial = null, ...options }: KeptOptions = {},
  ): Promise<Analysis> {
    const { result, arrays } = initial
      ? await this.engine.analyzeInitial(path, initial, settings, options)
      : await this.engine.analyze(path, settings, options);
    const analysis = { result, arrays };
    const key = resultKey(analysis.result.checkpoint.fingerprint, settings);
    await this.store?.put(key, analysis).catch((error: unknown) => {
      this.onFault(path, error);
    });
    return analysis;
  }
}
