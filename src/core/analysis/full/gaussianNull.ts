/**
 * The Gaussian null of a projection: independent weights with its shape, mean and standard deviation (method §6). α₀
 * grows with the number of targets, so a projection's own α₀ is informative only in comparison with this.
 *
 * All source neurons of such a network are statistically alike, so drawing some of them is enough.
 */
import type { RadiiRule } from '../../../protocol/analysis';
import { decode } from '../../checkpoint/dtype';
import { runsOf } from '../../counting/pack';
import { PartCounter, type CountedPart } from '../../counting/countPart';
import { MIN_EDGES } from '../../multifractal/edges';
import type { Kernel } from '../../multifractal/kernel/kernel';
import { momentSteps } from '../../multifractal/momentSteps';
import { spectrumFiguresIfAny, type SpectrumFigures } from '../../multifractal/spectrum';
import { Mt19937 } from '../../sampling/mt19937';
import { standardNormal } from '../../stats/normal';
import { rowBytesOf, type ReadRows } from '../../weights/kinds';
import type { PlannedPart, PlannedProjection } from '../plan';
import { partitionOf } from '../../counting/totals';
import { edgesOf } from '../../counting/projectionSums';
import type { CodePass } from '../../counting/passes';

/** Number of edges to draw; it determines how many sources are drawn, within bounds. */
const DRAWN_EDGES = 131_072;
const FEWEST_SOURCES = 16;
const MAX_SOURCES = 512;
/** Number of evenly spaced rows from which mean and deviation are estimated. */
const MOMENT_ROWS = 32;
const SEED = 20_240_214;

/**
 * @param seen the moments, where the rows have passed; null to read them.
 * @returns null where the null network has no spectrum, or there are no finite weights.
 */
export function gaussianNull(
  kernel: Kernel,
  passes: readonly CodePass[],
  projection: PlannedProjection,
  q: readonly number[],
  radii: RadiiRule,
  read: ReadRows,
  seen: SeenMoments | null = null,
): SpectrumFigures | null {
  // No node has more edges than there are columns.
  if (drawnSize(projection).columns <= MIN_EDGES) return null;
  const { mean, deviation } = (seen ?? readMoments(projection, read)).result;
  if (!(deviation > 0)) return null;
  const pass = passes.find(({ codes }) => codes.spectrum)!;
  const { codes } = pass;
  const run = codes.spectrum!;
  const { rows, columns } = drawnSize(projection);
  kernel.begin(rows, columns + 1, 4 * rows * columns, codes.size);
  const input = kernel.input(4 * rows * columns);
  new Float32Array(input.buffer, input.byteOffset).set(normalNumbers(rows * columns));
  kernel.scaleInput(rows * columns, mean, deviation);
  const part: CountedPart = { dtype: 'F32', taps: 1, layout: 'in-out', sources: rows };
  const counter = new PartCounter(kernel, pass, part, 0, rows);
  counter.count(input, rows * columns, [{ at: 0, rows, columns, source: 0 }]);
  const sums = kernel.fold(rows, codes, run, codes.radius[run.last]!, momentSteps(q));
  const partition = partitionOf({ ...sums, sources: rows, edgesKept: 0 }, radii);
  return spectrumFiguresIfAny(kernel, partition, q);
}

/** The number of sources to draw, and of edges of each. */
function drawnSize(projection: PlannedProjection): { rows: number; columns: number } {
  const columns = Math.round(edgesOf(projection) / projection.sources);
  const wanted = Math.min(MAX_SOURCES, Math.max(FEWEST_SOURCES, Math.floor(DRAWN_EDGES / columns)));
  return { rows: Math.min(wanted, projection.sources), columns };
}

/** Bytes that a projection's null takes in the kernel; the drawn numbers take less. */
export function gaussianBytes(projection: PlannedProjection, codes: number): number {
  const { rows, columns } = drawnSize(projection);
  return 4 * rows * (codes + columns);
}

let normals = new Float32Array();
const draw = standardNormal(new Mt19937(SEED));

/** The beginning of the one seeded sequence of normal numbers (mean 0, deviation 1) from which every null is drawn. */
function normalNumbers(count: number): Float32Array {
  if (normals.length < count) {
    const before = normals;
    normals = new Float32Array(count);
    normals.set(before);
    // Each is drawn once: a wider projection takes those of narrower ones and more.
    for (let i = before.length; i < count; i++) normals[i] = draw();
  }
  return normals.subarray(0, count);
}

