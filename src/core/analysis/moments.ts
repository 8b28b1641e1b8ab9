/** Exact mean and deviation of all stored weights, added up in an order that depends on the tensor alone. */
import { forEachDecodedRow } from './decodedRows';
import { decode, type DType } from '../checkpoint/dtype';
import type { CountIo } from '../counting/chunks';
import { isTabled } from '../counting/passes';
import type { Kernel } from '../multifractal/kernel/kernel';
import { joinMoments, NO_MOMENTS, rowMoments, type Moments } from '../stats/moments';
import type { PlannedPart } from './plan';

/** The moments of a part, row by row, whichever rows are read together. NaN and infinite weights do not count. */
export function partMoments(part: PlannedPart, io: CountIo): Moments {
  let all = NO_MOMENTS;
  forEachDecodedRow(part, io, (row) => {
    all = joinMoments(all, rowMoments(row));
  });
  return all;
}

/**
 * {@link rowMoments} of the rows that are in the kernel's input.
 * @param bytes the input.
 * @returns shape [rows, 3]: count, mean, squares
 */
export function inputMoments(
  kernel: Kernel,
  dtype: DType,
  bytes: Uint8Array,
  rows: number,
  width: number,
): Float64Array {
  if (isTabled(dtype)) return kernel.rowMoments(dtype, rows, width);
  const values = new Float64Array(rows * width);
  decode(dtype, bytes, values);
  const all = new Float64Array(3 * rows);
  for (let row = 0; row < rows; row++) {
    const { count, mean, squares } = rowMoments(values.subarray(row * width, (row + 1) * width));
    all.set([count, mean, squares], 3 * row);
  }
  return all;
}
