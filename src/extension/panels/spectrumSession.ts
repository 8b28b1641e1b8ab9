/** What one Spectrum panel shows: its checkpoints, how far each has come, and the way to run or stop them. */
import { sameSettings } from '../../core/emergence/comparable';
import type { Analysis, AnalysisResult, AnalysisSettings, Mode, Subset } from '../../protocol/analysis';
import { errorData, type ErrorData } from '../../protocol/errors';
import { packArrays } from '../../protocol/packing';
import type { SpectrumItem, SpectrumItemState } from '../../protocol/panel';
import { forEachBounded } from '../concurrency';
import { withMode, withSubset, type OwnSettings, type ReadSettings } from '../ownSettings';
import type { AnalyzeOptions } from '../services/analyses';
import type { Subject } from '../subjects';

/**
 * Checkpoints at work at a time. The samples of one already fill the threads; a second one fills those that idle while
 * the first finishes its last samples.
 */
const AT_A_TIME = 2;

export interface Analyzer {
  analyze(path: string, settings: AnalysisSettings, options: AnalyzeOptions): Promise<Analysis>;
}

export interface RunRequest {
  /** Which of the session's checkpoints; all, if absent. */
  paths?: readonly string[];
  /** Computes even where a stored result would do. */
  fresh?: boolean;
}

interface Job {
  controller: AbortController;
  finished: Promise<void>;
}

export class SpectrumSession {
  readonly #items: Map<string, SpectrumItem>;
  readonly #jobs = new Map<string, Job>();
  readonly #listeners = new Set<(item: SpectrumItem) => void>();
  #own: OwnSettings;

  /**
   * @param settings reads the settings as they are when a checkpoint's turn comes; may throw.
   * @param own in place of the user's.
   */
  constructor(
    subjects: readonly Subject[],
    private readonly analyzer: Analyzer,
    private readonly settings: ReadSettings,
    own: OwnSettings = {},
  ) {
    this.#own = own;
    this.#items = new Map(
      subjects.map((subject) => [subject.path, { ...subject, state: { kind: 'waiting' } }]),
    );
  }

  get items(): SpectrumItem[] {
    return [...this.#items.values()];
  }

  get own(): OwnSettings {
    return this.#own;
  }

  /** The part of the network that is asked for; null for all of it. */
  get asked(): Subset | null {
    return this.#readSettings()?.subset ?? null;
  }

  /** Sampled or full, as is asked for. */
  get askedMode(): Mode {
    return this.#readSettings()?.mode ?? this.#own.mode ?? 'sampled';
  }

  /** The paths of one checkpoint for each network: those whose results tell that they are alike count once. */
  get networks(): string[] {
    const known = new Map(
      this.results.map(({ checkpoint: { architecture, parameters, path } }) => [
        `${architecture} ${parameters}`,
        path,
      ]),
    );
    return known.size > 0 ? [...known.values()] : this.items.slice(0, 1).map(({ path }) => path);
  }

  /** The items of `paths`, or all. */
  select(paths: readonly string[] | undefined): SpectrumItem[] {
    return paths ? paths.flatMap((path) => this.#items.get(path) ?? []) : this.items;
  }

  get results(): AnalysisResult[] {
    return this.items.flatMap(({ state }) => (state.kind === 'done' ? [state.result] : []));
  }

  /** Calls `listener` whenever an item has moved on. Returns what stops that. */
  onChange(listener: (item: SpectrumItem) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Runs checkpoints, and settles when each is done, failed or cancelled: failures are states, not rejections.
   * One that is already running is waited for, not started again.
   */
  async run({ paths, fresh = false }: RunRequest = {}): Promise<void> {
    const items = this.select(paths);
    const pending = items.flatMap(({ path }) => this.#jobs.get(path)?.finished ?? []);
    const starting = items.filter(({ path }) => !this.#jobs.has(path));
    const controller = new AbortController();
    // Begins in the next turn, when all jobs are known: one that ends at once has its entry to remove.
    const finished = Promise.resolve().then(() =>
      forEachBounded(starting, AT_A_TIME, ({ path }) => this.#analyze(path, fresh, controller.signal)),
    );
    for (const { path } of starting) this.#jobs.set(path, { controller, finished });
    await Promise.all([...pending, finished]);
  }

  /**
   * From now on takes this part of the network, null for all of it. No result of another part stays in sight; all
   * checkpoints wait for {@link run}.
   */
  async setSubset(subset: Subset | null): Promise<void> {
    await this.#become(withSubset(this.#own, subset, this.settings));
  }

  /** The same for sampled and full networks. */
  async setMode(mode: Mode): Promise<void> {
    await this.#become(withMode(this.#own, mode, this.settings));
  }

  async #become(own: OwnSettings): Promise<void> {
    this.cancel();
    await Promise.all([...this.#jobs.values()].map(({ finished }) => finished));
    this.#own = own;
    for (const { path } of this.items) this.#set(path, { kind: 'waiting' });
  }

  /** Marks the results that were made with other settings than those of now. */
  settingsChanged(): void {
    const settings = this.#readSettings();
    if (!settings) return;
    for (const { path, state } of this.items) {
      if (state.kind !== 'done') continue;
      const stale = !sameSettings(settings, state.result.settings);
      if (stale !== (state.stale ?? false)) this.#set(path, { ...state, stale });
    }
  }

  /** Stops whatever is running. */
  cancel(): void {
    for (const { controller } of this.#jobs.values()) controller.abort();
  }

  async #analyze(path: string, fresh: boolean, signal: AbortSignal): Promise<void> {
    // A result stays in sight until its successor is being computed, and comes back when that is cancelled.
    const before = this.#items.get(path)!.state;
    if (before.kind !== 'done') this.#set(path, { kind: 'waiting' });
    try {
      signal.throwIfAborted();
      const { result, arrays } = await this.analyzer.analyze(path, this.settings(this.#own), {
        fresh,
        signal,
        onProgress: (progress) => {
          this.#set(path, { kind: 'running', progress });
        },
      });
      // It may have been too late to stop it, but not to hear that nobody wants it any more.
      signal.throwIfAborted();
      this.#set(path, { kind: 'done', result, packed: packArrays(arrays) });
    } catch (error) {
      const failure = errorData(error, path);
      const cancelled = signal.aborted || failure.code === 'cancelled';
      if (!cancelled) this.#set(path, { kind: 'failed', error: failure });
      else this.#set(path, before.kind === 'done' ? before : { kind: 'cancelled' });
    } finally {
      this.#jobs.delete(path);
    }
  }

  /** Undefined where the settings are not valid: whoever analyzes with them will hear why. */
  #readSettings(): AnalysisSettings | undefined {
    try {
      return this.settings(this.#own);
    } catch {
      return undefined;
    }
  }

  #set(path: string, state: SpectrumItemState): void {
    const item = { ...this.#items.get(path)!, state };
    this.#items.set(path, item);
    for (const listener of this.#listeners) listener(item);
  }
}

/** The failures among `items`. */
export function failuresOf(items: readonly SpectrumItem[]): ErrorData[] {
  return items.flatMap(({ state }) => (state.kind === 'failed' ? [state.error] : []));
}
