/** Matrices of small whole numbers in a few bits each, as programs pack them into bytes and words. */
import type { StampedFile } from '../../storage/stamp';
import { readAt } from '../../storage/storage';
import type { OpenFile } from '../rowSource';
import { wordsOf } from './floats';

/**
 * How codes are packed:
 * - `row`: those of a row follow each other, lowest bits first, in whole bytes;
 * - `column`: those of a column do, in words of 32 bits that lie in rows (GPTQ);
 * - `awq`: eight of 4 bits in a word, in the order 0 2 4 6 1 3 5 7;
 * - `high-first`: two of 4 bits in a byte, the first one in its upper half (bitsandbytes).
 */
type Packing = 'row' | 'column' | 'awq' | 'high-first';

export interface Codes {
  file: StampedFile;
  /** Absolute offset of the first byte. */
  offset: number;
  columns: number;
  /** Of a code, 8 at most. */
  bits: number;
  packing: Packing;
}

/** The run of bytes that holds rows from `first` on. */
function rangeOf(
  { columns, bits, packing }: Codes,
  first: number,
  rows: number,
): { from: number; bytes: number } {
  if (packing !== 'column') {
    const row = Math.ceil((columns * bits) / 8);
    return { from: first * row, bytes: rows * row };
  }
  const word = Math.floor((first * bits) / 32);
  const end = Math.ceil(((first + rows) * bits) / 32);
  return { from: word * columns * 4, bytes: (end - word) * columns * 4 };
}

/** Bytes that are read for so many rows. */
export function codesBytes(codes: Codes, first: number, rows: number): number {
  return rangeOf(codes, first, rows).bytes;
}

/** Fills `into` with the codes of whole rows, a byte each. */
export type ReadCodes = (first: number, into: Uint8Array) => void;

export function codesReader(codes: Codes, files: OpenFile): ReadCodes {
  const source = files(codes.file);
  const { columns } = codes;
  let packed = new Uint8Array(0);
  return (first, into) => {
    const rows = into.length / columns;
    const { from, bytes } = rangeOf(codes, first, rows);
    // Bytes are the codes themselves.
    const isPlain = codes.bits === 8 && codes.packing === 'row';
    // With a byte more than there is: codes are taken out of two at once.
    if (!isPlain && packed.length <= bytes) packed = new Uint8Array(4 * Math.ceil((bytes + 1) / 4));
    readAt(source, codes.offset + from, isPlain ? into : packed.subarray(0, bytes));
    if (!isPlain) unpack(codes, first, packed, into);
  };
}

function unpack(codes: Codes, first: number, stored: Uint8Array, into: Uint8Array): void {
  const { bits, columns, packing } = codes;
  if (packing === 'column') {
    unpackColumns(codes, first, wordsOf(stored), into);
    return;
  }
  if (packing === 'awq') {
    unpackAwq(wordsOf(stored), into);
    return;
  }
  if (bits === 4) {
    unpackHalves(stored, into, columns, packing === 'high-first' ? 4 : 0);
    return;
  }
  const rowBytes = Math.ceil((columns * bits) / 8);
  for (let row = 0; row * columns < into.length; row++) {
    const to = row * columns;
    const whole = 24 % bits === 0 ? unpackThirds(bits, stored, row * rowBytes, into, to, columns) : 0;
    unpackBits(bits, stored, 8 * row * rowBytes + whole * bits, into, to + whole, to + columns);
  }
}

/** Codes that fill three bytes, as many as there are. @returns how many codes that were */
function unpackThirds(
  bits: number,
  stored: Uint8Array,
  from: number,
  into: Uint8Array,
  to: number,
  columns: number,
): number {
  const mask = 2 ** bits - 1;
  const each = 24 / bits;
  const end = to + columns - (columns % each);
  for (let at = from, i = to; i < end; at += 3) {
    let three = stored[at]! | (stored[at + 1]! << 8) | (stored[at + 2]! << 16);
    for (const last = i + each; i < last; i++, three >>>= bits) into[i] = three & mask;
  }
  return end - to;
}

/** Codes one by one, from a bit on. */
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

/** @param shift of the first of two codes. */
function unpackHalves(stored: Uint8Array, into: Uint8Array, columns: number, shift: number): void {
  // Rows of whole bytes follow each other like one.
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
    // The rest of a code that is in two words.
    if (shift + bits <= 32) continue;
    const rest = 32 - shift;
    for (let column = 0; column < columns; column++)
      into[to + column]! |= (words[from + columns + column]! << rest) & mask;
  }
}

/** Eight columns are at the places 0, 4, 1, 5, 2, 6, 3 and 7 of a word. */
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
