/** Visits the weights between sampled neurons, in an order that depends on the neurons alone: by rows, then columns. */
import { elementReader, type ElementReader } from '../checkpoint/dtype';
import type { SampledNeurons } from '../sampling/drawNeurons';
import { rowBytesOf, type ReadRows } from '../weights/kinds';
import type { PlannedPart, PlannedProjection } from './plan';

/** Adjacent rows are read together up to this size: enough to amortise a call, small beside a worker's heap. */
export const MAX_READ_BYTES = 4 * 2 ** 20;

/**
 * The weights of one row between sampled neurons: `count` of `values`, from index `start` on, and as many of `sources`,
 * from index `from` on: the place of each one's source in the list of sampled sources. Valid during the call.
 */
export type VisitRow = (
  values: Float64Array,
  start: number,
  sources: Uint32Array,
  from: number,
  count: number,
) => void;

/**
 * Where weights come from: the elements of rows `first` … `last` of a part, the first row's first at index 0. Asked in
 * ascending order, part by part; an analysis may go through the network more than once.
 */
export type RowReader = (part: PlannedPart, first: number, last: number) => ElementReader;

/** Gives weights of picked rows in bulk: of row `from` and of as many after it as it likes, one after another. */
export interface WeightReader {
  weights(picked: PickedPart, from: number): { to: number; values: Float64Array };
}

/** Rows of the checkpoint, each read when it is asked for. */
export function checkpointRows(read: ReadRows): RowReader {
  return (part, first, last) => {
    const bytes = new Uint8Array((last - first + 1) * rowBytesOf(part));
    read(part, first, bytes);
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
  /** What every row is joined to, where that is all columns. */
  all: Joined | null;
}

/** A run of picked columns, from … to (excluded). */
interface Joined {
  from: number;
  to: number;
  /** The first column of the group that they are in. */
  first: number;
}

/** What a sample takes of every part of a projection. */
export function pickParts(projection: PlannedProjection, { sources, targets }: SampledNeurons): PickedPart[] {
  const rowIsTarget = projection.layout === 'out-in';
  const allSources = picked(sources, 0, projection.sources);
  let firstTarget = 0; // of the part in hand
  return projection.parts.map((part) => {
    // A part holds all sources, and its own run of the targets.
    const partTargets = rowIsTarget ? part.rows : part.columns * part.groups;
    const own = picked(targets, firstTarget, partTargets);
    firstTarget += partTargets;
    const [rows, columns] = rowIsTarget ? [own, allSources] : [allSources, own];
    const all = part.groups === 1 ? { from: 0, to: columns.neurons.length, first: 0 } : null;
    return { part, rows, columns, all };
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

/** The picked columns that a picked row is joined to: those of its group. */
export function columnsOf({ part, rows, columns, all }: PickedPart, row: number): Joined {
  if (all) return all;
  const { neurons } = columns;
  const first = Math.floor(rows.neurons[row]! / (part.rows / part.groups)) * part.columns;
  let from = 0;
  while (from < neurons.length && neurons[from]! < first) from++;
  let to = from;
  while (to < neurons.length && neurons[to]! < first + part.columns) to++;
  return { from, to, first };
}

/**
 * Visits every weight between sampled neurons, row by row.
 * @param checkpoint called between reads; throws to stop.
 */
export function visitSampledWeights(
  projection: PlannedProjection,
  neurons: SampledNeurons,
  read: RowReader | WeightReader,
  checkpoint: () => void,
  visit: VisitRow,
): void {
  const reader = typeof read === 'function' ? bulkReader(read) : read;
  const rowIsTarget = projection.layout === 'out-in';
  for (const picked of pickParts(projection, neurons)) {
    const { rows, columns, part } = picked;
    const sources = new Uint32Array(columns.neurons.length * part.kernel);
    if (rowIsTarget) {
      for (let i = 0; i < sources.length; i++) sources[i] = columns.positions[Math.floor(i / part.kernel)]!;
    }
    for (let row = 0; row < rows.neurons.length;) {
      checkpoint();
      const { to, values } = reader.weights(picked, row);
      for (let start = 0; row < to; row++) {
        const joined = columnsOf(picked, row);
        const count = (joined.to - joined.from) * part.kernel;
        if (!rowIsTarget) sources.fill(rows.positions[row]!);
        visit(values, start, sources, joined.from * part.kernel, count);
        start += count;
      }
    }
  }
}

/** Reads rows that touch each other together. */
function bulkReader(read: RowReader): WeightReader {
  return {
    weights(picked, from) {
      const { part, rows, columns } = picked;
      const to = runEnd(rows.neurons, from, part);
      const values = new Float64Array((to - from) * columns.neurons.length * part.kernel);
      const firstRow = rows.neurons[from]!;
      const element = read(part, firstRow, rows.neurons[to - 1]!);
      let filled = 0;
      for (let row = from; row < to; row++) {
        const joined = columnsOf(picked, row);
        const start = (rows.neurons[row]! - firstRow) * part.columns;
        for (let column = joined.from; column < joined.to; column++) {
          const at = (start + columns.neurons[column]! - joined.first) * part.kernel;
          for (let k = 0; k < part.kernel; k++) values[filled++] = element(at + k);
        }
      }
      return { to, values };
    },
  };
}

/** Where the run of ascending rows ends that touch each other from row `from` on, and fit one read. */
export function runEnd(rows: Uint32Array, from: number, part: PlannedPart): number {
  const longest = Math.max(1, Math.floor(MAX_READ_BYTES / rowBytesOf(part)));
  let to = from + 1;
  while (to < rows.length && rows[to]! - rows[to - 1]! <= 1 && rows[to]! - rows[from]! < longest) to++;
  return to;
}
