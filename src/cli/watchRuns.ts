/** `run --watch`: each checkpoint of runs that are being trained is analyzed once it is whole. */
import { constants, setPriority } from 'node:os';
import { basename, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { analyzeRun, type AnalyzeOne, type RunChoices } from '../core/emergence/analyzeRun';
import type { RunCheckpoint, TrainingRun } from '../core/run/trainingRun';
import { CheckpointWatch } from '../core/run/watch';
import type { AnalysisSettings } from '../protocol/analysis';
import { errorData, NeuroMfaError } from '../protocol/errors';
import type { RunPoint } from '../protocol/run';
import { alertsOf, type Band } from './alertOption';
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
  /** Reads the headers of all files. @throws where the checkpoint is not whole. */
  open: (path: string) => Promise<unknown>;
  analyze: AnalyzeOne;
  report: (subject: string, error: unknown) => void;
}

/** A run that is watched, and what is known of it: also of checkpoints that the trainer has deleted since. */
interface Watched {
  folder: string;
  watch: CheckpointWatch;
  known: Map<string, RunCheckpoint>;
  results: Map<string, ReturnType<AnalyzeOne>>;
  /** The last reason why nothing is found, which is said once. */
  waiting: string;
}

/**
 * Looks until it is interrupted, which is how it ends.
 * @throws NeuroMfaError where a line cannot be written.
 */
export async function watchRuns(
  folders: readonly string[],
  watching: Watching,
  env: CliEnvironment,
): Promise<number> {
  // What users do beside it goes first; threads that are started from here on inherit it.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  const all = folders.map((folder): Watched => ({
    folder: resolve(folder),
    watch: new CheckpointWatch(),
    known: new Map(),
    results: new Map(),
    waiting: '',
  }));
  try {
    for (;;) {
      for (const each of all) await lookAt(each, watching, env);
      await wait(1000 * watching.interval, undefined, { signal: env.signal });
    }
  } catch (error) {
    if (!env.signal.aborted) throw error;
    return EXIT.success;
  }
}

async function lookAt(watched: Watched, watching: Watching, env: CliEnvironment): Promise<void> {
  const { folder, watch, known } = watched;
  const { find, open, report, json } = watching;
  let run: TrainingRun;
  try {
    run = await find(folder);
  } catch (error) {
    env.signal.throwIfAborted();
    // Nothing may be there yet, or something else for a moment.
    const { message } = NeuroMfaError.from(errorData(error, folder));
    if (message !== watched.waiting) report(folder, error);
    watched.waiting = message;
    return;
  }
  watched.waiting = '';
  const whole = await watch.look(
    folder,
    run.checkpoints,
    ({ path }) => open(path),
    ({ path }, reason) => {
      report(path, reason);
    },
  );
  env.signal.throwIfAborted();
  for (const checkpoint of whole) {
    const former = known.get(checkpoint.path);
    known.set(checkpoint.path, checkpoint);
    forget(watched, checkpoint.path);
    const point = await pointOf(checkpoint.path, run, watched, watching);
    if (!point) {
      // Deleted or written anew meanwhile, which the next looks will tell; or nothing that can be analyzed.
      if (former) known.set(checkpoint.path, former);
      else known.delete(checkpoint.path);
      forget(watched, checkpoint.path);
    }
    const still = !point && (await open(checkpoint.path).catch(() => null)) === null;
    if (!still) watch.done(checkpoint);
    if (!point) continue;
    const line = { run: basename(folder), folder, point, alerts: alertsOf(point, watching.bands) };
    await env.writeResult(json ? watchedAsJson(line) : watchedAsText(line));
  }
}

/** The point of a checkpoint in the series of everything known; null where it could not be analyzed, which has been reported. */
async function pointOf(
  path: string,
  { orderedBy }: TrainingRun,
  { folder, known, results }: Watched,
  { choices, settings, analyze }: Watching,
): Promise<RunPoint | null> {
  const remembered: AnalyzeOne = async (which, own, common) => {
    const key = JSON.stringify([which, own, common ?? null]);
    const found = results.get(key) ?? analyze(which, own, common);
    results.set(key, found);
    if ((await found) === null) results.delete(key);
    return found;
  };
  const checkpoints = inOrder([...known.values()]);
  const run = { name: basename(folder), path: folder, orderedBy, checkpoints };
  const found = await analyzeRun(run, choices, settings, remembered);
  return found?.series.points.find(({ checkpoint }) => checkpoint.path === path) ?? null;
}

const inOrder = (checkpoints: RunCheckpoint[]): RunCheckpoint[] =>
  checkpoints.sort((a, b) =>
    a.step !== null && b.step !== null ? a.step - b.step : a.modified - b.modified,
  );

function forget({ results }: Watched, path: string): void {
  for (const key of results.keys()) {
    const [which] = JSON.parse(key) as [{ path: string }];
    if (which.path === path) results.delete(key);
  }
}
