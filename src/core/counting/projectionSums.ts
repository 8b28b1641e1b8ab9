/** The contribution of one projection of the full network to the whole. */
import { largest } from '../../protocol/extremes';
import type { GridSums, Kernel, MomentOrders } from '../multifractal/kernel/kernel';
import { codeSizes, NOT_FINITE, type RadiusCodes } from '../multifractal/radiusCodes';
import { MIN_EDGES } from '../multifractal/edges';
import type { PlannedPart, PlannedProjection } from '../analysis/plan';
import { forEachChunk, inputBytes, type CountIo, type RowRange } from './chunks';
import { PartCounter, spareSources, type CountedPart, type WeightMatrix } from './countPart';
import type { CodePass } from './passes';

export interface ProjectionSums extends Omit<GridSums, 'degrees'> {
  sources: number;
  /** Number of weights read, before any filter. */
  edges: number;
  edgesKept: number;
  nonFinite: number;
  /** For every source; NaN where missing. */
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

/** Size of the counts of a projection that several workers count. */
export function sharedCountBytes({ sources }: PlannedProjection, threshold: number): number {
  const codes = codeSizes(threshold).reduce((sum, size) => sum + size, 0);
  return sources * codes * Uint32Array.BYTES_PER_ELEMENT;
}

/** Such a buffer as one array per pass, shape [sources, codes]. */
export function countsByPass(
  buffer: SharedArrayBuffer,
  { sources }: PlannedProjection,
  passes: readonly CodePass[],
): Uint32Array[] {
  let at = 0;
  return passes.map(({ codes }) => {
    const counts = new Uint32Array(buffer, at, sources * codes.size);
    at += counts.byteLength;
    return counts;
  });
}

/**
 * Counts slices of a projection, and adds the counts to `into`, shape [sources, codes], to which other threads may be
 * adding at the same time.
 */
export function countSlices(
  kernel: Kernel,
  pass: CodePass,
  projection: PlannedProjection,
  slices: readonly PartSlice[],
  into: Uint32Array,
  io: CountIo,
  onPart?: (part: number) => void,
): void {
  beginProjection(kernel, pass, projection, io.chunkBytes);
  for (const { part, ...rows } of slices) {
    countRows(kernel, pass, projection, part, rows, io);
    onPart?.(part);
  }
  const { counts } = kernel;
  for (let i = 0; i < into.length; i++) if (counts[i]! > 0) Atomics.add(into, i, counts[i]!);
}

/** Counts rows of a part, chunk by chunk. */
function countRows(
  kernel: Kernel,
  pass: CodePass,
  projection: PlannedProjection,
  index: number,
  rows: RowRange,
  io: CountIo,
): void {
  const part = projection.parts[index]!;
  const counter = new PartCounter(kernel, pass, countedPart(part, projection), 0, projection.sources);
  const width = part.columns * part.taps;
  forEachChunk(kernel, part, rows, io, (chunk, bytes) => {
    const matrices = projection.layout === 'in-out' ? [wholeChunk(part, chunk)] : byGroup(part, chunk);
    counter.count(bytes, (chunk.to - chunk.from) * width, matrices);
  });
  counter.finish();
}

function countedPart({ dtype, taps }: PlannedPart, { layout, sources }: PlannedProjection): CountedPart {
  return { dtype, taps, layout, sources };
}

/** Rows that are sources, whatever their group. */
function wholeChunk({ columns }: PlannedPart, { from, to }: RowRange): WeightMatrix {
  return { at: 0, rows: to - from, columns, source: from };
}

/** The ranges of rows that belong to one group, whose columns are sources. */
function* byGroup(part: PlannedPart, { from, to }: RowRange): Generator<WeightMatrix> {
  const perGroup = part.rows / part.groups;
  for (let start = from; start < to;) {
    const group = Math.floor(start / perGroup);
    const end = Math.min((group + 1) * perGroup, to);
    const at = (start - from) * part.columns * part.taps;
    yield { at, rows: end - start, columns: part.columns, source: group * part.columns };
    start = end;
  }
}

/**
 * Counts and folds a projection. Only the first pass calls `io.onInput` with its chunks: the others read the same bytes
 * again.
 *
 * @param counted existing counts, one array per pass; null to count here.
 * @param onPart called when a part has been counted by the codes of the spectrum, in addition to those before it.
 * @param onNodes called before the counts are folded by the codes of the spectrum; may change them.
 */
export function sumProjection(
  kernel: Kernel,
  passes: readonly CodePass[],
  projection: PlannedProjection,
  orders: MomentOrders,
  counted: readonly Uint32Array[] | null,
  io: CountIo,
  onPart?: (part: number, codes: RadiusCodes) => void,
  onNodes?: (counts: Uint32Array, codes: RadiusCodes) => void,
): ProjectionSums {
  const { sources } = projection;
  const sums: Partial<ProjectionSums> = { sources, edges: edgesOf(projection) };
  const { onInput: _, ...again } = io;
  for (const [i, pass] of passes.entries()) {
    beginProjection(kernel, pass, projection, io.chunkBytes);
    if (counted) kernel.counts.set(counted[i]!);
    else {
      for (const { part, ...rows } of wholeProjection(projection)) {
        countRows(kernel, pass, projection, part, rows, i === 0 ? io : again);
        if (pass.codes.spectrum) onPart?.(part, pass.codes);
      }
    }
    if (pass.codes.spectrum) onNodes?.(kernel.counts, pass.codes);
    Object.assign(sums, sumsOfCounts(kernel, pass.codes, sources, orders));
  }
  return sums as ProjectionSums;
}

/** Removes the spectrum's edges of sources, which then are no nodes. @param isNode by source. */
export function leaveOut(
  counts: Uint32Array,
  codes: RadiusCodes,
  sources: number,
  isNode: (source: number) => boolean,
): void {
  const { first, last } = codes.spectrum!;
  for (let source = 0; source < sources; source++)
    if (!isNode(source)) counts.fill(0, source * codes.size + first, source * codes.size + last + 1);
}

/** Which of these sources are nodes, 1 or 0 each. @param counts shape [sources, codes.size] */
export function nodesOf(counts: Uint32Array, codes: RadiusCodes, sources: number): Uint8Array {
  const { first, last } = codes.spectrum!;
  return Uint8Array.from({ length: sources }, (_, source) => {
    let edges = 0;
    for (let code = first; code <= last; code++) edges += counts[source * codes.size + code]!;
    return edges > MIN_EDGES ? 1 : 0;
  });
}

/** The sums that follow from these codes' counts of the first `sources` sources. */
export function sumsOfCounts(
  kernel: Kernel,
  codes: RadiusCodes,
  sources: number,
  orders: MomentOrders,
): Partial<ProjectionSums> {
  const sums: Partial<ProjectionSums> = {};
  if (codes.nfd) {
    const nonFinite = countNotFinite(kernel.counts, sources, codes.size);
    Object.assign(sums, { nonFinite, nfd: kernel.dimensions(sources, codes, codes.nfd) });
  }
  if (codes.spectrum) {
    const bins = codes.radius[codes.spectrum.last]!;
    const { degrees, ...grid } = kernel.fold(sources, codes, codes.spectrum, bins, orders);
    const edgesKept = sumKept(degrees);
    Object.assign(sums, grid, { edgesKept });
  }
  return sums;
}

// Separate functions, so that the compiler optimizes these loops alone.

function countNotFinite(counts: Uint32Array, sources: number, codes: number): number {
  let sum = 0;
  for (let source = 0; source < sources; source++) sum += counts[source * codes + NOT_FINITE]!;
  return sum;
}

function sumKept(degrees: Uint32Array): number {
  let sum = 0;
  for (const degree of degrees) if (degree > MIN_EDGES) sum += degree;
  return sum;
}

/** The number of weights of a projection. */
export function edgesOf(projection: PlannedProjection): number {
  return projection.parts.reduce((sum, { rows, columns, taps }) => sum + rows * columns * taps, 0);
}

function beginProjection(
  kernel: Kernel,
  { codes }: CodePass,
  projection: PlannedProjection,
  chunkBytes: number,
): void {
  const { counters, largest, input } = kernelSizes(projection, codes.size, chunkBytes);
  kernel.begin(counters, largest, input, codes.size);
}

/** The sizes that the kernel needs memory for: rows of counters, the largest N, and bytes of input. */
export function kernelSizes(
  projection: PlannedProjection,
  codes: number,
  chunkBytes: number,
): { counters: number; largest: number; input: number } {
  const { parts, sources, targets } = projection;
  const spare = largest(parts.map((part) => spareSources(countedPart(part, projection), codes)));
  const positions = largest(parts.map((part) => part.taps));
  return {
    counters: sources + spare,
    largest: targets * positions + 1,
    input: largest(parts.map((part) => inputBytes(part, chunkBytes))),
  };
}
