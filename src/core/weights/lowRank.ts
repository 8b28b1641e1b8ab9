/**
 * Rows that a low-rank update makes: base + scale · P · Qᵀ, where P [rows, rank] and Q [columns · taps, rank] are its
 * halves.
 */
import { decode, DTYPE_BITS, elementReader } from '../checkpoint/dtype';
import type { RowKind } from './rowSource';
import { openPlace, placeBytes, placeHeldBytes, type ReadElements } from './stored';
import type { Place } from './place';

export interface LowRankRows {
  kind: 'lowRank';
  /** Null for the update alone. */
  base: NamedPlace | null;
  scale: number;
  rank: number;
  /** The row of P that is the part's first row. */
  firstRow: number;
  rows: Factor;
  columns: Factor;
}

/** With the tensor's name in its file. */
type NamedPlace = Place & { tensor: string };

/** One half of a low-rank update: `length` neurons, each with `rank` numbers. */
export type Factor = NamedPlace & {
  length: number;
  /** Whether it is stored [rank, length] instead of [length, rank]. */
  byRank: boolean;
};

const TERMS_PER_SECOND = 6e8;

export const LOW_RANK: RowKind<LowRankRows> = {
  open({ weights }, files) {
    const { base, rows, columns, rank } = weights;
    const held = readFactor(columns, rank, 0, columns.length, openPlace(columns, files));
    const read = { base: base && openPlace(base, files), rows: openPlace(rows, files) };
    return {
      read(first, into) {
        computeRows(weights, held, first, into, read);
      },
    };
  },
  // The half of the columns is always read whole and cached.
  storedBytes({ columns: width, taps, weights }, rows) {
    const { base, rank, columns } = weights;
    const own = base ? placeBytes(base, rows * width * taps) : 0;
    return own + placeBytes(weights.rows, rows * rank) + placeBytes(columns, columns.length * rank);
  },
  heldBytes: ({ weights: { base, rows, columns, rank } }) =>
    columns.length * rank * Float64Array.BYTES_PER_ELEMENT +
    [...(base ? [base] : []), rows, columns].reduce((sum, place) => sum + placeHeldBytes(place), 0),
  madeOf({ rows, columns, taps, weights: { base, rank, rows: a, columns: b } }) {
    const halves = [a, b].map((half) => ({ ...half, elements: half.length * rank }));
    return base ? [{ ...base, elements: rows * columns * taps }, ...halves] : halves;
  },
  seconds: ({ columns, taps, weights }, rows) => (rows * columns * taps * weights.rank) / TERMS_PER_SECOND,
};

/**
 * base + scale · Σ_k P[row, k] · Q[column, k] in float64. The sum runs from k = 0 upward: the same bits whichever rows
 * are read together.
 */
function computeRows(
  { base, scale, rank, firstRow, rows: factor }: LowRankRows,
  columns: Float64Array,
  first: number,
  into: Uint8Array,
  read: { base: ReadElements | null; rows: ReadElements },
): void {
  const width = columns.length / rank;
  const count = into.length / (Float64Array.BYTES_PER_ELEMENT * width);
  const rows = readFactor(factor, rank, firstRow + first, firstRow + first + count, read.rows);
  const values = new Float64Array(count * width);
  if (base && read.base) {
    const stored = new Uint8Array((values.length * DTYPE_BITS[base.dtype]) / 8);
    read.base(first * width, stored);
    decode(base.dtype, stored, values);
  }
  for (let row = 0; row < count; row++) {
    addProducts(rows.subarray(row * rank, (row + 1) * rank), columns, scale, values, row * width, width);
  }
  const out = new DataView(into.buffer, into.byteOffset, into.byteLength);
  for (let i = 0; i < values.length; i++) out.setFloat64(8 * i, values[i]!, true);
}

/** Adds scale · (row · column) for each of `width` columns. Four sums at a time run in parallel in the processor. */
function addProducts(
  row: Float64Array,
  columns: Float64Array,
  scale: number,
  into: Float64Array,
  at: number,
  width: number,
): void {
  const rank = row.length;
  let column = 0;
  for (; column + 4 <= width; column += 4) {
    const first = column * rank;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let k = 0; k < rank; k++) {
      const each = row[k]!;
      a += each * columns[first + k]!;
      b += each * columns[first + rank + k]!;
      c += each * columns[first + 2 * rank + k]!;
      d += each * columns[first + 3 * rank + k]!;
    }
    into[at + column]! += scale * a;
    into[at + column + 1]! += scale * b;
    into[at + column + 2]! += scale * c;
    into[at + column + 3]! += scale * d;
  }
  for (; column < width; column++) {
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += row[k]! * columns[column * rank + k]!;
    into[at + column]! += scale * sum;
  }
}

/** Neurons `from` … `to` (excluded) of a factor, shape [to − from, rank], widened exactly. */
function readFactor(
  { dtype, length, byRank }: Factor,
  rank: number,
  from: number,
  to: number,
  read: ReadElements,
): Float64Array {
  const size = DTYPE_BITS[dtype] / 8;
  const count = to - from;
  const bytes = new Uint8Array(count * rank * size);
  if (byRank) {
    const run = count * size;
    for (let k = 0; k < rank; k++) read(k * length + from, bytes.subarray(k * run, (k + 1) * run));
  } else {
    read(from * rank, bytes);
  }
  const element = elementReader(dtype, bytes);
  const values = new Float64Array(count * rank);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < rank; k++) values[i * rank + k] = element(byRank ? k * count + i : i * rank + k);
  }
  return values;
}
