/**
 * Rows of weights that are stored as what they are computed from. Values are those of the weight's own type, rounded once from
 * float64:
 * - weight normalization over the first dimension, g · v / |v| (Salimans & Kingma 2016; PyTorch's `_weight_norm` with dim 0),
 * - pruning, weight · mask (`torch.nn.utils.prune`), the mask taken in the weight's type first.
 */
import { decode, DTYPE_BITS, isDecodable } from '../checkpoint/dtype';
import { rounder } from '../checkpoint/rounding';
import { readAt } from '../storage/storage';
import { elementWriter } from './elementWriter';
import type { OpenFile, RowKind, RowSource, SourcePart } from './rowSource';
import { storedRowBytes, type StoredTensor } from './stored';

export interface WeightNormRows extends ComputedFrom {
  kind: 'weightNorm';
}

export interface MaskedRows extends ComputedFrom {
  kind: 'masked';
}

interface ComputedFrom {
  /** v, or the weight before the mask: the part's own type. */
  of: StoredTensor;
  /** g, one number for each index of v's first dimension; or the mask. */
  by: StoredTensor;
  /** Elements of `of` before the part's first row. */
  skip: number;
}

export type ComputedRows = WeightNormRows | MaskedRows;

const ELEMENTS_PER_SECOND = 5e7;

/** What both kinds cost alike. @param own bytes of `by` for so many rows. */
function costs(
  own: (part: SourcePart<ComputedRows>, rows: number) => number,
): Omit<RowKind<ComputedRows>, 'open'> {
  return {
    storedBytes: (part, rows) =>
      storedRowBytes(part.weights.of.dtype, rows * part.columns * part.taps) + own(part, rows),
    // A row before it is computed, and what it is computed with.
    heldBytes: ({ columns, taps }) => 2 * columns * taps * Float64Array.BYTES_PER_ELEMENT,
    madeOf: ({ weights: { of, by } }) => [of, by],
    seconds: ({ columns, taps }, rows) => (rows * columns * taps) / ELEMENTS_PER_SECOND,
  };
}

export const WEIGHT_NORM: RowKind<WeightNormRows> = {
  open(part, files) {
    const { of, by, skip } = part.weights;
    const width = part.columns * part.taps;
    /** Of one g: a row, or several where the first dimension is a stack. */
    const unit = of.elements / by.elements;
    let last = { index: -1, factor: NaN };
    const factorOf = (index: number): number => {
      if (last.index === index) return last.factor;
      let squares = 0;
      for (let at = index * unit; at < (index + 1) * unit; at += width) {
        for (const value of valuesAt(of, at, Math.min(width, (index + 1) * unit - at), files))
          squares += value * value;
      }
      const [g = NaN] = valuesAt(by, index, 1, files);
      last = { index, factor: g / Math.sqrt(squares) };
      return last.factor;
    };
    return rowsOf(part, (at) => {
      const factor = factorOf(Math.floor((skip + at) / unit));
      return valuesAt(of, skip + at, width, files).map((value) => value * factor);
    });
  },
  ...costs(({ weights: { by } }, rows) => storedRowBytes(by.dtype, rows)),
};

export const MASKED: RowKind<MaskedRows> = {
  open(part, files) {
    const { of, by, skip } = part.weights;
    const width = part.columns * part.taps;
    const round = rounder(part.dtype);
    return rowsOf(part, (at) => {
      const mask = valuesAt(by, skip + at, width, files);
      return valuesAt(of, skip + at, width, files).map((value, i) => value * round(mask[i]!));
    });
  },
  ...costs(({ columns, taps, weights: { by } }, rows) => storedRowBytes(by.dtype, rows * columns * taps)),
};

/** @param values of the row that begins so many elements after the part. */
function rowsOf(
  { columns, taps, dtype }: SourcePart<ComputedRows>,
  values: (at: number) => Float64Array,
): RowSource {
  const width = columns * taps;
  const round = rounder(dtype);
  return {
    read(first, into) {
      const write = elementWriter(dtype, into);
      const elements = (8 * into.length) / DTYPE_BITS[dtype];
      for (let start = 0; start < elements; start += width) {
        const row = values(first * width + start);
        for (let i = 0; i < width; i++) write(start + i, round(row[i]!));
      }
    },
  };
}

/** Values of a stored tensor, widened exactly; bytes where it is a mask of bytes. */
function valuesAt(
  { file, offset, dtype }: StoredTensor,
  first: number,
  count: number,
  files: OpenFile,
): Float64Array {
  const bytes = new Uint8Array(storedRowBytes(dtype, count));
  readAt(files(file), offset + storedRowBytes(dtype, first), bytes);
  if (!isDecodable(dtype))
    return Float64Array.from(bytes, (byte) => (dtype === 'BOOL' ? Number(byte !== 0) : byte));
  const values = new Float64Array(count);
  decode(dtype, bytes, values);
  return values;
}
