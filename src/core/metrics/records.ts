/**
 * Metrics from records that each tell their step: lines of CSV and JSON Lines, the log in a trainer state, lists of checkpoints
 * in results of any program.
 */
import type { MetricFormat } from '../../protocol/metrics';
import { MetricLogBuilder, noMetrics, stepIn, type MetricLog } from './log';

export type LogRecord = Readonly<Record<string, unknown>>;

/** What counts steps, the surest first: `Step` of Weights & Biases counts calls that log. */
const STEP_KEYS = [
  'train/global_step',
  'trainer/global_step',
  'global_step',
  'global step',
  'training_step',
  'train_step',
  'step',
  'steps',
  '_step',
  'iteration',
  'iterations',
  'iter',
] as const;

/** Time goes with steps, whatever is learned. */
const CLOCKS = /^(?:.*\/)?(?:_?(?:runtime|timestamp)|(?:wall|elapsed)_?(?:time|clock|s)|time|date)$/i;

/** Values in records within a record, as `{"val": {"loss": …}}`. */
const MOST_LEVELS = 4;

/** The key that tells steps; undefined where none does. */
export function stepKeyOf(keys: Iterable<string>): string | undefined {
  const known = new Map([...keys].map((key) => [key.trim().toLowerCase(), key]));
  const found = STEP_KEYS.find((each) => known.has(each));
  return found && known.get(found);
}

/**
 * @param read how a value in a record is a number.
 * @throws NeuroMfaError `unsupported` where no record has a step, or none a number beside it.
 */
export function logOfRecords(
  path: string,
  format: MetricFormat,
  records: Iterable<LogRecord>,
  stepKey: string | undefined,
): MetricLog {
  if (stepKey === undefined) throw noMetrics(path, 'nothing in it is called step');
  const builder = new MetricLogBuilder(path);
  const take = (record: LogRecord, step: number, prefix: string, level: number): void => {
    for (const [key, value] of Object.entries(record)) {
      const name = `${prefix}${key}`;
      if (CLOCKS.test(name) || stepKeyOf([name]) !== undefined) continue;
      if (typeof value === 'number') builder.add(name, step, value);
      else if (isRecord(value) && level < MOST_LEVELS) take(value, step, `${name}/`, level + 1);
    }
  };
  for (const record of records) {
    const step = stepIn(record[stepKey]);
    if (step !== null) take(record, step, '', 1);
  }
  return builder.log(format, `no number stands beside a whole number in ${JSON.stringify(stepKey)}`);
}

export const isRecord = (value: unknown): value is LogRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
