/** A table as CSV (RFC 4180) with its provenance in comment lines. */
import type { Cell, Table } from '../tables/table';

function field(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : '';
  // A spreadsheet would run a name that begins like a formula.
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Comment lines, a header of plain names, and every row at full precision; an undefined value is an empty field. */
export function toCsv(table: Table, comments: readonly string[]): string {
  const lines = [
    ...comments.map((line) => `# ${line}`),
    table.columns.map((column) => field(column.key)).join(','),
    ...table.rows.map((row) => row.map(field).join(',')),
  ];
  return `${lines.join('\r\n')}\r\n`;
}
