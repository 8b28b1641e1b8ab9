/**
 * Packs the weights of several samples, read together: every row that any of them takes is read once, and each sample's
 * weights are packed in the order in which the sample visits them, in their stored type.
 */
import { largest } from '../../protocol/extremes';
import type { AnalysisPlan, PlannedPart, PlannedProjection } from '../analysis/plan';
import { DTYPE_BITS } from '../checkpoint/dtype';
import { sampleSize, type SampledNeurons } from '../sampling/drawNeurons';
import { elementWriter } from '../weights/elementWriter';
import { rowBytesOf, type ReadRows } from '../weights/kinds';
import type { RowRun } from '../weights/rowSource';
import type { RowRange } from './chunks';
import { columnsOf, MAX_READ_BYTES, pickParts, runEnd, type PickedPart } from './pick';

/**
 * Most memory for packed weights that wait for their samples. Beyond it, samples are read in several batches; where not
 * even one sample fits, samples read their own rows.
 */
export const MAX_PACKED_BYTES = 64 * 2 ** 20;

/** Where a sample's weights are packed: the same positions for every sample of an analysis. */
export interface PackedLayout {
  /** Where each projection begins, in bytes. */
  offsets: number[];
  /** Size of all projections. */
  bytes: number;
  /** Size of the largest projection. */
  most: number;
}

/** Where the weights of one sample of `neurons` per layer are packed. */
export function packedLayout({ projections, draws }: AnalysisPlan, neurons: number): PackedLayout {
  let bytes = 0;
  let most = 0;
  const offsets = projections.map(({ parts, sampling }) => {
    const offset = bytes;
    const size = (draw: number): number => sampleSize(draws[draw]!, neurons);
    const targets = sampling.targets.reduce((sum, { draw }) => sum + size(draw), 0);
    const perPair = largest(parts.map(pairBytes));
    const own = size(sampling.sources) * targets * perPair;
    bytes += own;
    most = Math.max(most, own);
    return offset;
  });
  return { offsets, bytes, most };
}

/**
 * Reads a projection once and packs what each sample takes of it.
 *
 * @param samples the neurons of every sample.
 * @param into a buffer for each sample.
 * @param offset where the projection begins in each buffer.
 * @param checkCancelled called between reads; throws to stop.
 */
export function packWeights(
  projection: PlannedProjection,
  samples: readonly SampledNeurons[],
  into: readonly Uint8Array[],
  offset: number,
  read: ReadRows,
  checkCancelled: () => void,
): void {
  const picks = samples.map((neurons) => pickParts(projection, neurons));
  const cursors = samples.map(() => offset);
  for (const [i, part] of projection.parts.entries()) {
    const packers = picks.map((parts, sample) => {
      return new RowPacker(parts[i]!, into[sample]!, cursors[sample]!);
    });
    packPart(part, packers, read, checkCancelled);
    for (const [sample, packer] of packers.entries()) cursors[sample] = packer.end;
  }
}

/** Packs some rows of what one sample takes of a part; otherwise as {@link packWeights}. */
export function packRows(
  picked: PickedPart,
  rows: RowRange,
  into: Uint8Array,
  read: ReadRows,
  checkCancelled: () => void,
): void {
  packPart(picked.part, [new RowPacker(picked, into, 0, rows)], read, checkCancelled);
}

function packPart(
  part: PlannedPart,
  packers: readonly RowPacker[],
  read: ReadRows,
  checkCancelled: () => void,
): void {
  const element = read.elementsOf?.(part);
  if (element) {
    for (const packer of packers) packer.takeAll(element, checkCancelled);
    return;
  }
  const { rows, takers } = union(packers);
  const rowBytes = rowBytesOf(part);
  const runs = runsOf(rows, part);
  read.ahead?.(part, () => runs);
  let unchecked = 0;
  let next = 0;
  for (let from = 0, to; from < runs.length; from = to) {
    to = batchEnd(runs, from, rowBytes);
    const batch = runs.slice(from, to);
    const bytes = readRuns(part, batch, rowBytes, read);
    next = takeRows(bytes, batch, rowBytes, rows, takers, next, packers);
    unchecked += bytes.length;
    if (unchecked < MAX_READ_BYTES) continue;
    checkCancelled();
    unchecked = 0;
  }
  checkCancelled();
}

/** Rows are read in batches of about this many bytes, which stay in the processor's cache until they are packed. */
const BATCH_BYTES = 2 ** 18;

/** Reused, because allocating a buffer takes longer than filling it. */
let held = new Uint8Array();

/** Reads runs into one buffer, valid until the next call. */
function readRuns(part: PlannedPart, runs: readonly RowRun[], rowBytes: number, read: ReadRows): Uint8Array {
  const length = rowsIn(runs) * rowBytes;
  if (held.length < length) held = new Uint8Array(Math.max(length, BATCH_BYTES));
  const bytes = held.subarray(0, length);
  if (read.runs) read.runs(part, runs, bytes);
  else {
    let at = 0;
    for (const { first, rows } of runs) {
      read(part, first, bytes.subarray(at, (at += rows * rowBytes)));
    }
  }
  return bytes;
}

function rowsIn(runs: readonly RowRun[]): number {
  let sum = 0;
  for (const { rows } of runs) sum += rows;
  return sum;
}

/** The end of the runs from `from` on that are read together: at least one. */
function batchEnd(runs: readonly RowRun[], from: number, rowBytes: number): number {
  let bytes = runs[from]!.rows * rowBytes;
  let to = from + 1;
  while (to < runs.length && (bytes += runs[to]!.rows * rowBytes) <= BATCH_BYTES) to++;
  return to;
}

