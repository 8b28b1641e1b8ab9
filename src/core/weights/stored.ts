/** Rows as a file has them, one after another. */
import { DTYPE_BITS, type DType } from '../checkpoint/dtype';
import type { StampedFile } from '../storage/stamp';
import { readAt } from '../storage/storage';
import type { RowKind } from './rowSource';

/** Where values are stored. */
export interface Place {
  file: StampedFile;
  /** Absolute offset of the first value in the file. */
  offset: number;
  dtype: DType;
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
