/**
 * Comma-separated values (RFC 4180) that no program takes for anything but text and numbers, wherever it splits lines:
 * names come from outside, and a spreadsheet executes cells that begin like a formula.
 */
import { visible } from './visible';

export type CsvCell = string | number | null;

/**
 * Characters that begin a formula, full-width ones included, at the beginning of a cell or after anything that some
 * program may take for one: where the comma is the decimal point, spreadsheets split lines at semicolons, even within
 * quotes.
 */
const FORMULA = /(?<=^|[,;|"'])\s*[=+\-@＝＋－＠]/gu;
/** Quotes keep their content in one cell; without them, spaces at the ends are trimmed. */
const NEEDS_QUOTES = /[",;|]|^[\s#]|\s$/u;

/** Cells at full precision, with a line ending. Undefined numbers are empty cells. */
export function csvLine(cells: readonly CsvCell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/** A comment about the other lines: `# …`, and a single cell for programs that do not know comments. */
export function csvComment(text: string): string {
  return `${inQuotes(`# ${harmless(text)}`)}\r\n`;
}

function csvCell(cell: CsvCell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : '';
  const text = harmless(cell);
  return NEEDS_QUOTES.test(text) ? inQuotes(text) : text;
}

/** On one line, with an apostrophe before anything that looks like a formula. */
function harmless(text: string): string {
  return visible(text).replace(FORMULA, "'$&");
}

function inQuotes(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
