/** The content of one Spectrum panel: its checkpoints, their progress, and how to run or stop them. */
import { identicalSettings } from '../../core/emergence/comparable';
import type { AnalysisResult, AnalysisSettings, Mode, Subset } from '../../protocol/analysis';
import { errorData, type ErrorData } from '../../protocol/errors';
import type { AnalysisJob } from '../../protocol/subject';
import { packArrays } from '../../protocol/packing';
import type {
  AnalysisProgress,
  FileChange,
  SpectrumItem,
  SpectrumItemState,
  Stale,
} from '../../protocol/panel';
import type { JobState, Scheduler } from '../../worker/scheduler';
import { withMode, withNulls, withSubset, type OwnSettings, type ReadSettings } from '../ownSettings';
import { target, type Analyses } from '../services/analyses';
import type { PanelCheckpoint } from '../panelCheckpoints';

export interface RunRequest {
  /** Which of the session's checkpoints; by default all. */
  paths?: readonly string[];
  /** Whether to compute even where there is a stored result. */
  fresh?: boolean;
  /** Runs failed checkpoints again, at the user's request. */
  retry?: () => Promise<void>;
}

interface Job {
  controller: AbortController;
  finished: Promise<void>;
}

export class SpectrumSession {
  readonly #items: Map<string, SpectrumItem>;
  /** Last good results of items without a present one. */
  readonly #former = new Map<string, NonNullable<SpectrumItem['former']>>();
  /** What happened to files since their checkpoints were analyzed. */
  readonly #files = new Map<string, FileChange>();
  readonly #jobs = new Map<string, Job>();
  readonly #listeners = new Set<(item: SpectrumItem) => void>();
  #own: OwnSettings;

