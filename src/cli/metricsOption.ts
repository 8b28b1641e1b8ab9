/** `--metrics FILE`: metrics of a run's checkpoints. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { correlationsOf } from '../core/metrics/correlations';
import { logOf, logsBeside } from '../core/metrics/runLogs';
import { metricsAt, type ReadLog } from '../core/metrics/runMetrics';
import type { TrainingRun } from '../core/run/trainingRun';
import { isBelow } from '../core/storage/withinFolders';
import { NeuroMfaError } from '../protocol/errors';
import type { RunSeries } from '../protocol/run';
import { pathWords } from './pathWord';

export interface MetricsOption {
  /** Files, or false for none; undefined for those beside the run. */
  metrics?: string[] | false;
}

export function addMetricsOption(command: Command): Command {
  return command
    .option(
      '--metrics <file>',
      'losses or scores by step, to set beside E (repeatable; FOLDER=FILE where several runs are given): trainer_state.json, lm-evaluation-harness results, CSV or JSON Lines with a step column, TensorBoard events; without it, those found beside the checkpoints',
      pathWords,
    )
    .option('--no-metrics', 'look for no metrics');
}

/** What one run's files of metrics say, read before anything is computed. */
export type RunLogs = readonly ReadLog[];

/**
 * @returns the logs of each run, in the order of `runs`.
 * @throws NeuroMfaError for a named file that cannot be read, belongs to no run, or has none of the steps of its run.
 */
export function logsOf({ metrics }: MetricsOption, runs: readonly TrainingRun[]): RunLogs[] {
  if (metrics === false) return runs.map(() => []);
  if (metrics === undefined) return runs.map(logsBeside);
  const named = metrics.map((word) => placed(word, runs));
  return runs.map((run) => named.filter((each) => each.run === run).map(({ file }) => logOf(file, run)));
}

/** The run and the file that a word denotes: `FILE`, or `FOLDER=FILE`. */
function placed(word: string, runs: readonly TrainingRun[]): { file: string; run: TrainingRun | undefined } {
  const at = isThere(word) ? -1 : word.indexOf('=');
  const file = at < 0 ? word : word.slice(at + 1);
  const folder = at < 0 ? null : resolve(word.slice(0, at));
  const owners = runs.filter(({ path }) =>
    folder === null ? isBelow(resolve(file), path) : path === folder || isBelow(path, folder),
  );
  const [run, ...others] = owners.length === 0 && folder === null && runs.length === 1 ? runs : owners;
  if (runs.length > 0 && (run === undefined || others.length > 0)) {
    throw new NeuroMfaError(
      'usage',
      '--metrics',
      folder === null
        ? `${file} belongs to none of the runs by its path`
        : `${folder} is not one of the runs`,
      'Name the run as well: --metrics FOLDER=FILE',
    );
  }
  return { file, run };
}

const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

/** The series with its metrics and their correlations; unchanged where there are none. */
export function withMetrics(series: RunSeries, logs: RunLogs): RunSeries {
  if (logs.length === 0) return series;
  const metrics = metricsAt(
    series.run,
    logs,
    series.points.map(({ step }) => step),
  );
  return metrics.values.length === 0
    ? series
    : { ...series, metrics, correlations: correlationsOf(series.points, metrics) };
}
