/** The logs of a run that have values at the steps of its checkpoints. */
import { resolve } from 'node:path';
import { NeuroMfaError } from '../../protocol/errors';
import { largest } from '../../protocol/extremes';
import type { Metrics } from '../../protocol/metrics';
import type { TrainingRun } from '../run/trainingRun';
import { findLogs, stepNamedIn } from './findLogs';
import type { MetricLog } from './log';
import { readLog } from './readLog';
import { metricsAt, type ReadLog } from './runMetrics';

/** The facts about a run that its logs need. */
export interface LogRun extends Pick<TrainingRun, 'name' | 'path'> {
  checkpoints: readonly { path: string; step: number | null }[];
  /** The logs to read; by default those found beside the run. */
  files?: readonly string[];
}

/** All logs beside the run that contain its steps; files that merely have such names are skipped. */
export function logsBeside(run: LogRun): ReadLog[] {
  return findLogs(run).flatMap((path) => {
    try {
      return [logOf(path, run)];
    } catch (error) {
      if (error instanceof NeuroMfaError) return [];
      throw error;
    }
  });
}

/** @throws NeuroMfaError for a file that cannot be read, or has none of the run's steps. */
export function logOf(path: string, run: LogRun): ReadLog {
  const log = readLog(path, { name: run.name, stepOf: stepNamedIn(run) });
  const steps = run.checkpoints.flatMap(({ step }) => step ?? []);
  const logged = new Set([...log.metrics.values()].flatMap((values) => [...values.keys()]));
  const from = stepsFromZero(log, logged, steps);
  if (from ?? steps.some((step) => logged.has(step))) return { path: resolve(path), log: from ?? log };
  const cause =
    steps.length === 0
      ? 'the steps of the checkpoints are unknown, so no value belongs to one'
      : `none of its steps (such as ${[...logged].slice(0, 3).join(', ')}) is that of a checkpoint (such as ${steps.slice(0, 3).join(', ')})`;
  throw new NeuroMfaError(
    'unsupported',
    path,
    cause,
    'Name a file that has values at the steps of the checkpoints',
  );
}

/**
 * The log with the steps of the checkpoints, where it counts from 0: Lightning logs the state after 50 steps as step 49
 * and saves it as step 50. Null unless all of the checkpoints that the log covers, two or more, are one step off.
 */
function stepsFromZero(
  log: MetricLog,
  logged: ReadonlySet<number>,
  steps: readonly number[],
): MetricLog | null {
  const last = largest(logged) + 1;
  const covered = steps.filter((step) => step > 0 && step <= last);
  if (covered.length < 2 || !covered.every((step) => logged.has(step - 1) && !logged.has(step))) return null;
  const moved = (values: ReadonlyMap<number, number>): Map<number, number> =>
    new Map([...values].map(([step, value]) => [step + 1, value]));
  return {
    ...log,
    metrics: new Map([...log.metrics].map(([name, values]) => [name, moved(values)])),
    ...(log.epochs && { epochs: moved(log.epochs) }),
    fromZero: true,
  };
}

/**
 * The metrics of a run, a value for each of its checkpoints.
 * @throws NeuroMfaError for a file that was named, see {@link logOf}.
 */
export function metricsOf(run: LogRun): Metrics {
  return metricsAt(
    run,
    run.files ? run.files.map((file) => logOf(file, run)) : logsBeside(run),
    run.checkpoints.map(({ step }) => step),
  );
}
