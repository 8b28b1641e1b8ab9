/** Rows of a planned part: read as they are stored, or computed where a low-rank update changes them. */
import { decode, DTYPE_BITS, elementReader } from '../checkpoint/dtype';
import type { StampedFile } from '../storage/stamp';
import { readAt, type ByteRange, type ByteSource } from '../storage/storage';
import type { PlannedFactor, PlannedPart, PlannedUpdate } from './plan';

/** Fills `into` with whole rows of a part from row `first` on, little-endian elements of the part's type. */
export type ReadRows = (part: PlannedPart, first: number, into: Uint8Array) => void;

export function rowBytesOf({ columns, kernel, dtype }: PlannedPart): number {
  return (columns * kernel * DTYPE_BITS[dtype]) / 8;
}

/** Bytes that are read from files for `rows` rows of a part; of an update, one half is always read whole. */
export function storedBytes(part: PlannedPart, rows: number): number {
  const { update } = part;
  if (!update) return rows * rowBytesOf(part);
  const { base, rank, columns } = update;
  const own = base ? rows * rowBytesOf({ ...part, dtype: base.dtype }) : 0;
  const neuron = (factor: PlannedFactor): number => (rank * DTYPE_BITS[factor.dtype]) / 8;
  return own + rows * neuron(update.rows) + columns.length * neuron(columns);
}

/** Memory that computing rows of a part takes besides the rows: the half that is held. */
export function heldBytes({ update }: PlannedPart): number {
  return update ? update.columns.length * update.rank * Float64Array.BYTES_PER_ELEMENT : 0;
}

/** Opens a file in the state it was planned in; it stays its opener's to close. */
export type OpenFile = (file: StampedFile) => Pick<ByteSource, 'read'>;

export function partRows(open: OpenFile): ReadRows {
  let held: { update: PlannedUpdate; columns: Float64Array } | undefined;
  return (part, first, into) => {
    const { update } = part;
    if (!update) {
      readAt(open(part.file), part.offset + first * rowBytesOf(part), into);
      return;
    }
    if (held?.update !== update) {
      held = { update, columns: readFactor(update.columns, update.rank, 0, update.columns.length, open) };
    }
    computeRows(update, held.columns, first, into, open);
  };
}

/**
 * base + scale · Σ_k P[row, k] · Q[column, k] in float64. The sum begins at k = 0 and goes up: the same bits whatever
 * rows are asked for together.
 */
function computeRows(
  { base, scale, rank, firstRow, rows: factor }: PlannedUpdate,
  columns: Float64Array,
  first: number,
  into: Uint8Array,
  open: OpenFile,
): void {
  const width = columns.length / rank;
  const count = into.length / (Float64Array.BYTES_PER_ELEMENT * width);
  const rows = readFactor(factor, rank, firstRow + first, firstRow + first + count, open);
  const values = new Float64Array(count * width);
  if (base) {
    const stored = new Uint8Array((values.length * DTYPE_BITS[base.dtype]) / 8);
    readAt(open(base.file), base.offset + (first * stored.length) / count, stored);
    decode(base.dtype, stored, values);
  }
  for (let row = 0; row < count; row++) {
    addProducts(rows.subarray(row * rank, (row + 1) * rank), columns, scale, values, row * width, width);
  }
  const out = new DataView(into.buffer, into.byteOffset, into.byteLength);
  for (let i = 0; i < values.length; i++) out.setFloat64(8 * i, values[i]!, true);
}

/** Adds scale · (row · column) for each of `width` columns. Four sums at a time do not wait for each other. */
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
  { file, offset, dtype, length, byRank }: PlannedFactor,
  rank: number,
  from: number,
  to: number,
  open: OpenFile,
): Float64Array {
  const size = DTYPE_BITS[dtype] / 8;
  const count = to - from;
  const range = (first: number, elements: number): ByteRange => ({
    offset: offset + first * size,
    bytes: elements * size,
  });
  const ranges = byRank
    ? Array.from({ length: rank }, (_, k) => range(k * length + from, count))
    : [range(from * rank, count * rank)];
  const bytes = new Uint8Array(count * rank * size);
  open(file).read(ranges, bytes);
  const element = elementReader(dtype, bytes);
  const values = new Float64Array(count * rank);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < rank; k++) values[i * rank + k] = element(byRank ? k * count + i : i * rank + k);
  }
  return values;
}
