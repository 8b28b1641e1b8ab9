/** Computes analyses once: stores the results, and uses them again for the same bytes. */
import type { Described } from '../core/store/descriptions';
import { resultKey } from '../core/store/resultKey';
import type { ResultSource, StoredAnalysis } from '../core/store/resultSource';
import type { ResultStore } from '../core/store/resultStore';
import type { Analysis, AnalysisSettings, CheckpointInfo, WithResult } from '../protocol/analysis';
import type { Elsewhere } from '../protocol/elsewhere';
import { recordedSettings, type AnalysisJob, type Subject } from '../protocol/subject';
import type { Engine, RunOptions } from './engine';

export type { Described };

export interface CacheOptions extends RunOptions {
  /** Whether to compute even where there is a stored result. */
  fresh?: boolean | undefined;
  /** Called when the result has to be computed. */
  onCompute?: (() => void) | undefined;
  /** Called with the state on another machine that computes it. */
  onElsewhere?: ((state: Elsewhere) => void) | undefined;
  /** Called with the checkpoint that the result is of, as its files are now. */
  onDescribed?: ((described: Described) => void) | undefined;
}

type CachedEngine = Pick<Engine, 'describe' | 'analyze' | 'recognize'>;

/** A request, and the stored result of its key. */
interface Found<A extends WithResult> extends Described {
  key: string;
  stored: StoredAnalysis<A>;
}

/** What is stored under a key. */
type Load<A extends WithResult> = (store: ResultStore, key: string) => Promise<StoredAnalysis<A> | undefined>;

type CachedOptions = [
  engine: CachedEngine,
  store: ResultStore | null,
  onUnstored: (job: AnalysisJob, error: unknown) => void,
];

/** Analyses of which `A` is wanted. */
class Cached<A extends WithResult> {
  /**
   * @param store without one, everything is computed each time.
   * @param onUnstored called when a result could not be stored; the result is returned all the same.
   */
  constructor(
    private readonly engine: CachedEngine,
    private readonly store: ResultStore | null,
    private readonly onUnstored: (job: AnalysisJob, error: unknown) => void,
    private readonly load: Load<A>,
    private readonly of: (analysis: Analysis) => A,
  ) {}

  /**
   * The stored analysis of the same bytes and settings, or a new one, which is stored. For other files than those
   * analyzed before, such as a copy, the weights are read to see whether they are the same.
   * @throws NeuroMfaError as the engine does.
   */
  async analyze(
    job: AnalysisJob,
    { fresh = false, onCompute, onDescribed = () => undefined, ...options }: CacheOptions = {},
  ): Promise<A> {
    const found = fresh ? null : await this.#find(job, options);
    const digested = found !== null && found.stored.source.digest !== null;
    if (found && (isSameState(found) || (digested && (await this.#recognizes(found, job, options))))) {
      onDescribed(found);
      return analysisOf(found);
    }
    onCompute?.();
    // The user has already agreed to reading the weights.
    return this.of(
      await this.#compute(job, onDescribed, digested ? { ...options, approved: true } : options),
    );
  }

  /**
   * The stored analysis of the same files in the same state and the same settings, or null. Reads headers only: what
   * {@link analyze} would recognize by its weights is not found here.
   */
  async recall(
    job: AnalysisJob,
    { onDescribed, ...options }: RunOptions & Pick<CacheOptions, 'onDescribed'> = {},
  ): Promise<A | null> {
    const found = await this.#find(job, options);
    if (!found || !isSameState(found)) return null;
    onDescribed?.(found);
    return analysisOf(found);
  }

  /** The same for a checkpoint as it was described when its files still existed. Reads none of its files. */
  async recallDescribed(job: AnalysisJob, described: Described): Promise<A | null> {
    const found = await this.#stored(job, described);
    return found && isSameState(found) ? analysisOf(found) : null;
  }

  async #compute(
    job: AnalysisJob,
    onDescribed: (described: Described) => void,
    options: RunOptions,
  ): Promise<Analysis> {
    const { source, ...analysis } = await this.engine.analyze(job.subject, job.settings, options);
    onDescribed({ checkpoint: analysis.result.checkpoint, state: source.state });
    await this.#put(analysis, recordedSettings(job), source).catch((error: unknown) => {
      this.onUnstored(job, error);
    });
    return analysis;
  }

