/** Logs as comma-separated values (RFC 4180; also with semicolons or tabs), and what Weights & Biases exports as such. */
import { decodeUtf8 } from '../checkpoint/strictJson';
import { damagedLog, noMetrics, type MetricLog } from './log';
import { logOfRecords, stepKeyOf, type LogRecord } from './records';

const MOST_COLUMNS = 20_000;

/**
 * @param run the run's name: of several in one file, its columns count.
 * @throws NeuroMfaError `damaged` or `unsupported`.
 */
export function readCsvLog(path: string, bytes: Uint8Array, run: string): MetricLog {
  let text: string;
  try {
    text = decodeUtf8(bytes);
  } catch (error) {
    throw damagedLog(path, `it ${(error as Error).message}`);
  }
  const rows = csvRows(text.replace(/^\ufeff/, ''), path);
  const first = rows.next();
  const titles = first.done ? [] : first.value;
  if (titles.length > MOST_COLUMNS) throw noMetrics(path, `it has more than ${MOST_COLUMNS} columns`);
  const columns = columnsOf(titles, run);
  const records = function* (): Generator<LogRecord> {
    for (const cells of rows) {
      yield Object.fromEntries(columns.map(({ name, at }) => [name, numberIn(cells[at] ?? '')]));
    }
  };
  return logOfRecords(path, 'csv', records(), stepKeyOf(columns.map(({ name }) => name)));
}

interface Column {
  name: string;
  at: number;
}

/**
 * The columns that count, under their names. Weights & Biases calls them `RUN - METRIC`, and puts the least and the greatest of what
 * a line stands for beside each.
 */
function columnsOf(titles: readonly string[], run: string): Column[] {
  const all = titles.map((title, at): Column => ({ name: title.trim(), at }));
  const names = new Set(all.map(({ name }) => name));
  const plain = all.filter(({ name }) => {
    const bounds = /^(.*)__(?:MIN|MAX)$/.exec(name);
    return name !== '' && !(bounds && names.has(bounds[1]!));
  });
  const parts = plain.map((column) => ({ column, match: /^(.+?) - (.+)$/.exec(column.name) }));
  const runs = new Set(parts.flatMap(({ match }) => (match ? [match[1]!] : [])));
  const only = runs.size === 1 ? [...runs][0]! : runs.has(run) ? run : null;
  if (only === null) return plain;
  return parts.flatMap(({ column, match }) => {
    if (!match) return [column];
    return match[1] === only ? [{ ...column, name: match[2]! }] : [];
  });
}

/** NaN for what is no number. */
function numberIn(cell: string): number {
  const text = cell.trim();
  return text === '' || /^0[box]/i.test(text) ? NaN : Number(text);
}

/** Cells by line; empty lines and lines that begin with # are none. One pass, whatever the text is. */
function* csvRows(text: string, path: string): Generator<string[]> {
  let separator = '';
  let at = 0;
  while (at < text.length) {
    if (separator === '') {
      const line = text.slice(at, endOfLine(text, at));
      if (line.trim() !== '' && !line.startsWith('#')) {
        separator = [',', ';', '\t'].find((each) => line.includes(each)) ?? ',';
      }
    }
    if (text[at] === '#' || text[at] === '\n' || text[at] === '\r') {
      at = endOfLine(text, at) + 1;
      continue;
    }
    const cells: string[] = [];
    for (;;) {
      let cell = '';
      if (text[at] === '"') {
        for (;;) {
          const close = text.indexOf('"', at + 1);
          if (close < 0) throw damagedLog(path, `the quote at character ${at} has no end`);
          cell += text.slice(at + 1, close);
          at = close + 1;
          if (text[at] !== '"') break;
          cell += '"';
        }
      }
      const from = at;
      while (at < text.length && text[at] !== separator && text[at] !== '\n' && text[at] !== '\r') at++;
      cells.push(cell + text.slice(from, at));
      if (text[at] !== separator) break;
      at++;
    }
    if (text[at] === '\r' && text[at + 1] === '\n') at++;
    at++;
    yield cells;
  }
}

function endOfLine(text: string, from: number): number {
  for (let at = from; at < text.length; at++) if (text[at] === '\n' || text[at] === '\r') return at;
  return text.length;
}
