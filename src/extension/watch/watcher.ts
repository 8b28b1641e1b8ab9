/**
 * "Watch Run": looks at the watched runs again and again, analyzes each checkpoint once it is whole, after everything that the user
 * asks for, and says what the user wants to be alerted of.
 */
import { alertsOf } from '../../core/run/alerts';
import { RunWatch } from '../../core/run/runWatch';
import type { RunCheckpoint, TrainingRun } from '../../core/run/trainingRun';
import type { Alert, Band } from '../../protocol/alerts';
import { errorData, NeuroMfaError } from '../../protocol/errors';
import type { RunPoint } from '../../protocol/run';
import type { Described } from '../../worker/cachedAnalyses';
import type { Findings } from '../runs/findings';
import type { Runs } from '../runs/runs';
import { target, type Analyses, type Log } from '../services/analyses';
import type { WatchedRun, WatchedRuns } from './watchedRuns';

export interface WatchSettings {
  /** Seconds between two looks. */
  interval: number;
  bands: readonly Band[];
}

/** What the watcher takes from the editor. */
export interface WatcherServices {
  /** The run as its files are now. @throws where there is none. */
  find: (watched: WatchedRun) => Promise<TrainingRun>;
  analyses: Pick<Analyses, 'describe'>;
  findings: Pick<Findings, 'analyze' | 'stateOf'>;
  runs: Pick<Runs, 'get' | 'load' | 'series' | 'missingBaseline'>;
  /** Tells the settings of the method apart: under others everything is analyzed again. */
  method: () => string;
  /** @throws NeuroMfaError `usage`. */
  settings: () => WatchSettings;
  /** Shows what of a checkpoint is alarming. */
  alert: (watched: WatchedRun, point: RunPoint, alerts: readonly Alert[]) => void;
  /** Shows what cannot be watched, or analyzed. */
  warn: (watched: WatchedRun, reason: NeuroMfaError) => void;
  log: Pick<Log, 'info' | 'warn' | 'error'>;
}

/** One run that is looked at. */
interface Looking {
  watch: RunWatch;
  stop: AbortController;
  /** What was said of its last checkpoint: the same is not said of the next one again. */
  alerting: ReadonlySet<string>;
  method: string;
}

/** Settings that are not valid are said where they are used; runs are looked at all the same. */
const PLAIN: WatchSettings = { interval: 10, bands: [] };

export class Watcher {
  readonly #looking = new Map<WatchedRun, Looking>();
  readonly #described = new Map<string, Described>();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #disposed = false;
  #problem = '';

  constructor(
    private readonly watched: WatchedRuns,
    private readonly services: WatcherServices,
  ) {}

  /** Looks from now on, for as long as something is watched. */
  start(): void {
    clearTimeout(this.#timer);
    if (this.#disposed || this.#round || this.watched.active.length === 0) return;
    this.#round = this.look().finally(() => {
      this.#round = undefined;
      if (this.#disposed || this.watched.active.length === 0) return;
      this.#timer = setTimeout(() => {
        this.start();
      }, 1000 * this.#settings().interval);
    });
  }

  /** Ends the watching of a run. */
  async stop(watched: WatchedRun): Promise<void> {
    this.#looking.get(watched)?.stop.abort();
    this.#looking.delete(watched);
    await this.watched.stop(watched);
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
    for (const { stop } of this.#looking.values()) stop.abort();
  }

  /** Looks at each run once, one after the other. Never rejects. */
  async look(): Promise<void> {
    for (const watched of this.watched.active) {
      if (this.#disposed) return;
      const looking = await this.#of(watched);
      const method = this.services.method();
      if (looking.method !== method) looking.watch.restart();
      looking.method = method;
      try {
        await looking.watch.look();
      } catch (error) {
        if (!looking.stop.signal.aborted)
          this.services.log.error(error instanceof Error ? error : String(error));
      }
    }
  }

  async #of(watched: WatchedRun): Promise<Looking> {
    const known = this.#looking.get(watched);
    if (known) return known;
    const { find, findings, runs, method } = this.services;
    const stop = new AbortController();
    const watch = new RunWatch(watched.folder, {
      find: async () => {
        const run = await find(watched);
        await this.watched.saw(watched, run);
        return run;
      },
      open: async ({ path }) => {
        this.#described.set(path, await this.services.analyses.describe(path));
      },
      analyze: (checkpoint) => this.#analyze(watched, checkpoint, stop.signal),
      tell: (point) => {
        this.#tell(watched, point);
      },
      report: (subject, error) => {
        this.#warn(watched, NeuroMfaError.from(errorData(error, subject)));
      },
      signal: stop.signal,
    });
    const looking = { watch, stop, alerting: new Set<string>(), method: method() };
    this.#looking.set(watched, looking);
    // Before a reload; perhaps under other settings.
    if (watched.id !== null) await runs.load(watched.id);
    watch.remember(watched.analyzed.filter(({ path }) => findings.stateOf(target(path)).kind === 'done'));
    return looking;
  }

  /** Null where it could not be analyzed; said unless it was called off, or is gone. */
  async #analyze(
    watched: WatchedRun,
    checkpoint: RunCheckpoint,
    signal: AbortSignal,
  ): Promise<RunPoint | null> {
    const { findings, runs } = this.services;
    const { path } = checkpoint;
    try {
      await findings.analyze([target(path)], { background: true, signal });
      const state = findings.stateOf(target(path));
      if (state.kind === 'failed') this.#warn(watched, NeuroMfaError.from(state.error));
      if (state.kind !== 'done') return null;
      // First of all: the trainer may delete it any moment.
      const described = this.#described.get(path);
      this.#described.delete(path);
      if (described) await this.watched.remember(watched, analyzedCheckpoint(checkpoint, described));
      const run = runs.get(watched.id!);
      if (!run || signal.aborted) return null;
      await runs.load(run.id);
      const drawn = runs.missingBaseline(run).filter(({ weights }) => weights.kind !== 'stored');
      if (drawn.length > 0) await findings.analyze(drawn, { background: true, signal });
      const series = runs.series(runs.get(run.id) ?? run);
      return series?.points.find((point) => point.checkpoint.path === path) ?? null;
    } catch (error) {
      this.#warn(watched, NeuroMfaError.from(errorData(error, path)));
      return null;
    }
  }

  #tell(watched: WatchedRun, point: RunPoint): void {
    const looking = this.#looking.get(watched);
    if (!looking) return;
    const alerts = alertsOf(point, this.#settings().bands);
    const fresh = alerts.filter(({ figure }) => !looking.alerting.has(figure));
    looking.alerting = new Set(alerts.map(({ figure }) => figure));
    this.services.log.info(`Watched ${point.checkpoint.path}: analyzed`);
    if (fresh.length > 0) this.services.alert(watched, point, fresh);
  }

  #warn(watched: WatchedRun, reason: NeuroMfaError): void {
    this.services.log.warn(reason.message);
    this.services.warn(watched, reason);
  }

  #settings(): WatchSettings {
    try {
      const settings = this.services.settings();
      this.#problem = '';
      return settings;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (problem !== this.#problem) this.services.log.warn(problem);
      this.#problem = problem;
      return PLAIN;
    }
  }
}

const analyzedCheckpoint = (
  { path, name, step, epoch, tokens, modified, bytes }: RunCheckpoint,
  { checkpoint, state }: Described,
): WatchedRun['analyzed'][number] => ({
  ...{ path, name, step, epoch, tokens, modified, bytes },
  described: { checkpoint, state },
});