  async #put(analysis: Analysis, settings: AnalysisSettings, source: ResultSource): Promise<void> {
    if (!this.store) return;
    const { checkpoint } = analysis.result;
    const key = resultKey(checkpoint.fingerprint, settings);
    const other = await this.store.getResult(key);
    const place = other && isOther(source, other) ? keyByState(checkpoint, settings, source.state) : key;
    await this.store.put(place, analysis, source);
  }

  async #find(job: AnalysisJob, options: RunOptions): Promise<Found<A> | null> {
    return this.store ? this.#stored(job, await this.#describe(job.subject, this.store, options)) : null;
  }

  async #describe(subject: Subject, { descriptions }: ResultStore, options: RunOptions): Promise<Described> {
    const remembered = await descriptions.recall(subject);
    if (remembered) return remembered;
    const { seen, fault, ...described } = await this.engine.describe(subject, options);
    if (seen && !fault) await descriptions.keep(subject, described, seen);
    return described;
  }

  async #stored(job: AnalysisJob, { checkpoint, state }: Described): Promise<Found<A> | null> {
    if (!this.store) return null;
    const settings = recordedSettings(job);
    const at = async (key: string): Promise<Found<A> | null> => {
      const stored = await this.load(this.store!, key);
      return stored ? { checkpoint, state, key, stored } : null;
    };
    const first = await at(resultKey(checkpoint.fingerprint, settings));
    // Almost always it is the only one.
    if (first && isSameState(first)) return first;
    return (await at(keyByState(checkpoint, settings, state))) ?? first;
  }

  /** Reads the weights and returns whether they are those of the stored result; if so, records the state of their files. */
  async #recognizes(
    { key, stored }: Found<A>,
    { subject, settings }: AnalysisJob,
    options: RunOptions,
  ): Promise<boolean> {
    const { digest, state } = await this.engine.recognize(subject, settings, options);
    if (digest !== stored.source.digest) return false;
    // In a read-only store the state cannot be recorded, and the weights are read again next time.
    await this.store!.addState(key, state!).catch(() => undefined);
    return true;
  }
}

export class CachedAnalyses extends Cached<Analysis> {
  constructor(...options: CachedOptions) {
    super(
      ...options,
      (store, key) => store.get(key),
      (analysis) => analysis,
    );
  }
}

/** The same for those who want no large arrays, such as runs, which would otherwise spend most of their time on them. */
export class CachedResults extends Cached<WithResult> {
  constructor(...options: CachedOptions) {
    super(
      ...options,
      (store, key) => store.getResult(key),
      ({ result }) => ({ result }),
    );
  }
}

/** Of several checkpoints with one fingerprint but different bytes, all but the first have their results under their states. */
function keyByState(
  { fingerprint }: CheckpointInfo,
  settings: AnalysisSettings,
  state: string | null,
): string {
  return resultKey(fingerprint, settings, state ?? undefined);
}

/** Whether a result may have been computed from other bytes than the stored one with the same fingerprint. */
function isOther({ state, digest }: ResultSource, { source }: StoredAnalysis<WithResult>): boolean {
  if (state === null || source.states.includes(state)) return false;
  return digest === null || digest !== source.digest;
}

function isSameState({ state, stored }: Found<WithResult>): boolean {
  return state === null || stored.source.states.includes(state);
}

/** The numbers belong to the content; path, name and step to the file at hand. */
function analysisOf<A extends WithResult>({ checkpoint, stored: { analysis } }: Found<A>): A {
  return { ...analysis, result: { ...analysis.result, checkpoint } };
}
