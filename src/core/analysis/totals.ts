/** Sums and maxima over lists of any length. */
import type { PlannedPart, PlannedProjection } from './plan';

export function sumParts(
  projections: readonly PlannedProjection[],
  of: (part: PlannedPart) => number,
): number {
  return sum(projections, ({ parts }) => sum(parts, of));
}

export function most<T>(list: readonly T[], of: (each: T) => number): number {
  return list.reduce((largest, each) => Math.max(largest, of(each)), 0);
}

export function sum<T>(list: readonly T[], of: (each: T, index: number) => number): number {
  return list.reduce((total, each, index) => total + of(each, index), 0);
}
