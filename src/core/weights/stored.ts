/** Rows as a file has them, one after another. */
import { decode, DTYPE_BITS, type DType } from '../checkpoint/dtype';
import type { StampedFile } from '../storage/stamp';
import { readAt } from '../storage/storage';
import type { OpenFile, RowKind } from './rowSource';

/** Where values are stored. */
export interface Place {
  file: StampedFile;
  /** Absolute offset of the first value in the file. */
  offset: number;
  dtype: DType;
}

/** A stored tensor, or a run of its values, that rows are computed from. */
export interface StoredTensor extends Place {
  tensor: string;
  elements: number;
}

/** Its values are read in runs of so many. */
const VALUES_AT_ONCE = 2 ** 16;

/** The values of a stored tensor, run by run. */
export function* valuesOf(
  { file, offset, dtype, elements }: StoredTensor,
  files: OpenFile,
): Generator<Float64Array> {
  for (let from = 0; from < elements; from += VALUES_AT_ONCE) {
    const values = new Float64Array(Math.min(VALUES_AT_ONCE, elements - from));
    const bytes = new Uint8Array(storedRowBytes(dtype, values.length));
    readAt(files(file), offset + storedRowBytes(dtype, from), bytes);
    decode(dtype, bytes, values);
    yield values;
  }
}

/** Values are of the part's own type. */
export interface StoredRows extends Omit<Place, 'dtype'> {
  kind: 'stored';
}

export function storedRowBytes(dtype: DType, elements: number): number {
  return (elements * DTYPE_BITS[dtype]) / 8;
}

export const STORED: RowKind<StoredRows> = {
  open({ dtype, columns, taps, weights: { file, offset } }, files) {
    const source = files(file);
    const bytes = storedRowBytes(dtype, columns * taps);
    return {
      read(first, into) {
        readAt(source, offset + first * bytes, into);
      },
    };
  },
  storedBytes: ({ dtype, columns, taps }, rows) => rows * storedRowBytes(dtype, columns * taps),
  heldBytes: () => 0,
  seconds: () => 0,
};
