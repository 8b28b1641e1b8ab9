/** What one projection of the full network adds to the whole. */
import { CODES, type GridSums, type Kernel, type MomentOrders } from '../../multifractal/kernel/kernel';
import { NOT_FINITE } from '../../multifractal/radiusCodes';
import { MIN_EDGES } from '../../multifractal/boxGrowing';
import type { PlannedProjection } from '../plan';
import { chunkBytes, countPart, spareSources, type CountIo, type RowRange } from './countPart';
import type { CodePass } from './tables';

export interface ProjectionSums extends Omit<GridSums, 'degrees'> {
  sources: number;
  /** Weights read, before any filter. */
  edges: number;
  edgesKept: number;
  nonFinite: number;
  /** Of every source; NaN where missing. */
  nfd: Float64Array;
}

/** Rows of one part of a projection, for one worker. */
export interface PartSlice extends RowRange {
  part: number;
}

/** All rows of all parts. */
export function wholeProjection(projection: PlannedProjection): PartSlice[] {
  return projection.parts.map(({ rows }, part) => ({ part, from: 0, to: rows }));
}

/** Counts slices of a projection. @returns a copy of its counts, shape [sources, 256]; they add over slices. */
export function countSlices(
  kernel: Kernel,
  pass: CodePass,
  projection: PlannedProjection,
  slices: readonly PartSlice[],
  io: CountIo,
): Uint32Array<ArrayBuffer> {
  beginProjection(kernel, projection);
  for (const { part, ...rows } of slices) {
    countPart(kernel, pass, projection.parts[part]!, projection.layout, rows, projection.sources, io);
  }
  return kernel.counts.slice(0, projection.sources * CODES);
}

/**
 * Counts and folds a projection.
 *
 * @param counted what workers have counted already, one list of slices' counts per pass; null to count here.
 */
export function sumProjection(
  kernel: Kernel,
  passes: readonly CodePass[],
  projection: PlannedProjection,
  orders: MomentOrders,
  counted: readonly (readonly Uint32Array[])[] | null,
  io: CountIo,
): ProjectionSums {
  const { sources } = projection;
  const sums: Partial<ProjectionSums> = { sources, edges: edgesOf(projection) };
  for (const [i, pass] of passes.entries()) {
    beginProjection(kernel, projection);
    if (counted) addAll(kernel.counts, counted[i]!);
    else {
      for (const { part, ...rows } of wholeProjection(projection)) {
        countPart(kernel, pass, projection.parts[part]!, projection.layout, rows, sources, io);
      }
    }
    const { codes } = pass;
    if (codes.nfd) {
      let nonFinite = 0;
      for (let source = 0; source < sources; source++)
        nonFinite += kernel.counts[source * CODES + NOT_FINITE]!;
      Object.assign(sums, { nonFinite, nfd: kernel.dimensions(sources, codes, codes.nfd) });
    }
    if (codes.spectrum) {
      const bins = codes.radius[codes.spectrum.last]!;
      const { degrees, ...grid } = kernel.fold(sources, codes, codes.spectrum, bins, orders);
      const edgesKept = degrees.reduce((sum, degree) => sum + (degree > MIN_EDGES ? degree : 0), 0);
      Object.assign(sums, grid, { edgesKept });
    }
  }
  return sums as ProjectionSums;
}

/** Weights of a projection. */
export function edgesOf(projection: PlannedProjection): number {
  return projection.parts.reduce((sum, { rows, columns, kernel }) => sum + rows * columns * kernel, 0);
}

function beginProjection(kernel: Kernel, { layout, parts, sources, targets }: PlannedProjection): void {
  const spare = Math.max(...parts.map((part) => spareSources(part, layout)));
  const positions = Math.max(...parts.map((part) => part.kernel));
  kernel.begin(sources + spare, targets * positions + 1, Math.max(...parts.map(chunkBytes)));
}

function addAll(into: Uint32Array, lists: readonly Uint32Array[]): void {
  for (const list of lists) for (let i = 0; i < list.length; i++) into[i]! += list[i]!;
}
