/** What one projection of the full network adds to the whole. */
import { largest } from '../../../protocol/extremes';
import { CODES, type GridSums, type Kernel, type MomentOrders } from '../../multifractal/kernel/kernel';
import { NOT_FINITE, type RadiusCodes } from '../../multifractal/radiusCodes';
import { MIN_EDGES } from '../../multifractal/boxGrowing';
import type { PlannedProjection } from '../plan';
import { inputBytes, type CountIo, type RowRange } from './chunks';
import { countPart, spareSources } from './countPart';
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

/** Spectrum and fractal dimensions may need a pass each. */
const MOST_PASSES = 2;

/** Room for the counts of a projection that several workers count; a pass that is not needed takes no memory. */
export function sharedCountBytes({ sources }: PlannedProjection): number {
  return MOST_PASSES * sources * CODES * Uint32Array.BYTES_PER_ELEMENT;
}

/** Such a room as one array per pass, shape [sources, 256]. */
export function countsByPass(room: SharedArrayBuffer, { sources }: PlannedProjection): Uint32Array[] {
  const length = sources * CODES;
  return Array.from({ length: MOST_PASSES }, (_, i) => new Uint32Array(room, 4 * i * length, length));
}

/**
 * Counts slices of a projection, and adds the counts to `into`, shape [sources, 256], which other threads may be adding
 * to at the same time.
 */
export function countSlices(
  kernel: Kernel,
  pass: CodePass,
  projection: PlannedProjection,
  slices: readonly PartSlice[],
  into: Uint32Array,
  io: CountIo,
): void {
  beginProjection(kernel, projection, io.chunkBytes);
  for (const { part, ...rows } of slices) {
    countPart(kernel, pass, projection.parts[part]!, projection.layout, rows, projection.sources, io);
  }
  const { counts } = kernel;
  for (let i = 0; i < projection.sources * CODES; i++) if (counts[i]! > 0) Atomics.add(into, i, counts[i]!);
}

/**
 * Counts and folds a projection. Only the first pass tells `io.onInput` of its chunks: the others read the same bytes again.
 *
 * @param counted what has been counted already, one array per pass; null to count here.
 */
export function sumProjection(
  kernel: Kernel,
  passes: readonly CodePass[],
  projection: PlannedProjection,
  orders: MomentOrders,
  counted: readonly Uint32Array[] | null,
  io: CountIo,
): ProjectionSums {
  const { sources } = projection;
  const sums: Partial<ProjectionSums> = { sources, edges: edgesOf(projection) };
  const { onInput: _, ...again } = io;
  for (const [i, pass] of passes.entries()) {
    beginProjection(kernel, projection, io.chunkBytes);
    if (counted) kernel.counts.set(counted[i]!);
    else {
      for (const { part, ...rows } of wholeProjection(projection)) {
        const planned = projection.parts[part]!;
        countPart(kernel, pass, planned, projection.layout, rows, sources, i === 0 ? io : again);
      }
    }
    Object.assign(sums, sumsOfCounts(kernel, pass.codes, sources, orders));
  }
  return sums as ProjectionSums;
}

/** What these codes' counts of the first `sources` sources tell. */
export function sumsOfCounts(
  kernel: Kernel,
  codes: RadiusCodes,
  sources: number,
  orders: MomentOrders,
): Partial<ProjectionSums> {
  const sums: Partial<ProjectionSums> = {};
  if (codes.nfd) {
    const { counts } = kernel;
    let nonFinite = 0;
    for (let source = 0; source < sources; source++) nonFinite += counts[source * CODES + NOT_FINITE]!;
    Object.assign(sums, { nonFinite, nfd: kernel.dimensions(sources, codes, codes.nfd) });
  }
  if (codes.spectrum) {
    const bins = codes.radius[codes.spectrum.last]!;
    const { degrees, ...grid } = kernel.fold(sources, codes, codes.spectrum, bins, orders);
    const edgesKept = degrees.reduce((sum, degree) => sum + (degree > MIN_EDGES ? degree : 0), 0);
    Object.assign(sums, grid, { edgesKept });
  }
  return sums;
}

/** Weights of a projection. */
export function edgesOf(projection: PlannedProjection): number {
  return projection.parts.reduce((sum, { rows, columns, kernel }) => sum + rows * columns * kernel, 0);
}

function beginProjection(kernel: Kernel, projection: PlannedProjection, chunkBytes: number): void {
  const { counters, largest, input } = kernelRoom(projection, chunkBytes);
  kernel.begin(counters, largest, input);
}

/** What the kernel is to make room for: rows of counters, the largest N, and bytes of input. */
export function kernelRoom(
  { layout, parts, sources, targets }: PlannedProjection,
  chunkBytes: number,
): { counters: number; largest: number; input: number } {
  const spare = largest(parts.map((part) => spareSources(part, layout)));
  const positions = largest(parts.map((part) => part.kernel));
  return {
    counters: sources + spare,
    largest: targets * positions + 1,
    input: largest(parts.map((part) => inputBytes(part, chunkBytes))),
  };
}
