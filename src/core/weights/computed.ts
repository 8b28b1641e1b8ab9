/**
 * Rows of weights that are stored as the tensors from which they are computed. Values have the weight's own type and
 * are rounded once from float64:
 * - weight normalization over the first dimension, g · v / |v| (Salimans & Kingma 2016; PyTorch's `_weight_norm` with
 *   dim 0),
 * - pruning, weight · mask (`torch.nn.utils.prune`), the mask converted to the weight's type first.
 */
import { decode, DTYPE_BITS, isDecodable } from '../checkpoint/dtype';
import { rounder } from '../checkpoint/rounding';
import { elementWriter } from './elementWriter';
import type { RowKind, RowSource, SourcePart } from './rowSource';
import type { OpenFile } from './openFile';
import { openPlace, placeBytes, placeHeldBytes, placeSeconds, storedRowBytes } from './stored';
import type { StoredTensor } from './place';

export interface WeightNormRows extends ComputedFrom {
  kind: 'weightNorm';
}

export interface MaskedRows extends ComputedFrom {
  kind: 'masked';
}

interface ComputedFrom {
  /** v, or the weight before the mask: of the part's own type. */
  of: StoredTensor;
  /** g, one number for each index of v's first dimension; or the mask. */
  by: StoredTensor;
  /** Number of elements of `of` before the part's first row. */
  skip: number;
}

export type ComputedRows = WeightNormRows | MaskedRows;

const ELEMENTS_PER_SECOND = 5e7;

/** The costs that both kinds share. @param own number of elements of `by` for this many rows. */
function costs(
  own: (part: SourcePart<ComputedRows>, rows: number) => number,
): Omit<RowKind<ComputedRows>, 'open'> {
  return {
    storedBytes: (part, rows) =>
      placeBytes(part.weights.of, rows * part.columns * part.taps) +
      placeBytes(part.weights.by, own(part, rows)),
    // A row before it is computed, and the values with which it is computed.
    heldBytes: ({ columns, taps, weights: { of, by } }) =>
      2 * columns * taps * Float64Array.BYTES_PER_ELEMENT + placeHeldBytes(of) + placeHeldBytes(by),
    madeOf: ({ weights: { of, by } }) => [of, by],
    seconds({ columns, taps, weights: { of } }, rows) {
      const elements = rows * columns * taps;
      return elements / ELEMENTS_PER_SECOND + placeSeconds(of, elements);
    },
  };
}

export const WEIGHT_NORM: RowKind<WeightNormRows> = {
  open(part, files) {
    const { of, by, skip } = part.weights;
    const width = part.columns * part.taps;
    /** The elements that share one g: a row, or several where the first dimension is a stack. */
    const unit = of.elements / by.elements;
    const values = valueReader(of, files);
    const norms = valueReader(by, files);
    let last = { index: -1, factor: NaN };
    const factorOf = (index: number): number => {
      if (last.index === index) return last.factor;
      let squares = 0;
      for (let at = index * unit; at < (index + 1) * unit; at += width) {
        for (const value of values(at, Math.min(width, (index + 1) * unit - at))) squares += value * value;
      }
      const [g = NaN] = norms(index, 1);
      last = { index, factor: g / Math.sqrt(squares) };
      return last.factor;
    };
    return rowsOf(part, (at) => {
      const factor = factorOf(Math.floor((skip + at) / unit));
      return values(skip + at, width).map((value) => value * factor);
    });
  },
  ...costs((_, rows) => rows),
};

export const MASKED: RowKind<MaskedRows> = {
  open(part, files) {
    const { of, by, skip } = part.weights;
    const width = part.columns * part.taps;
    const round = rounder(part.dtype);
    const values = valueReader(of, files);
    const masks = valueReader(by, files);
    return rowsOf(part, (at) => {
      const mask = masks(skip + at, width);
      return values(skip + at, width).map((value, i) => value * round(mask[i]!));
    });
  },
  ...costs(({ columns, taps }, rows) => rows * columns * taps),
};

/** @param values computes the row that begins this many elements after the part's start. */
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
function valueReader(tensor: StoredTensor, files: OpenFile): (first: number, count: number) => Float64Array {
  const { dtype } = tensor;
  const read = openPlace(tensor, files);
  return (first, count) => {
    const bytes = new Uint8Array(storedRowBytes(dtype, count));
    read(first, bytes);
    if (!isDecodable(dtype))
      return Float64Array.from(bytes, (byte) => (dtype === 'BOOL' ? Number(byte !== 0) : byte));
    const values = new Float64Array(count);
    decode(dtype, bytes, values);
    return values;
  };
}
