/** Analyses that are computed once and kept. */
import { resultKey } from '../core/store/resultKey';
import type { ResultSource, StoredAnalysis } from '../core/store/resultSource';
import type { ResultStore } from '../core/store/resultStore';
import type { Analysis, AnalysisSettings, CheckpointInfo } from '../protocol/analysis';
import type { DrawnBaseline } from '../protocol/run';
import type { Engine, InitialDescription, RunOptions } from './engine';

export interface KeptOptions extends RunOptions {
  /** Asks for the checkpoint's network before training, its weights drawn in this way. */
  initial?: DrawnBaseline | null;
}

type KeptEngine = Pick<Engine, 'describe' | 'analyze' | 'describeInitial' | 'analyzeInitial' | 'recognize'>;

/** What is asked for now, and what the store has under its name. */
interface Found extends InitialDescription {
  key: string;
  stored: StoredAnalysis;
}

export class KeptAnalyses {
  /**
   * @param store without one, everything is computed each time.
   * @param onFault told when a result could not be kept, which costs nobody the result.
   */
  constructor(
    private readonly engine: KeptEngine,
    private readonly store: ResultStore | null,
    private readonly onFault: (path: string, error: unknown) => void,
  ) {}

  /**
   * The kept analysis of the same bytes and settings, or a new one, which is kept. Where the files are others than those
   * that were analyzed, such as a copy of them, their weights are read to see whether they are the same.
   * @param onCompute called when it is to be a new one.
   * @throws NeuroMfaError as the engine does.
   */
  async analyze(
    path: string,
    settings: AnalysisSettings,
    options: KeptOptions = {},
    onCompute: () => void = () => undefined,
  ): Promise<Analysis> {
    const found = await this.#find(path, settings, options);
    if (found && isSameState(found)) return analysisOf(found);
    const digested = found !== null && found.stored.source.digest !== null;
    if (digested && (await this.#recognizes(found, path, settings, options))) return analysisOf(found);
    onCompute();
    // Whoever agreed to have the weights read once need not be asked again.
    return this.compute(path, settings, digested ? { ...options, approved: true } : options);
  }

  /**
   * The kept analysis of the same files in the same state and the same settings, or null. Reads headers only: what
   * {@link analyze} would recognize by its weights is not found here.
   */
  async recall(
    path: string,
    settings: AnalysisSettings,
    options: KeptOptions = {},
  ): Promise<Analysis | null> {
    const found = await this.#find(path, settings, options);
    return found && isSameState(found) ? analysisOf(found) : null;
  }

  /** A new analysis, which is kept in place of any other. */
  async compute(
    path: string,
    settings: AnalysisSettings,
    { initial = null, ...options }: KeptOptions = {},
  ): Promise<Analysis> {
    const { source, ...analysis } = initial
      ? await this.engine.analyzeInitial(path, initial, settings, options)
      : await this.engine.analyze(path, settings, options);
    await this.#keep(analysis, settings, source).catch((error: unknown) => {
      this.onFault(path, error);
    });
    return analysis;
  }

  async #keep(analysis: Analysis, settings: AnalysisSettings, source: ResultSource): Promise<void> {
    if (!this.store) return;
    const { checkpoint } = analysis.result;
    const key = resultKey(checkpoint.fingerprint, settings);
    const other = await this.store.get(key);
    const place = other && isOther(source, other) ? keyByState(checkpoint, settings, source.state) : key;
    await this.store.put(place, analysis, source);
  }

  async #find(
    path: string,
    settings: AnalysisSettings,
    { initial = null, ...options }: KeptOptions,
  ): Promise<Found | null> {
    if (!this.store) return null;
    const { checkpoint, state } = initial
      ? await this.engine.describeInitial(path, initial, options)
      : await this.engine.describe(path, options);
    for (const key of [
      keyByState(checkpoint, settings, state),
      resultKey(checkpoint.fingerprint, settings),
    ]) {
      const stored = await this.store.get(key);
      if (stored) return { checkpoint, state, key, stored };
    }
    return null;
  }

  /** Whether these weights, read again, are those of the stored result. They are known by their state then. */
  async #recognizes(
    { key, stored }: Found,
    path: string,
    settings: AnalysisSettings,
    { initial = null, ...options }: KeptOptions,
  ): Promise<boolean> {
    const { digest, state } = await this.engine.recognize(path, initial, settings, options);
    if (digest !== stored.source.digest) return false;
    // Where that cannot be noted, such as in a store that others may only read, the weights are read again next time.
    await this.store!.addState(key, state!).catch(() => undefined);
    return true;
  }
}

/** Checkpoints of one fingerprint that hold other bytes than the first one of them have their results under their states. */
function keyByState(
  { fingerprint }: CheckpointInfo,
  settings: AnalysisSettings,
  state: string | null,
): string {
  return resultKey(fingerprint, settings, state ?? undefined);
}

/** Whether a result may be of other bytes than the stored one of the same fingerprint. */
function isOther({ state, digest }: ResultSource, { source }: StoredAnalysis): boolean {
  if (state === null || source.states.includes(state)) return false;
  return digest === null || digest !== source.digest;
}

function isSameState({ state, stored }: Found): boolean {
  return state === null || stored.source.states.includes(state);
}

/** The numbers belong to the content; path, name and step belong to the file at hand. */
function analysisOf({ checkpoint, stored: { analysis } }: Found): Analysis {
  return { ...analysis, result: { ...analysis.result, checkpoint } };
}
