/**
 * Decodes codes by tables: where many codes share a scale, the value of each code is computed once and then only
 * copied, as 32-bit words. Loops process several codes per iteration, because the overhead of an iteration costs more
 * than a code.
 */
import { rowBytes, type Codes } from './codes';
import { wordsOf } from './floats';

/** Tables for a row: a range of values, by code, for each of its scales. */
export interface RowTables {
  /** The bits of the float32 values. */
  words: Int32Array;
  /** Number of codes that share a range. */
  each: number;
  /** For each column, where its range begins; consecutive where it is null. */
  bases: Int32Array | null;
}

/** Whether rows are looked up directly from their stored words, eight 4-bit codes at a time. */
export function isReadPacked({ bits, packing, columns }: Codes, { each, bases }: RowTables): boolean {
  if (bits !== 4 || columns % 8 !== 0) return false;
  return bases ? packing === 'row' : each % 8 === 0 && (packing === 'row' || packing === 'high-first');
}

/** Looks up row `row` of the rows in `stored`. @param out receives values from `to` on. */
export function lookUpPacked(
  codes: Codes,
  { words, each, bases }: RowTables,
  stored: Uint32Array,
  row: number,
  out: Int32Array,
  to: number,
): void {
  const from = (row * rowBytes(codes)) / 4;
  if (bases) {
    gatheredEights(stored, from, words, bases, out, to);
    return;
  }
  (codes.packing === 'row' ? lowFirst : highFirst)(stored, from, words, each, out, to, to + codes.columns);
}

/**
 * Looks up a row of codes, one per byte; the first code and the first value have the index `to`. @param run number of
 * values per scale.
 */
export function lookUpBytes(
  codes: Uint8Array,
  words: Int32Array,
  each: number,
  run: number,
  out: Int32Array,
  to: number,
  columns: number,
): void {
  const end = to + columns;
  if (columns % 4 === 0 && each % 4 === 0) {
    const fours = wordsOf(codes.subarray(to, end));
    for (let i = to, at = 0, base = 0; i < end; base += run) {
      for (const last = Math.min(i + each, end); i < last; i += 4, at++) {
        const four = fours[at]!;
        out[i] = words[base | (four & 255)]!;
        out[i + 1] = words[base | ((four >>> 8) & 255)]!;
        out[i + 2] = words[base | ((four >>> 16) & 255)]!;
        out[i + 3] = words[base | (four >>> 24)]!;
      }
    }
    return;
  }
  for (let i = to, base = 0; i < end; base += run)
    for (const last = Math.min(i + each, end); i < last; i++) out[i] = words[base | codes[i]!]!;
}

/** The same where columns that share a scale are not adjacent. @param bases for each column, where its range begins. */
export function lookUpGathered(
  codes: Uint8Array,
  words: Int32Array,
  bases: Int32Array,
  out: Int32Array,
  to: number,
): void {
  const columns = bases.length;
  let column = 0;
  for (; column + 3 < columns; column += 4) {
    const i = to + column;
    out[i] = words[bases[column]! | codes[i]!]!;
    out[i + 1] = words[bases[column + 1]! | codes[i + 1]!]!;
    out[i + 2] = words[bases[column + 2]! | codes[i + 2]!]!;
    out[i + 3] = words[bases[column + 3]! | codes[i + 3]!]!;
  }
  for (; column < columns; column++) out[to + column] = words[bases[column]! | codes[to + column]!]!;
}

/** The same from the stored words of a row, which begin at `from`: eight 4-bit codes at a time, lowest bits first. */
function gatheredEights(
  stored: Uint32Array,
  from: number,
  words: Int32Array,
  bases: Int32Array,
  out: Int32Array,
  to: number,
): void {
  const columns = bases.length;
  for (let column = 0, i = to, at = from; column < columns; column += 8, i += 8, at++) {
    const eight = stored[at]!;
    out[i] = words[bases[column]! | (eight & 15)]!;
    out[i + 1] = words[bases[column + 1]! | ((eight >>> 4) & 15)]!;
    out[i + 2] = words[bases[column + 2]! | ((eight >>> 8) & 15)]!;
    out[i + 3] = words[bases[column + 3]! | ((eight >>> 12) & 15)]!;
    out[i + 4] = words[bases[column + 4]! | ((eight >>> 16) & 15)]!;
    out[i + 5] = words[bases[column + 5]! | ((eight >>> 20) & 15)]!;
    out[i + 6] = words[bases[column + 6]! | ((eight >>> 24) & 15)]!;
    out[i + 7] = words[bases[column + 7]! | (eight >>> 28)]!;
  }
}

function lowFirst(
  stored: Uint32Array,
  from: number,
  words: Int32Array,
  each: number,
  out: Int32Array,
  to: number,
  end: number,
): void {
  for (let i = to, at = from, base = 0; i < end; base += 16) {
    for (const last = Math.min(i + each, end); i < last; i += 8, at++) {
      const eight = stored[at]!;
      out[i] = words[base | (eight & 15)]!;
      out[i + 1] = words[base | ((eight >>> 4) & 15)]!;
      out[i + 2] = words[base | ((eight >>> 8) & 15)]!;
      out[i + 3] = words[base | ((eight >>> 12) & 15)]!;
      out[i + 4] = words[base | ((eight >>> 16) & 15)]!;
      out[i + 5] = words[base | ((eight >>> 20) & 15)]!;
      out[i + 6] = words[base | ((eight >>> 24) & 15)]!;
      out[i + 7] = words[base | (eight >>> 28)]!;
    }
  }
}

function highFirst(
  stored: Uint32Array,
  from: number,
  words: Int32Array,
  each: number,
  out: Int32Array,
  to: number,
  end: number,
): void {
  for (let i = to, at = from, base = 0; i < end; base += 16) {
    for (const last = Math.min(i + each, end); i < last; i += 8, at++) {
      const eight = stored[at]!;
      out[i] = words[base | ((eight >>> 4) & 15)]!;
      out[i + 1] = words[base | (eight & 15)]!;
      out[i + 2] = words[base | ((eight >>> 12) & 15)]!;
      out[i + 3] = words[base | ((eight >>> 8) & 15)]!;
      out[i + 4] = words[base | ((eight >>> 20) & 15)]!;
      out[i + 5] = words[base | ((eight >>> 16) & 15)]!;
      out[i + 6] = words[base | (eight >>> 28)]!;
      out[i + 7] = words[base | ((eight >>> 24) & 15)]!;
    }
  }
}
