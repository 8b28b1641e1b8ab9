/**
 * Comma-separated values (RFC 4180) that no program takes for more than text and numbers, wherever it splits lines: names
 * come from outside, and a spreadsheet runs cells that begin like a formula.
 */
import { visible } from './visible';

export type CsvCell = string | number | null;

/**
 * What begins a formula, in full width too, at the beginning of a cell, or behind anything that some program may take for
 * one: where the comma is the decimal point, spreadsheets split lines at semicolons, whatever is quoted.
 */
const FORMULA = /(?<=^|[,;|"'])\s*[=+\-@＝＋－＠]/gu;
/** Quotes keep what they hold in one cell; spaces at the ends are trimmed without them. */
const NEEDS_QUOTES = /[",;|]|^[\s#]|\s$/u;

/** Cells at full precision, the line ended. Undefined numbers are empty cells. */
export function csvLine(cells: readonly CsvCell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/** A line that tells about the others: `# …`, and one cell for programs that know no comments. */
export function csvComment(text: string): string {
  return `${inQuotes(`# ${harmless(text)}`)}\r\n`;
}

function csvCell(cell: CsvCell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : '';
  const text = harmless(cell);
  return NEEDS_QUOTES.test(text) ? inQuotes(text) : text;
}

/** In one line, with an apostrophe before anything that looks like a formula. */
function harmless(text: string): string {
  return visible(text).replace(FORMULA, "'$&");
}

function inQuotes(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
