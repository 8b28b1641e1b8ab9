/** The metrics of a run at the steps of its checkpoints. */
import { dirname, relative } from 'node:path';
import type { Metric, Metrics } from '../../protocol/metrics';
import { isBelow } from '../storage/withinFolders';
import type { MetricLog } from './log';

/** A log with the file that it is from. */
export interface ReadLog {
  path: string;
  log: MetricLog;
}

/** Logs of several files that hold one metric together: results of evaluations are a file per checkpoint, event files may go on in another. */
const isJoined = ({ format }: MetricLog): boolean => format === 'lm-eval' || format === 'tensorboard';

/**
 * Evaluations with and without solved examples share their names, and so do those of several models in one folder: where
 * logs hold both, each metric says which it is.
 */
function namesByOrigin(logs: readonly ReadLog[]): (metric: string, log: MetricLog) => string {
  const counts = new Map<string, Set<number | undefined>>();
  const models = new Set<string>();
  for (const { log } of logs) {
    if (log.model !== undefined) models.add(log.model);
    if (!log.shots) continue;
    for (const metric of log.metrics.keys()) {
      const known = counts.get(metric) ?? new Set();
      counts.set(metric, known.add(log.shots.get(metric)));
    }
  }
  return (metric, { shots, model }) => {
    const count = shots?.get(metric);
    const origins = [
      ...(count !== undefined && counts.get(metric)!.size > 1 ? [`${count}-shot`] : []),
      ...(model !== undefined && models.size > 1 ? [model] : []),
    ];
    return origins.length === 0 ? metric : `${metric} (${origins.join(', ')})`;
  };
}

/** @param steps of the run's points, in their order. */
export function metricsAt(
  run: { path: string },
  logs: readonly ReadLog[],
  steps: readonly (number | null)[],
): Metrics {
  const sources = new Map<string, { path: string; metrics: Map<string, Map<number, number>> }>();
  const nameOf = namesByOrigin(logs);
  for (const { path, log } of logs) {
    const folder = log.format === 'lm-eval' ? '' : dirname(path);
    const key = isJoined(log) ? `${log.format}\n${folder}` : path;
    let source = sources.get(key);
    if (!source) sources.set(key, (source = { path: isJoined(log) ? folder : path, metrics: new Map() }));
    for (const [metric, values] of log.metrics) {
      const name = nameOf(metric, log);
      const known = source.metrics.get(name) ?? new Map<number, number>();
      for (const [step, value] of values) known.set(step, value);
      source.metrics.set(name, known);
    }
  }
  const found: (Metric & { path: string })[] = [];
  for (const { path, metrics } of sources.values()) {
    for (const [name, known] of metrics) {
      const values = steps.map((step) => (step === null ? null : (known.get(step) ?? null)));
      if (values.some((value) => value !== null)) found.push({ name, values, path });
    }
  }
  const times = new Map<string, number>();
  for (const { name } of found) times.set(name, (times.get(name) ?? 0) + 1);
  // One log's: of several, each may count anew.
  const [epochs] = logs.flatMap(({ log }) => {
    const values = steps.map((step) => (step === null ? null : (log.epochs?.get(step) ?? null)));
    return values.some((value) => value !== null) ? [values] : [];
  });
  return {
    ...(epochs && { epochs }),
    files: logs.map(({ path, log: { format, fromZero } }) => ({
      path,
      format,
      ...(fromZero && { fromZero }),
    })),
    // Of one name, each is called by its file as well.
    values: found.map(({ name, values, path }) => ({
      name:
        times.get(name) === 1
          ? name
          : `${name} (${isBelow(path, run.path) ? relative(run.path, path) : path})`,
      values,
    })),
  };
}
