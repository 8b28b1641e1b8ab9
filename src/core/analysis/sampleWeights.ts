/** Visits the weights between sampled neurons, in an order that depends on the neurons alone. */
import { DTYPE_BITS, elementReader, type ElementReader } from '../checkpoint/dtype';
import type { ByteSource } from '../checkpoint/source';
import type { SampledNeurons } from '../sampling/drawNeurons';
import type { PlannedPart, PlannedProjection } from './plan';

/** Adjacent rows are read together up to this size: enough to amortise a call, small beside a worker's heap. */
export const MAX_READ_BYTES = 4 * 2 ** 20;

/**
 * The weights of one row between sampled neurons, and the place of each one's source in the list of sampled sources.
 * Both are valid during the call, and of equal length.
 */
export type VisitRow = (weights: Float64Array, sources: Uint32Array) => void;

/**
 * Where weights come from: the elements of rows `first` … `last` of a part, the first row's first at index 0. Asked in
 * ascending order, part by part; an analysis may go through the network more than once.
 */
export type RowReader = (part: PlannedPart, first: number, last: number) => ElementReader;

/** Rows as they are stored. @param open the file of that path; it stays its opener's to close. */
export function storedRows(open: (file: string) => ByteSource): RowReader {
  return (part, first, last) => {
    const rowBytes = rowBytesOf(part);
    const bytes = new Uint8Array((last - first + 1) * rowBytes);
    open(part.file).read(part.offset + first * rowBytes, bytes);
    return elementReader(part.dtype, bytes);
  };
}

/** Rows or columns of a part that a sample takes, ascending. */
interface Picked {
  /** Index in the part. */
  neurons: Uint32Array;
  /** Place in the list of sampled neurons. */
  positions: Uint32Array;
}

/** The rows and columns of a part that a sample takes. */
export interface PickedPart {
  part: PlannedPart;
  rows: Picked;
  columns: Picked;
}

/** What a sample takes of every part of a projection. */
export function pickParts(projection: PlannedProjection, { sources, targets }: SampledNeurons): PickedPart[] {
  const rowIsTarget = projection.layout === 'out-in';
  const all = picked(sources, 0, projection.sources);
  let firstTarget = 0; // of the part in hand
  return projection.parts.map((part) => {
    // A part holds all sources, and its own run of the targets.
    const partTargets = rowIsTarget ? part.rows : part.columns * part.groups;
    const own = picked(targets, firstTarget, partTargets);
    firstTarget += partTargets;
    return rowIsTarget ? { part, rows: own, columns: all } : { part, rows: all, columns: own };
  });
}

/** The sampled neurons among `count` from `first`. */
function picked(neurons: Uint32Array, first: number, count: number): Picked {
  // One number per neuron, so that they can be sorted as numbers.
  const keys = new Float64Array(neurons.length);
  let found = 0;
  for (let position = 0; position < neurons.length; position++) {
    const neuron = neurons[position]! - first;
    if (neuron >= 0 && neuron < count) keys[found++] = neuron * neurons.length + position;
  }
  const sorted = keys.subarray(0, found).sort();
  const taken = { neurons: new Uint32Array(found), positions: new Uint32Array(found) };
  for (let i = 0; i < found; i++) {
    taken.neurons[i] = Math.floor(sorted[i]! / neurons.length);
    taken.positions[i] = sorted[i]! - taken.neurons[i]! * neurons.length;
  }
  return taken;
}

/**
 * The first of the stored columns that a row of this index has: those of its group. Sampled columns outside them are
 * joined to other groups only.
 */
export function groupStart({ rows, columns, groups }: PlannedPart, row: number): number {
  return groups === 1 ? 0 : Math.floor(row / (rows / groups)) * columns;
}

/**
 * Visits every weight between sampled neurons, row by row.
 * @param checkpoint called between reads; throws to stop.
 */
export function visitSampledWeights(
  projection: PlannedProjection,
  neurons: SampledNeurons,
  read: RowReader,
  checkpoint: () => void,
  visit: VisitRow,
): void {
  for (const pickedPart of pickParts(projection, neurons)) {
    const { part, rows } = pickedPart;
    const visitRow = rowVisitor(pickedPart, projection.layout === 'out-in', visit);
    for (let from = 0, to; from < rows.neurons.length; from = to) {
      checkpoint();
      to = runEnd(rows.neurons, from, part);
      const first = rows.neurons[from]!;
      const element = read(part, first, rows.neurons[to - 1]!);
      for (let row = from; row < to; row++) visitRow(row, first, element);
    }
  }
}

/** Where the run of ascending rows ends that touch each other from row `from` on, and fit one read. */
export function runEnd(rows: Uint32Array, from: number, part: PlannedPart): number {
  const longest = Math.max(1, Math.floor(MAX_READ_BYTES / rowBytesOf(part)));
  let to = from + 1;
  while (to < rows.length && rows[to]! - rows[to - 1]! <= 1 && rows[to]! - rows[from]! < longest) to++;
  return to;
}

export function rowBytesOf(part: PlannedPart): number {
  return (part.columns * part.kernel * DTYPE_BITS[part.dtype]) / 8;
}

/** @returns visits a picked row, given the row that `element(0)` begins. */
function rowVisitor(
  { part, rows, columns }: PickedPart,
  rowIsTarget: boolean,
  visit: VisitRow,
): (row: number, first: number, element: ElementReader) => void {
  const { kernel } = part;
  const count = columns.neurons.length;
  const weights = new Float64Array(count * kernel);
  const sources = new Uint32Array(count * kernel);
  if (rowIsTarget) {
    for (let i = 0; i < sources.length; i++) sources[i] = columns.positions[Math.floor(i / kernel)]!;
  }
  return (row, first, element) => {
    const neuron = rows.neurons[row]!;
    const start = (neuron - first) * part.columns * kernel;
    const stored = groupStart(part, neuron);
    let from = 0;
    let filled = 0;
    for (let column = 0; column < count; column++) {
      const index = columns.neurons[column]! - stored;
      if (index >= part.columns) break;
      if (index < 0) {
        from += kernel;
        continue;
      }
      const at = start + index * kernel;
      for (let k = 0; k < kernel; k++) weights[filled++] = element(at + k);
    }
    if (!rowIsTarget) sources.fill(rows.positions[row]!, from, from + filled);
    if (filled === weights.length) visit(weights, sources);
    else visit(weights.subarray(0, filled), sources.subarray(from, from + filled));
  };
}
