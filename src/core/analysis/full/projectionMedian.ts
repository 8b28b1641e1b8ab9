/** The exact median edge length of one projection. */
import type { CountIo } from '../../counting/chunks';
import type { Kernel } from '../../multifractal/kernel/kernel';
import { forEachDecodedRow } from '../decodedRows';
import type { PlannedProjection } from '../plan';
import { countPatterns, emptyCounts, medianOf, middleCells } from './medianLength';
import { medianLength, needsWideMedian } from './wideMedian';

/** @returns null where it has no edges. */
export function projectionMedian(
  kernel: Kernel,
  projection: PlannedProjection,
  distance: (magnitude: number) => number,
  io: CountIo,
): number | null {
  if (needsWideMedian({ projections: [projection] })) {
    return medianLength((use) => {
      for (const part of projection.parts) forEachDecodedRow(part, io, use);
    }, distance);
  }
  const first = countPatterns(kernel, projection, null, io);
  const cells = middleCells(first);
  const second = cells.length > 0 ? countPatterns(kernel, projection, cells, io) : emptyCounts(cells);
  return medianOf(first, cells, second, distance);
}