/**
 * Passes rows that have been read to the packers that take them.
 * @returns the first entry of `rows` after these runs.
 */
function takeRows(
  bytes: Uint8Array,
  runs: readonly RowRun[],
  rowBytes: number,
  rows: Uint32Array,
  takers: Uint32Array,
  from: number,
  packers: readonly RowPacker[],
): number {
  let next = from;
  let start = 0;
  for (const run of runs) {
    const end = run.first + run.rows;
    for (; next < rows.length && rows[next]! < end; next++)
      packers[takers[next]!]!.take(bytes, start + (rows[next]! - run.first) * rowBytes);
    start += run.rows * rowBytes;
  }
  return next;
}

/** Groups ascending rows into runs that are read together. */
export function runsOf(rows: Uint32Array, part: PlannedPart): RowRun[] {
  const runs: RowRun[] = [];
  for (let from = 0, to; from < rows.length; from = to) {
    to = runEnd(rows, from, part);
    runs.push({ first: rows[from]!, rows: rows[to - 1]! - rows[from]! + 1 });
  }
  return runs;
}

/** The rows of all packers, ascending: one entry for every packer that takes a row. */
function union(packers: readonly RowPacker[]): { rows: Uint32Array; takers: Uint32Array } {
  const count = packers.reduce((sum, { rows }) => sum + rows.length, 0);
  // One number per entry, because numbers sort fast.
  const keys = new Float64Array(count);
  let filled = 0;
  for (const [taker, { rows }] of packers.entries()) {
    for (const row of rows) keys[filled++] = row * packers.length + taker;
  }
  keys.sort();
  const found = { rows: new Uint32Array(count), takers: new Uint32Array(count) };
  for (let i = 0; i < count; i++) {
    found.rows[i] = Math.floor(keys[i]! / packers.length);
    found.takers[i] = keys[i]! - found.rows[i]! * packers.length;
  }
  return found;
}

/** Packs rows of a part, in order, for one sample. */
class RowPacker {
  readonly rows: Uint32Array;
  /** Size of the weights that join two neurons. */
  readonly #pairBytes: number;
  #taken: Uint16Array | undefined;
  #next: number;
  #end: number;

  constructor(
    private readonly picked: PickedPart,
    private readonly into: Uint8Array,
    start: number,
    { from, to }: RowRange = { from: 0, to: picked.rows.neurons.length },
  ) {
    this.rows = picked.rows.neurons.subarray(from, to);
    this.#next = from;
    this.#pairBytes = pairBytes(picked.part);
    this.#end = start;
  }

  /** The end of the packed bytes. */
  get end(): number {
    return this.#end;
  }

  /** Packs every row, element by element. */
  takeAll(element: (row: number, index: number) => number, checkCancelled: () => void): void {
    const { part, columns } = this.picked;
    const write = elementWriter(part.dtype, this.into.subarray(this.#end));
    let written = 0;
    for (const row of this.rows) {
      checkCancelled();
      const { first, from, to } = columnsOf(this.picked, this.#next++);
      for (let column = from; column < to; column++) {
        const index = (columns.neurons[column]! - first) * part.taps;
        for (let k = 0; k < part.taps; k++) write(written++, element(row, index + k));
      }
    }
    this.#end += (written * DTYPE_BITS[part.dtype]) / 8;
  }

  /** Packs the next row. @param start where it begins in `bytes`. */
  take(bytes: Uint8Array, start: number): void {
    const { into } = this;
    const { neurons } = this.picked.columns;
    const size = this.#pairBytes;
    const { first, from, to } = columnsOf(this.picked, this.#next++);
    if (from === to) return;
    const begin = start + (neurons[from]! - first) * size;
    const length = (to - from) * size;
    const span = neurons[to - 1]! - neurons[from]! + 1;
    if (span === to - from) {
      into.set(bytes.subarray(begin, begin + length), this.#end);
    } else if (size === 2 && ((start | this.#end | bytes.byteOffset | into.byteOffset) & 1) === 0) {
      this.#taken ??= halvesOf(into);
      copyHalves(halvesOf(bytes), start / 2 - first, neurons, from, to, this.#taken, this.#end / 2);
    } else {
      copyPairs(bytes, start - first * size, size, neurons, from, to, into, this.#end);
    }
    this.#end += length;
  }
}

let viewed: { bytes: Uint8Array; halves: Uint16Array } | undefined;

/** A view of the same memory that begins at an even position. */
function halvesOf(bytes: Uint8Array): Uint16Array {
  if (viewed?.bytes !== bytes)
    viewed = { bytes, halves: new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1) };
  return viewed.halves;
}

// Separate functions, so that the compiler optimizes these loops alone.

function copyHalves(
  row: Uint16Array,
  start: number,
  neurons: Uint32Array,
  from: number,
  to: number,
  into: Uint16Array,
  end: number,
): void {
  for (let column = from; column < to; column++) into[end++] = row[start + neurons[column]!]!;
}

function copyPairs(
  row: Uint8Array,
  start: number,
  size: number,
  neurons: Uint32Array,
  from: number,
  to: number,
  into: Uint8Array,
  end: number,
): void {
  for (let column = from; column < to; column++) {
    const at = start + neurons[column]! * size;
    for (let i = 0; i < size; i++) into[end++] = row[at + i]!;
  }
}

/** Size of the weights that join two neurons. */
export function pairBytes({ taps, dtype }: PlannedPart): number {
  return (taps * DTYPE_BITS[dtype]) / 8;
}
