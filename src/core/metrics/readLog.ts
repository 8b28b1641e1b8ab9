/** Reads a file of metrics, whatever program wrote it. */
import { basename, resolve } from 'node:path';
import { readSmallFile } from '../storage/smallFile';
import { readCsvLog } from './csv';
import { readJsonLinesLog, readJsonLog } from './json';
import { LOG_WORDS, MAX_LOG_BYTES, noMetrics, type MetricLog } from './log';
import { readTensorboardLog } from './tensorboard';

export interface LogOwner {
  /** The run's name. */
  name: string;
  /** Returns the step of the checkpoint that a path or a revision names; null for none. */
  stepOf: (path: string) => number | null;
}

/**
 * @throws NeuroMfaError `missing`, `unreadable`, `damaged` or `unsupported`, naming the file.
 */
export function readLog(location: string, { name, stepOf }: LogOwner): MetricLog {
  const path = resolve(location);
  const file = basename(path).toLowerCase();
  const bytes = readSmallFile(path, MAX_LOG_BYTES, LOG_WORDS);
  if (bytes.length === 0) throw noMetrics(path, 'it is empty');
  if (file.includes('.tfevents.')) return readTensorboardLog(path, bytes);
  if (/\.(?:csv|tsv)$/.test(file)) return readCsvLog(path, bytes, name);
  if (/\.(?:jsonl|ndjson)$/.test(file)) return readJsonLinesLog(path, bytes);
  if (file.endsWith('.json')) return readJsonLog(path, bytes, stepOf);
  throw noMetrics(
    path,
    'its name does not end in .json, .jsonl, .csv or .tsv, and is not that of an event file',
  );
}
