/** Matrices of integers of a few bits, packed into bytes or words. */
import type { StampedFile } from '../../storage/stamp';
import { readAt } from '../../storage/storage';
import type { OpenFile } from '../openFile';
import { wordsOf } from './floats';

/**
 * How codes are packed:
 * - `row`: consecutive codes of a row, lowest bits first, in whole bytes;
 * - `column`: consecutive codes of a column, in 32-bit words that are arranged in rows (GPTQ);
 * - `awq`: eight 4-bit codes in a word, in the order 0 2 4 6 1 3 5 7;
 * - `high-first`: two 4-bit codes in a byte, the first one in its upper half (bitsandbytes).
 */
type Packing = 'row' | 'column' | 'awq' | 'high-first';

export interface Codes {
  file: StampedFile;
  /** Absolute offset of the first byte. */
  offset: number;
  columns: number;
  /** Number of bits per code, at most 8. */
  bits: number;
  packing: Packing;
}

/** The byte range of the rows from `first` on. */
function rangeOf(codes: Codes, first: number, rows: number): { from: number; bytes: number } {
  if (codes.packing !== 'column') {
    const row = rowBytes(codes);
    return { from: first * row, bytes: rows * row };
  }
  const { columns, bits } = codes;
  const word = Math.floor((first * bits) / 32);
  const end = Math.ceil(((first + rows) * bits) / 32);
  return { from: word * columns * 4, bytes: (end - word) * columns * 4 };
}

/** The smallest number of rows that occupies whole words, or whole bytes: other rows would be read along with them. */
export function rowsOfWords({ bits, packing }: Codes): number {
  if (packing !== 'column') return 1;
  let rows = 1;
  while ((rows * bits) % 32 !== 0) rows *= 2;
  return rows;
}

/** Number of bytes that are read for this many rows. */
export function codesBytes(codes: Codes, first: number, rows: number): number {
  return rangeOf(codes, first, rows).bytes;
}

/** The stored bytes of whole rows and one more byte, from the beginning of a word on; valid until the next call. */
export type ReadStored = (first: number, rows: number) => Uint8Array;

export function storedReader(codes: Codes, files: OpenFile): ReadStored {
  const source = files(codes.file);
  let stored = new Uint8Array(0);
  return (first, rows) => {
    const { from, bytes } = rangeOf(codes, first, rows);
    // With one more byte than stored: codes are extracted from two bytes at once.
    if (stored.length <= bytes) stored = new Uint8Array(4 * Math.ceil((bytes + 1) / 4));
    readAt(source, codes.offset + from, stored.subarray(0, bytes));
    return stored;
  };
}

/** Where the codes of a row begin in their stored bytes, relative to the first row. Not for columns. */
export function rowBytes({ columns, bits }: Codes): number {
  return Math.ceil((columns * bits) / 8);
}

/** Fills `into` with the codes of whole rows, one per byte. @param stored the bytes of these rows. */
export function unpack(codes: Codes, first: number, stored: Uint8Array, into: Uint8Array): void {
  const { bits, columns, packing } = codes;
  if (packing === 'column') {
    unpackColumns(codes, first, wordsOf(stored), into);
    return;
  }
  if (packing === 'awq') {
    unpackAwq(wordsOf(stored), into);
    return;
  }
  if (bits === 8) {
    into.set(stored.subarray(0, into.length));
    return;
  }
  if (bits === 4) {
    unpackHalves(stored, into, columns, packing === 'high-first' ? 4 : 0);
    return;
  }
  const bytes = rowBytes(codes);
  const unpackEights = UNPACK_EIGHTS[bits];
  for (let row = 0; row * columns < into.length; row++) {
    const to = row * columns;
    const whole = unpackEights ? columns - (columns % 8) : 0;
    unpackEights?.(stored, row * bytes, into, to, to + whole);
    unpackBits(bits, stored, 8 * row * bytes + whole * bits, into, to + whole, to + columns);
  }
}

/** Eight codes fill as many bytes as each has bits. By number of bits: the function that unpacks up to `end`. */
const UNPACK_EIGHTS: Readonly<
  Record<number, (stored: Uint8Array, from: number, into: Uint8Array, to: number, end: number) => void>