/** Mean and deviation of the finite weights of rows, which have to be the same rows in the same order: sums are of floating point. */
class Moments {
  readonly #sums = { count: 0, sum: 0, squares: 0 };
  #row = new Float64Array();

  add({ dtype, columns, taps }: PlannedPart, bytes: Uint8Array): void {
    // An array for each row would be most of what is ever freed.
    if (this.#row.length !== columns * taps) this.#row = new Float64Array(columns * taps);
    decode(dtype, bytes, this.#row);
    addRow(this.#row, this.#sums);
  }

  get result(): { mean: number; deviation: number } {
    const { count, sum, squares } = this.#sums;
    const mean = sum / count;
    return { mean, deviation: Math.sqrt(Math.max(0, squares / count - mean * mean)) };
  }
}

/** Whether all rows of the moments pass in their order where the whole projection is read, part by part. */
export function momentsPass(projection: PlannedProjection): boolean {
  return projection.layout === 'out-in' || projection.parts.length === 1;
}

/** Takes the moments from rows while the projection is counted, so that they are not read twice. */
export class SeenMoments {
  readonly #moments = new Moments();
  readonly #wanted: Map<PlannedPart, number[]>;

  /** @param projection one whose {@link momentsPass}. */
  constructor(projection: PlannedProjection) {
    this.#wanted = momentRowsByPart(projection);
  }

  get result(): { mean: number; deviation: number } {
    return this.#moments.result;
  }

  /** @param bytes of rows from `first` on. */
  onInput(part: PlannedPart, first: number, bytes: Uint8Array): void {
    const size = rowBytesOf(part);
    const end = first + bytes.length / size;
    for (const row of this.#wanted.get(part) ?? [])
      if (row >= first && row < end)
        this.#moments.add(part, bytes.subarray((row - first) * size, (row - first + 1) * size));
  }
}

function readMoments(projection: PlannedProjection, read: ReadRows): Moments {
  const moments = new Moments();
  const wanted = momentRowsByPart(projection);
  // Parts whose rows alternate are not read in order.
  const inOrder = momentsPass(projection);
  let before: PlannedPart | null = null;
  let bytes = new Uint8Array();
  for (const { part, row: at } of momentRows(projection)) {
    if (inOrder && part !== before)
      read.ahead?.(part, () => runsOf(Uint32Array.from(wanted.get(part)!), part));
    before = part;
    if (bytes.length !== rowBytesOf(part)) bytes = new Uint8Array(rowBytesOf(part));
    read(part, at, bytes);
    moments.add(part, bytes);
  }
  return moments;
}

/** Adds the finite values of a row. A separate function, so that the compiler optimizes the loop alone. */
function addRow(row: Float64Array, into: { count: number; sum: number; squares: number }): void {
  let { count, sum, squares } = into;
  for (const weight of row) {
    if (!(Math.abs(weight) < Infinity)) continue;
    count++;
    sum += weight;
    squares += weight * weight;
  }
  into.count = count;
  into.sum = sum;
  into.squares = squares;
}

/** The rows from which mean and deviation are estimated, ascending. */
export function momentRowsByPart(projection: PlannedProjection): Map<PlannedPart, number[]> {
  const wanted = new Map<PlannedPart, number[]>();
  for (const { part, row } of momentRows(projection)) wanted.set(part, [...(wanted.get(part) ?? []), row]);
  return wanted;
}

/**
 * Evenly spaced rows of the whole projection, the same whether it is stored in one tensor or in several: where rows are
 * targets they continue through all parts; where rows are sources each part has its share of every row.
 */
function* momentRows({ parts, layout }: PlannedProjection): Generator<{ part: PlannedPart; row: number }> {
  const total = layout === 'out-in' ? parts.reduce((sum, part) => sum + part.rows, 0) : parts[0]!.rows;
  const rows = Math.min(MOMENT_ROWS, total);
  for (let i = 0; i < rows; i++) {
    let row = Math.floor((i * total) / rows);
    if (layout === 'in-out') for (const part of parts) yield { part, row };
    else {
      let at = 0;
      while (row >= parts[at]!.rows) row -= parts[at++]!.rows;
      yield { part: parts[at]!, row };
    }
  }
}
