/**
 * Decodes codes in 32-bit words where each column has a scale and a zero of its own (GPTQ, AWQ), without unpacking them
 * first: (code − zero) · scale, computed in float64 and rounded once, when it is stored in `out`. Loops process several
 * codes per iteration, because the overhead of an iteration costs more than a code.
 */
import type { Codes } from './codes';

export interface ColumnNumbers {
  scales: Float64Array;
  zeros: Float64Array;
}

/**
 * Decodes rows that share their scales and zeros, those of the columns from `from` on.
 * @param words the rows that were read, the first of which is `first`. @param row and `end` are relative to it.
 */
export function decodeColumns(
  { bits, columns, packing }: Codes,
  words: Uint32Array,
  first: number,
  row: number,
  end: number,
  { scales, zeros }: ColumnNumbers,
  from: number,
  out: Float32Array,
): void {
  if (packing === 'awq') {
    for (; row < end; row++)
      interleaved(words, (row * columns) / 8, scales, zeros, from, out, row * columns, columns);
    return;
  }
  const before = 32 * Math.floor((first * bits) / 32);
  const mask = 2 ** bits - 1;
  while (row < end) {
    const bit = (first + row) * bits - before;
    const at = Math.floor(bit / 32) * columns;
    const shift = bit % 32;
    const rows = row + 4 <= end && shift + 4 * bits <= 32 ? 4 : 1;
    const to = row * columns;
    if (rows === 4) fourRows(words, at, shift, bits, scales, zeros, from, out, to, columns);
    else if (shift + bits <= 32) within(words, at, shift, mask, scales, zeros, from, out, to, columns);
    else across(words, at, shift, mask, scales, zeros, from, out, to, columns);
    row += rows;
  }
}

/**
 * Decodes all rows that were read, each with scales and zeros of its own (act-order).
 * @param places for each row, where its numbers begin.
 */
export function decodeColumnsEach(
  codes: Codes,
  words: Uint32Array,
  first: number,
  numbers: ColumnNumbers,
  places: Uint32Array,
  out: Float32Array,
): void {
  const { bits, columns, packing } = codes;
  const before = 32 * Math.floor((first * bits) / 32);
  for (let row = 0; row < places.length;) {
    const bit = (first + row) * bits - before;
    const shift = bit % 32;
    if (packing === 'column' && row + 4 <= places.length && shift + 4 * bits <= 32) {
      const at = Math.floor(bit / 32) * columns;
      const to = row * columns;
      const [a, b, c, d] = places.subarray(row, row + 4) as unknown as [number, number, number, number];
      fourRowsEach(words, at, shift, bits, numbers.scales, numbers.zeros, a, b, c, d, out, to, columns);
      row += 4;
      continue;
    }
    decodeColumns(codes, words, first, row, row + 1, numbers, places[row]!, out);
    row++;
  }
}

type Numbers = Float64Array;

function within(
  words: Uint32Array,
  at: number,
  shift: number,
  mask: number,
  scales: Numbers,
  zeros: Numbers,
  from: number,
  out: Float32Array,
  to: number,
  columns: number,
): void {
  let i = 0;
  for (; i + 3 < columns; i += 4) {
    // One by one: extracting them from a list costs as much as two of the values.
    const word = at + i;
    const own = from + i;
    const into = to + i;
    out[into] = (((words[word]! >>> shift) & mask) - zeros[own]!) * scales[own]!;
    out[into + 1] = (((words[word + 1]! >>> shift) & mask) - zeros[own + 1]!) * scales[own + 1]!;
    out[into + 2] = (((words[word + 2]! >>> shift) & mask) - zeros[own + 2]!) * scales[own + 2]!;
    out[into + 3] = (((words[word + 3]! >>> shift) & mask) - zeros[own + 3]!) * scales[own + 3]!;
  }
  for (; i < columns; i++)
    out[to + i] = (((words[at + i]! >>> shift) & mask) - zeros[from + i]!) * scales[from + i]!;
}

