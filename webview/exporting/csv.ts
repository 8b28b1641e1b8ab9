/** A table as CSV with its provenance in comment lines. */
import { csvComment, csvLine } from '../../src/protocol/csv';
import type { Table } from '../tables/table';

/** Comment lines, a header of plain names, and every row at full precision; an undefined value is an empty field. */
export function toCsv(table: Table, comments: readonly string[]): string {
  const header = csvLine(table.columns.map((column) => column.key));
  return [...comments.map(csvComment), header, ...table.rows.map(csvLine)].join('');
}
