/** How stored tensors become parts of projections. */
import type { ProjectionPart } from './types';

/** All of a matrix [rows, columns]. */
export function wholeMatrix(tensor: string, rows: number, columns: number): ProjectionPart {
  return { tensor, skip: 0, rows, columns, kernel: 1, groups: 1 };
}