/** Four rows at a time, whose codes are in the same words. */
function fourRows(
  words: Uint32Array,
  at: number,
  shift: number,
  bits: number,
  scales: Numbers,
  zeros: Numbers,
  from: number,
  out: Float32Array,
  to: number,
  columns: number,
): void {
  const mask = 2 ** bits - 1;
  const [second, third, fourth] = [to + columns, to + 2 * columns, to + 3 * columns];
  for (let i = 0; i < columns; i++) {
    const word = words[at + i]! >>> shift;
    const zero = zeros[from + i]!;
    const scale = scales[from + i]!;
    out[to + i] = ((word & mask) - zero) * scale;
    out[second + i] = (((word >>> bits) & mask) - zero) * scale;
    out[third + i] = (((word >>> (2 * bits)) & mask) - zero) * scale;
    out[fourth + i] = (((word >>> (3 * bits)) & mask) - zero) * scale;
  }
}

/** The same where each row has numbers of its own; those of row j begin at `placeJ`. */
function fourRowsEach(
  words: Uint32Array,
  at: number,
  shift: number,
  bits: number,
  scales: Numbers,
  zeros: Numbers,
  place0: number,
  place1: number,
  place2: number,
  place3: number,
  out: Float32Array,
  to: number,
  columns: number,
): void {
  const mask = 2 ** bits - 1;
  const second = to + columns;
  const third = second + columns;
  const fourth = third + columns;
  for (let i = 0; i < columns; i++) {
    const word = words[at + i]! >>> shift;
    out[to + i] = ((word & mask) - zeros[place0 + i]!) * scales[place0 + i]!;
    out[second + i] = (((word >>> bits) & mask) - zeros[place1 + i]!) * scales[place1 + i]!;
    out[third + i] = (((word >>> (2 * bits)) & mask) - zeros[place2 + i]!) * scales[place2 + i]!;
    out[fourth + i] = (((word >>> (3 * bits)) & mask) - zeros[place3 + i]!) * scales[place3 + i]!;
  }
}

/** Codes that begin in one word and end in the next word of their column. */
function across(
  words: Uint32Array,
  at: number,
  shift: number,
  mask: number,
  scales: Numbers,
  zeros: Numbers,
  from: number,
  out: Float32Array,
  to: number,
  columns: number,
): void {
  const rest = 32 - shift;
  for (let i = 0; i < columns; i++) {
    const code = ((words[at + i]! >>> shift) | (words[at + columns + i]! << rest)) & mask;
    out[to + i] = (code - zeros[from + i]!) * scales[from + i]!;
  }
}

/** Eight columns are at the positions 0, 4, 1, 5, 2, 6, 3 and 7 of a word. */
function interleaved(
  words: Uint32Array,
  at: number,
  scales: Numbers,
  zeros: Numbers,
  from: number,
  out: Float32Array,
  to: number,
  columns: number,
): void {
  for (let i = to, own = from, word = at; i < to + columns; i += 8, own += 8, word++) {
    const bits = words[word]!;
    out[i] = ((bits & 15) - zeros[own]!) * scales[own]!;
    out[i + 1] = (((bits >>> 16) & 15) - zeros[own + 1]!) * scales[own + 1]!;
    out[i + 2] = (((bits >>> 4) & 15) - zeros[own + 2]!) * scales[own + 2]!;
    out[i + 3] = (((bits >>> 20) & 15) - zeros[own + 3]!) * scales[own + 3]!;
    out[i + 4] = (((bits >>> 8) & 15) - zeros[own + 4]!) * scales[own + 4]!;
    out[i + 5] = (((bits >>> 24) & 15) - zeros[own + 5]!) * scales[own + 5]!;
    out[i + 6] = (((bits >>> 12) & 15) - zeros[own + 6]!) * scales[own + 6]!;
    out[i + 7] = ((bits >>> 28) - zeros[own + 7]!) * scales[own + 7]!;
  }
}