  /**
   * @param settings reads the current settings whenever checkpoints are run; may throw.
   * @param own replaces the user's settings.
   */
  constructor(
    checkpoints: readonly PanelCheckpoint[],
    private readonly analyses: Pick<Analyses, 'jobOf' | 'recallFormerAnalysis'>,
    private readonly scheduler: Scheduler,
    private readonly settings: ReadSettings,
    own: OwnSettings = {},
  ) {
    this.#own = own;
    this.#items = new Map(
      checkpoints.map((checkpoint) => [checkpoint.path, { ...checkpoint, state: { kind: 'waiting' } }]),
    );
  }

  get items(): SpectrumItem[] {
    return [...this.#items.values()];
  }

  /** The items, each with the last good result where it has no present one. */
  get shown(): SpectrumItem[] {
    return this.items.map((item) => this.#withFormer(item));
  }

  #withFormer(item: SpectrumItem): SpectrumItem {
    const former = this.#former.get(item.path);
    return former ? { ...item, former } : item;
  }

  get own(): OwnSettings {
    return this.#own;
  }

  /** The requested part of the network; null for all of it. */
  get asked(): Subset | null {
    return this.#readSettings()?.subset ?? null;
  }

  /** The requested mode: sampled or full. */
  get askedMode(): Mode {
    return this.#readSettings()?.mode ?? this.#own.mode ?? 'sampled';
  }

  /** The paths of one checkpoint for each network: checkpoints whose results show the same network count once. */
  get networks(): string[] {
    const known = new Map(
      this.results.map(({ network: { structure }, checkpoint: { architecture, parameters, path } }) => [
        structure ? JSON.stringify(structure) : `${architecture} ${parameters}`,
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

  /** Calls `listener` whenever an item changes, with its last good result where that has been found only now. Returns a function that removes the listener. */
  onChange(listener: (item: SpectrumItem) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Runs checkpoints, and settles when each is done, failed or canceled: failures are states, not rejections. It waits
   * for a checkpoint that is already running instead of starting it again.
   */
  async run(request: RunRequest = {}): Promise<void> {
    const items = this.select(request.paths);
    const pending = items.flatMap(({ path }) => this.#jobs.get(path)?.finished ?? []);
    const starting = items.filter(({ path }) => !this.#jobs.has(path));
    const controller = new AbortController();
    // Begins in the next turn, when all jobs are known, because a job that ends at once removes its entry.
    const finished = Promise.resolve().then(() => this.#submit(starting, request, controller.signal));
    for (const { path } of starting) this.#jobs.set(path, { controller, finished });
    await Promise.all([...pending, finished]);
  }

  /**
   * Switches to this part of the network, null for all of it. No result of another part stays visible; all checkpoints
   * wait for {@link run}.
   */
  async setSubset(subset: Subset | null): Promise<void> {
    await this.#become(withSubset(this.#own, subset, this.settings));
  }

  /** The same for sampled and full networks. */
  async setMode(mode: Mode): Promise<void> {
    await this.#become(withMode(this.#own, mode, this.settings));
  }

  /** The same with null models, or without. */
  async setNulls(on: boolean): Promise<void> {
    await this.#become(withNulls(this.#own, on));
  }

  /** Takes the current settings: what was analyzed with others waits for {@link run}. */
  async renew(): Promise<void> {
    await this.#become(this.#own);
  }

  async #become(own: OwnSettings): Promise<void> {
    this.cancel();
    await Promise.all([...this.#jobs.values()].map(({ finished }) => finished));
    this.#own = own;
    for (const { path } of this.items) this.#set(path, { kind: 'waiting' });
  }

  /** Marks the results that were made with other than the current settings. */
  settingsChanged(): void {
    for (const { path } of this.items) this.#mark(path);
  }

  /** Marks a result whose files have changed or were deleted; null where they are as they were. */
  filesChanged(path: string, change: FileChange | null): void {
    if (change) this.#files.set(path, change);
    else this.#files.delete(path);
    this.#mark(path);
  }

  #mark(path: string): void {
    const state = this.#items.get(path)?.state;
    if (state?.kind !== 'done') return;
    const settings = this.#readSettings();
    const others = settings && !identicalSettings(settings, state.result.settings);
    const stale: Stale | undefined = this.#files.get(path) ?? (others ? 'settings' : undefined);
    if (stale === state.stale) return;
    const { result, packed } = state;
    this.#set(path, { kind: 'done', result, packed, ...(stale && { stale }) });
  }

  /** Stops everything that runs. */
  cancel(): void {
    for (const { controller } of this.#jobs.values()) controller.abort();
  }

  async #submit(
    items: readonly SpectrumItem[],
    { fresh, retry }: RunRequest,
    signal: AbortSignal,
  ): Promise<void> {
    // A result stays visible until its successor is being computed, and returns when that is canceled.
    const before = new Map(items.map(({ path, state }) => [path, state]));
    for (const { path, state } of items) if (state.kind !== 'done') this.#set(path, { kind: 'waiting' });
    const recalls = new Map<string, Promise<void>>();
    try {
      const settings = this.settings(this.#own);
      const jobs = items.map(({ path }) => this.analyses.jobOf(target(path), settings));
      await this.scheduler.run(jobs, {
        fresh,
        retry,
        signal,
        onState: (job, state) => {
          const { at } = job.subject;
          // Only where there is none of now: a stored result is there before anything runs.
          if (state.kind !== 'queued' && state.kind !== 'done' && !this.#former.has(at) && !recalls.has(at))
            recalls.set(at, this.#recallFormer(job));
          this.#moved(at, state, before.get(at)!);
        },
      });
      await Promise.all(recalls.values());
    } catch (thrown) {
      // The settings are invalid.
      const error = errorData(thrown);
      for (const { path } of items) this.#end(path, { kind: 'failed', error });
      if (items.length > 0) this.scheduler.refuse(thrown);
    }
  }

  /** Looks for the last result of a checkpoint whose files have changed or gone, perhaps before a reload. */
  async #recallFormer(job: AnalysisJob): Promise<void> {
    // Without it there is merely nothing to look at meanwhile.
    const found = await this.analyses.recallFormerAnalysis(job).catch(() => null);
    const { at } = job.subject;
    const { state } = this.#items.get(at)!;
    if (!found || state.kind === 'done' || this.#former.has(at)) return;
    this.#former.set(at, { result: found.result, packed: packArrays(found.arrays) });
    if (state.kind === 'failed') this.#end(at, this.#lastOf(at, state.error) ?? state);
    else this.#tell(this.#withFormer(this.#items.get(at)!));
  }

  #moved(path: string, state: JobState, before: SpectrumItemState): void {
    switch (state.kind) {
      case 'queued':
        return;
      case 'elsewhere': {
        const { where, waiting, fraction } = state;
        this.#set(path, { kind: 'waiting', elsewhere: { where, waiting, fraction } });
        return;
      }
      case 'running':
        if (state.progress) this.#progress(path, state.progress);
        return;
      case 'done': {
        const { result, arrays } = state.analysis;
        this.#files.delete(path);
        this.#end(path, { kind: 'done', result, packed: packArrays(arrays) });
        return;
      }
      case 'failed':
        this.#end(path, this.#lastOf(path, state.error) ?? { kind: 'failed', error: state.error });
        return;
      case 'cancelled':
        this.#end(path, before.kind === 'done' ? before : { kind: 'cancelled' });
    }
  }

  /** For a deleted checkpoint its last result, where that is what is requested. */
  #lastOf(path: string, error: ErrorData): SpectrumItemState | undefined {
    const former = this.#former.get(path);
    const settings = this.#readSettings();
    // Of a missing shard or base, another file is the subject.
    const missing = error.code === 'missing' && error.subject === path;
    const deleted = missing || this.#files.get(path) === 'deleted';
    if (!deleted || !former || !settings) return undefined;
    if (!identicalSettings(settings, former.result.settings)) return undefined;
    this.#files.set(path, 'deleted');
    return { kind: 'done', ...former, stale: 'deleted' };
  }

  /** Never decreases, however the work is divided. */
  #progress(path: string, progress: AnalysisProgress): void {
    const { state } = this.#items.get(path)!;
    const further = state.kind !== 'running' || share(progress) >= share(state.progress);
    if (further) this.#set(path, { kind: 'running', progress });
  }

  #end(path: string, state: SpectrumItemState): void {
    this.#jobs.delete(path);
    this.#set(path, state);
  }

  /** Undefined where the settings are invalid: an analysis with them reports why. */
  #readSettings(): AnalysisSettings | undefined {
    try {
      return this.settings(this.#own);
    } catch {
      return undefined;
    }
  }

  #set(path: string, state: SpectrumItemState): void {
    const before = this.#items.get(path)!;
    if (state.kind === 'done') this.#former.delete(path);
    else if (before.state.kind === 'done') {
      const { result, packed } = before.state;
      this.#former.set(path, { result, packed });
    }
    const item = { ...before, state };
    this.#items.set(path, item);
    this.#tell(item);
  }

  #tell(item: SpectrumItem): void {
    for (const listener of this.#listeners) listener(item);
  }
}

const share = ({ done, total }: AnalysisProgress): number => done / Math.max(1, total);
