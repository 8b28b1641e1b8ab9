/** `run --watch`: analyzes each checkpoint of runs in training once it is complete. */
import { constants, setPriority } from 'node:os';
import { basename, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { analyzeRun, type AnalyzeOne, type RunChoices } from '../core/emergence/analyzeRun';
import { alertsOf } from '../core/run/alerts';
import { RunWatch } from '../core/run/runWatch';
import type { RunCheckpoint, TrainingRun } from '../core/run/trainingRun';
import type { Band } from '../protocol/alerts';
import type { AnalysisSettings } from '../protocol/analysis';
import type { RunPoint } from '../protocol/run';
import { EXIT, type CliEnvironment } from './environment';
import { watchedAsJson, watchedAsText } from './watchText';

export interface Watching {
  choices: RunChoices;
  settings: AnalysisSettings;
  bands: readonly Band[];
  /** Seconds between two looks. */
  interval: number;
  json: boolean;
  find: (folder: string) => Promise<TrainingRun>;
  /** Reads the headers of all files. @throws where the checkpoint is not complete. */
  open: (path: string) => Promise<unknown>;
  analyze: AnalyzeOne;
  report: (subject: string, error: unknown) => void;
}

/**
 * Watches until it is interrupted.
 * @throws NeuroMfaError where a line cannot be written.
 */
export async function watchRuns(
  folders: readonly string[],
  watching: Watching,
  env: CliEnvironment,
): Promise<number> {
  // The user's other programs have priority; threads that are started from here on inherit it.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  const all = folders.map((folder) => watchOf(resolve(folder), watching, env));
  try {
    for (;;) {
      for (const each of all) await each.look();
      await wait(1000 * watching.interval, undefined, { signal: env.signal });
    }
  } catch (error) {
    if (!env.signal.aborted) throw error;
    return EXIT.success;
  }
}

function watchOf(folder: string, watching: Watching, env: CliEnvironment): RunWatch {
  const { find, open, report, bands, json } = watching;
  const results = new RememberedResults(watching);
  return new RunWatch(folder, {
    find: () => find(folder),
    open: ({ path }) => open(path),
    analyze: ({ path }, run) => results.pointOf(path, { ...run, name: basename(folder), path: folder }),
    tell: async (point) => {
      const line = { run: basename(folder), folder, point, alerts: alertsOf(point, bands) };
      await env.writeResult(json ? watchedAsJson(line) : watchedAsText(line));
    },
    report,
    signal: env.signal,
  });
}

/** Results of one run, including checkpoints that the trainer has deleted since. */
class RememberedResults {
  readonly #results = new Map<string, ReturnType<AnalyzeOne>>();

  constructor(private readonly watching: Pick<Watching, 'choices' | 'settings' | 'analyze'>) {}

  /**
   * The point of a checkpoint in the series of its run; null where it could not be analyzed and that has been reported.
   */
  async pointOf(path: string, run: TrainingRun): Promise<RunPoint | null> {
    const { choices, settings, analyze } = this.watching;
    this.#forget(path);
    const remembered: AnalyzeOne = async (which, own, common) => {
      const key = JSON.stringify([which, own, common ?? null]);
      const found = this.#results.get(key) ?? analyze(which, own, common);
      this.#results.set(key, found);
      if ((await found) === null) this.#results.delete(key);
      return found;
    };
    const { name, path: folder, orderedBy, checkpoints } = run;
    const found = await analyzeRun(
      { name, path: folder, orderedBy, checkpoints },
      choices,
      settings,
      remembered,
    );
    const point = found?.series.points.find(({ checkpoint }) => checkpoint.path === path) ?? null;
    if (!point) this.#forget(path);
    return point;
  }

  #forget(path: RunCheckpoint['path']): void {
    for (const key of this.#results.keys()) {
      const [which] = JSON.parse(key) as [{ path: string }];
      if (which.path === path) this.#results.delete(key);
    }
  }
}
