/** Text tables for a terminal. */
import { visible } from '../protocol/visible';

export interface Column<Row> {
  title: string;
  /** Numbers are right-aligned. */
  align?: 'right';
  text: (row: Row) => string;
}

/** A line of titles and one line per row, with columns two spaces apart; each line ends with a line feed. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  return [...tableLines(columns, rows)].join('');
}

/** {@link formatTable} line by line: half a million of them are too long for one text. */
export function* tableLines<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): Generator<string, void> {
  const titles = columns.map(({ title }) => title);
  const cells = (row: Row): string[] => columns.map(({ text }) => visible(text(row)));
  const widths = titles.map(({ length }) => length);
  for (const row of rows) {
    cells(row).forEach((cell, c) => {
      widths[c] = Math.max(widths[c]!, cell.length);
    });
  }
  const pad = (cell: string, c: number): string =>
    columns[c]!.align === 'right' ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!);
  const line = (each: readonly string[]): string => `${each.map(pad).join('  ').trimEnd()}\n`;
  yield line(titles);
  for (const row of rows) yield line(cells(row));
}
