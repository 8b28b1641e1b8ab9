/** Text tables for a terminal. */
import { printable } from './printable';

export interface Column<Row> {
  title: string;
  /** Numbers line up at the right. */
  align?: 'right';
  text: (row: Row) => string;
}

/** One line per row under a line of titles, columns two spaces apart, each line ended. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ text }) => printable(text(row)))),
  ];
  const widths = columns.map((_, c) => Math.max(...cells.map((line) => line[c]!.length)));
  const pad = (cell: string, c: number) =>
    columns[c]!.align === 'right' ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!);
  return cells.map((line) => `${line.map(pad).join('  ').trimEnd()}\n`).join('');
}

/** Stands where there is no number. */
export const NOTHING = '–';

export function fixed(value: number | null, decimals: number): string {
  return value === null ? NOTHING : value.toFixed(decimals);
}

/** 1,234,567 */
export function whole(value: number): string {
  return value.toLocaleString('en-US');
}