> = {
  2: (stored, from, into, to, end) => {
    for (let at = from, i = to; i < end; at++, i += 4) {
      const byte = stored[at]!;
      into[i] = byte & 3;
      into[i + 1] = (byte >> 2) & 3;
      into[i + 2] = (byte >> 4) & 3;
      into[i + 3] = byte >> 6;
    }
  },
  3: (stored, from, into, to, end) => {
    for (let at = from, i = to; i < end; at += 3, i += 8) {
      const three = stored[at]! | (stored[at + 1]! << 8) | (stored[at + 2]! << 16);
      into[i] = three & 7;
      into[i + 1] = (three >> 3) & 7;
      into[i + 2] = (three >> 6) & 7;
      into[i + 3] = (three >> 9) & 7;
      into[i + 4] = (three >> 12) & 7;
      into[i + 5] = (three >> 15) & 7;
      into[i + 6] = (three >> 18) & 7;
      into[i + 7] = three >> 21;
    }
  },
  5: (stored, from, into, to, end) => {
    for (let at = from, i = to; i < end; at += 5, i += 8) {
      const four = stored[at]! | (stored[at + 1]! << 8) | (stored[at + 2]! << 16) | (stored[at + 3]! << 24);
      const last = stored[at + 4]!;
      into[i] = four & 31;
      into[i + 1] = (four >>> 5) & 31;
      into[i + 2] = (four >>> 10) & 31;
      into[i + 3] = (four >>> 15) & 31;
      into[i + 4] = (four >>> 20) & 31;
      into[i + 5] = (four >>> 25) & 31;
      into[i + 6] = (four >>> 30) | ((last & 7) << 2);
      into[i + 7] = last >> 3;
    }
  },
  6: (stored, from, into, to, end) => {
    for (let at = from, i = to; i < end; at += 3, i += 4) {
      const three = stored[at]! | (stored[at + 1]! << 8) | (stored[at + 2]! << 16);
      into[i] = three & 63;
      into[i + 1] = (three >> 6) & 63;
      into[i + 2] = (three >> 12) & 63;
      into[i + 3] = three >> 18;
    }
  },
};

/** Unpacks codes one by one, starting at a bit. */
function unpackBits(
  bits: number,
  stored: Uint8Array,
  from: number,
  into: Uint8Array,
  to: number,
  end: number,
): void {
  const mask = 2 ** bits - 1;
  for (let i = to, bit = from; i < end; i++, bit += bits) {
    const at = bit >> 3;
    into[i] = ((stored[at]! | (stored[at + 1]! << 8)) >> (bit & 7)) & mask;
  }
}

/** @param shift position of the first of two codes. */
function unpackHalves(stored: Uint8Array, into: Uint8Array, columns: number, shift: number): void {
  // Rows of whole bytes are contiguous and count as one.
  if (columns % 2 === 0) {
    for (let i = 0; 2 * i < into.length; i++) {
      const pair = stored[i]!;
      into[2 * i] = (pair >> shift) & 15;
      into[2 * i + 1] = (pair >> (4 - shift)) & 15;
    }
    return;
  }
  const pairs = Math.ceil(columns / 2);
  for (let row = 0; row * columns < into.length; row++) {
    const to = row * columns;
    const from = row * pairs;
    for (let column = 0; column + 1 < columns; column += 2) {
      const pair = stored[from + (column >> 1)]!;
      into[to + column] = (pair >> shift) & 15;
      into[to + column + 1] = (pair >> (4 - shift)) & 15;
    }
    if (columns % 2 === 1) into[to + columns - 1] = (stored[from + pairs - 1]! >> shift) & 15;
  }
}

function unpackColumns({ bits, columns }: Codes, first: number, words: Uint32Array, into: Uint8Array): void {
  const mask = 2 ** bits - 1;
  const firstWord = Math.floor((first * bits) / 32);
  for (let row = 0; row * columns < into.length; row++) {
    const bit = (first + row) * bits - 32 * firstWord;
    const from = Math.floor(bit / 32) * columns;
    const shift = bit % 32;
    const to = row * columns;
    for (let column = 0; column < columns; column++)
      into[to + column] = (words[from + column]! >>> shift) & mask;
    // The rest of a code that spans two words.
    if (shift + bits <= 32) continue;
    const rest = 32 - shift;
    for (let column = 0; column < columns; column++)
      into[to + column]! |= (words[from + columns + column]! << rest) & mask;
  }
}

/** Eight columns are at the positions 0, 4, 1, 5, 2, 6, 3 and 7 of a word. */
function unpackAwq(words: Uint32Array, into: Uint8Array): void {
  for (let word = 0, to = 0; to < into.length; word++, to += 8) {
    const bits = words[word]!;
    into[to] = bits & 15;
    into[to + 1] = (bits >>> 16) & 15;
    into[to + 2] = (bits >>> 4) & 15;
    into[to + 3] = (bits >>> 20) & 15;
    into[to + 4] = (bits >>> 8) & 15;
    into[to + 5] = (bits >>> 24) & 15;
    into[to + 6] = (bits >>> 12) & 15;
    into[to + 7] = bits >>> 28;
  }
}
