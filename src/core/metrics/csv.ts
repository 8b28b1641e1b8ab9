/**
 * Logs as comma-separated values (RFC 4180; also with semicolons or tabs), including the exports of Weights & Biases.
 */
import { decodeUtf8 } from '../checkpoint/strictJson';
import { damagedLog, noMetrics, type MetricLog } from './log';
import { logOfRecords, stepKeyOf, type LogRecord } from './records';

const MAX_COLUMNS = 20_000;

/**
 * @param run the run's name: where a file has columns of several runs, its columns count.
 * @throws NeuroMfaError `damaged` or `unsupported`.
 */
export function readCsvLog(path: string, bytes: Uint8Array, run: string): MetricLog {
  let text: string;
  try {
    text = decodeUtf8(bytes);
  } catch (error) {
    throw damagedLog(path, `it ${(error as Error).message}`);
  }
  const whole = text.replace(/^\ufeff/, '');
  const separator = separatorIn(whole);
  const titles = csvRows(whole, separator, path).next().value ?? [];
  if (titles.length > MAX_COLUMNS) throw noMetrics(path, `it has more than ${MAX_COLUMNS} columns`);
  const columns = columnsOf(titles, run, path);
  const read = cellReader(csvRows(whole, separator, path), separator, path);
  const records = function* (): Generator<LogRecord> {
    let isTitle = true;
    for (const cells of csvRows(whole, separator, path)) {
      if (!isTitle) yield Object.fromEntries(columns.map(({ name, at }) => [name, read(cells[at] ?? '')]));
      isTitle = false;
    }
  };
  return logOfRecords(path, 'csv', records, stepKeyOf(columns.map(({ name }) => name)));
}

/** By its decimal mark: a number, perhaps with its thousands apart, and one that has three decimals or is of thousands. */
const WRITTEN = {
  '.': {
    number: /^[-+]?(?:\d*|\d{1,3}(?:,\d{3})+)\.\d*(?:e[-+]?\d+)?$/i,
    unsure: /^[-+]?[1-9]\d{0,2}(?:\.\d{3})+$/,
  },
  ',': {
    number: /^[-+]?(?:\d*|\d{1,3}(?:\.\d{3})+),\d*(?:e[-+]?\d+)?$/i,
    unsure: /^[-+]?[1-9]\d{0,2}(?:,\d{3})+$/,
  },
} as const;

/**
 * How numbers are written in cells. Where semicolons or tabs separate cells, a comma may be the decimal mark; the other
 * mark then stands between thousands.
 * @throws NeuroMfaError `unsupported` where cells contradict each other, or `2,345` may be either.
 */
function cellReader(
  rows: Iterable<readonly string[]>,
  separator: string,
  path: string,
): (cell: string) => string {
  if (separator === ',') return (cell) => cell;
  const sure = { '.': '', ',': '' };
  const unsure = { '.': '', ',': '' };
  for (const cells of rows) {
    for (const cell of cells.map((each) => each.trim())) {
      for (const mark of ['.', ','] as const) {
        if (WRITTEN[mark].unsure.test(cell)) unsure[mark] ||= cell;
        else if (WRITTEN[mark].number.test(cell)) sure[mark] ||= cell;
      }
    }
  }
  if (sure['.'] && sure[','])
    throw noMetrics(path, `it has decimal points (${sure['.']}) and decimal commas (${sure[',']})`);
  const either = unsure[','] || (separator === ';' ? unsure['.'] : '');
  if (!sure['.'] && !sure[','] && either)
    throw noMetrics(path, `it is unclear whether ${either} has three decimals or counts thousands`);
  const [mark, thousands] = sure[','] ? ([',', '.'] as const) : (['.', ','] as const);
  return (cell) => {
    const text = cell.trim();
    const isNumber = WRITTEN[mark].number.test(text) || WRITTEN[thousands].unsure.test(text);
    return isNumber ? text.replaceAll(thousands, '').replace(mark, '.') : cell;
  };
}

interface Column {
  name: string;
  at: number;
}

/**
 * The columns that count, with their names. Weights & Biases names them `RUN - METRIC`, and adds the least and the
 * greatest value that each line represents.
 */
function columnsOf(titles: readonly string[], run: string, path: string): Column[] {
  const all = titles.map((title, at): Column => ({ name: title.trim(), at }));
  const names = new Set(all.map(({ name }) => name));
  const twice = all.find(
    ({ name, at }) => name !== '' && all.some((each) => each.name === name && each.at < at),
  );
  if (twice) throw noMetrics(path, `it has two columns called ${JSON.stringify(twice.name)}`);
  const hasBounds = all.some(({ name }) => names.has(`${name}__MIN`) || names.has(`${name}__MAX`));
  const plain = all.filter(({ name }) => {
    const bounds = /^(.*)__(?:MIN|MAX)$/.exec(name);
    return name !== '' && !(bounds && names.has(bounds[1]!));
  });
  const parts = plain.map((column) => ({ column, match: /^(.+?) - (.+)$/.exec(column.name) }));
  const runs = new Set(parts.flatMap(({ match }) => (match ? [match[1]!] : [])));
  const only = runs.has(run) ? run : hasBounds && runs.size === 1 ? [...runs][0]! : null;
  if (only === null) return plain;
  return parts.flatMap(({ column, match }) => {
    if (!match) return [column];
    return match[1] === only ? [{ ...column, name: match[2]! }] : [];
  });
}

/** The separator that occurs most often in the first line outside of quotes. */
function separatorIn(text: string): string {
  const first = text.split(/[\r\n]/, 1_000).find((line) => line.trim() !== '' && !line.startsWith('#')) ?? '';
  const plain = first.replace(/"[^"]*"/g, '');
  const counts = [',', ';', '\t'].map((each) => ({ each, times: plain.split(each).length }));
  return counts.reduce((most, next) => (next.times > most.times ? next : most)).each;
}

/** Cells by line; empty lines and lines that begin with # are skipped. One pass, whatever the text is. */
function* csvRows(text: string, separator: string, path: string): Generator<string[], undefined> {
  let at = 0;
  while (at < text.length) {
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
