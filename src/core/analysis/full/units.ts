/** Divides the work on a full network: one job per projection, and several for a matrix that makes up much of it. */
import { rowBytesOf } from '../../weights/kinds';
import type { PlannedProjection } from '../plan';
import { edgesOf, wholeProjection, type PartSlice } from '../../counting/projectionSums';

/** Below this size, dividing costs more than it gains, because the counts of each slice have to be sent back. */
export const MIN_SLICE_BYTES = 64 * 2 ** 20;
/** Number of jobs per thread that keeps all threads busy to the end. */
const JOBS_PER_THREAD = 4;

export function projectionBytes(projection: PlannedProjection): number {
  return projection.parts.reduce((sum, part) => sum + part.rows * rowBytesOf(part), 0);
}

/** Weights of small projections that are counted in one job, at most: a job takes as long as some of them. */
const TOGETHER_WEIGHTS = 2 ** 21;

/**
 * Runs of projections that are counted by one job each: small ones together, `most` at most.
 * @param slices as {@link divideWork} gives them.
 * @returns where each run begins, and behind the last how many projections there are.
 */
export function runsOfSmall(
  projections: readonly PlannedProjection[],
  slices: readonly (readonly unknown[])[],
  most: number,
): number[] {
  const starts = [0];
  let weights = 0;
  for (const [i, projection] of projections.entries()) {
    const own = slices[i]!.length > 1 ? Infinity : edgesOf(projection);
    const begin = starts.at(-1)!;
    if (i > begin && (i - begin >= most || weights + own > TOGETHER_WEIGHTS)) {
      starts.push(i);
      weights = 0;
    }
    weights += own;
  }
  if (projections.length > 0) starts.push(projections.length);
  return starts;
}

/** The slices of each projection that are counted separately; a single slice where it is not divided. */
export function divideWork(projections: readonly PlannedProjection[], threads: number): PartSlice[][][] {
  const total = projections.reduce((sum, projection) => sum + projectionBytes(projection), 0);
  const target = Math.max(MIN_SLICE_BYTES, total / (JOBS_PER_THREAD * threads));
  return projections.map((projection) => {
    const bytes = projectionBytes(projection);
    if (threads === 1 || bytes <= target) return [wholeProjection(projection)];
    return projection.parts.flatMap((part, index) => {
      const slices = Math.max(1, Math.ceil((part.rows * rowBytesOf(part)) / target));
      return Array.from({ length: slices }, (_, i) => [
        {
          part: index,
          from: Math.floor((i * part.rows) / slices),
          to: Math.floor(((i + 1) * part.rows) / slices),
        },
      ]);
    });
  });
}
