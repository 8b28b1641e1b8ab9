/** Logs as JSON or JSON Lines. */
import { parsePythonJson } from '../checkpoint/pythonJson';
import { checkJsonLimits, decodeUtf8, levels, type JsonLimits } from '../checkpoint/strictJson';
import { damagedLog, MetricLogBuilder, noMetrics, type MetricLog } from './log';
import { isLmEval, readLmEval } from './lmEval';
import { isRecord, logOfRecords, stepKeyOf, takeRecords, type LogRecord } from './records';

/** Logs are flat; results of evaluations contain the configuration of every task. */
const LIMITS: JsonLimits = { levels: levels(64, 5_000_000), containers: 5_000_000 };

/**
 * A trainer state, a result of lm-evaluation-harness, a list of records, or an object with such lists.
 * @param stepOf returns the step of the checkpoint that a path or a revision names; null for none.
 * @throws NeuroMfaError `damaged` or `unsupported`.
 */
export function readJsonLog(
  path: string,
  bytes: Uint8Array,
  stepOf: (path: string) => number | null,
): MetricLog {
  const value = parse(path, bytes);
  if (isLmEval(value)) return readLmEval(path, value, stepOf);
  const all = Array.isArray(value) ? [['', value] as const] : isRecord(value) ? Object.entries(value) : [];
  const lists = all.flatMap(([key, list]) => {
    const records = Array.isArray(list) ? list.filter(isRecord) : [];
    const stepKey = stepKeyIn(records);
    return stepKey === undefined ? [] : [{ key, records, stepKey }];
  });
  const [first, ...more] = lists;
  if (!first)
    throw noMetrics(path, 'it holds no list of records with a step, and no result of an evaluation');
  const builder = new MetricLogBuilder(path);
  // Each of several lists has its own metrics: `train` and `eval` may both have a loss.
  for (const { key, records, stepKey } of lists)
    takeRecords(path, builder, () => records, stepKey, more.length > 0 ? `${key}/` : '');
  return builder.log('records', `no number stands beside a whole number in ${JSON.stringify(first.stepKey)}`);
}

/** One record per line. The last line may be cut off, because a program may be writing it. */
export function readJsonLinesLog(path: string, bytes: Uint8Array): MetricLog {
  const lines = textOf(path, bytes).split('\n');
  const records: LogRecord[] = [];
  for (const [at, line] of lines.entries()) {
    if (line.trim() === '') continue;
    try {
      const record = parsePythonJson(line);
      if (isRecord(record)) records.push(record);
    } catch {
      if (at < lines.length - 1) throw damagedLog(path, `line ${at + 1} is not valid JSON`);
    }
  }
  return logOfRecords(path, 'jsonl', () => records, stepKeyIn(records));
}

function stepKeyIn(records: readonly LogRecord[]): string | undefined {
  const keys = new Set<string>();
  for (const record of records) for (const key in record) keys.add(key);
  return stepKeyOf(keys);
}

function parse(path: string, bytes: Uint8Array): unknown {
  const text = textOf(path, bytes);
  try {
    return parsePythonJson(text);
  } catch {
    throw damagedLog(path, 'it is not valid JSON');
  }
}

function textOf(path: string, bytes: Uint8Array): string {
  try {
    checkJsonLimits(bytes, LIMITS);
    return decodeUtf8(bytes).replace(/^\ufeff/, '');
  } catch (error) {
    throw damagedLog(path, `it ${(error as Error).message}`);
  }
}
