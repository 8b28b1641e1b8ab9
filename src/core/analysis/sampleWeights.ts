/** Reads the weights between sampled neurons: the rows they are in, and nothing else of a tensor. */
import { DTYPE_BITS, elementReader, type ElementReader } from '../checkpoint/dtype';
import type { ByteSource } from '../checkpoint/source';
import type { PlannedPart, PlannedProjection } from './plan';

/** Adjacent rows are read together up to this size: enough to amortise a call, small beside a worker's heap. */
const MAX_READ_BYTES = 4 * 2 ** 20;

/** One weight, by the places of its neurons in the lists of sampled sources and targets. */
export type Visit = (source: number, target: number, weight: number) => void;

/** Where weights come from: the elements of rows `first` … `last` of a part, the first row's first at index 0. */
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

/**
 * Visits every weight between `sources` and `targets` (indices of neurons in the projection).
 *
 * @param read called for rows in ascending order, part by part; the elements it gives are asked for once each.
 * @param checkpoint called between reads; throws to stop.
 */
export function visitSampledWeights(
  projection: PlannedProjection,
  sources: Uint32Array,
  targets: Uint32Array,
  read: RowReader,
  checkpoint: () => void,
  visit: Visit,
): void {
  const rowIsTarget = projection.layout === 'out-in';
  const visitPair: Visit = rowIsTarget
    ? (row, column, w) => {
        visit(column, row, w);
      }
    : visit;
  let firstTarget = 0; // of the part in hand
  for (const part of projection.parts) {
    // A part holds all sources, and its own run of the targets.
    const partTargets = rowIsTarget ? part.rows : part.columns * part.groups;
    const own = picked(targets, firstTarget, partTargets);
    const all = picked(sources, 0, projection.sources);
    const [rows, columns] = rowIsTarget ? [own, all] : [all, own];
    for (const run of adjacentRuns(rows, part)) {
      checkpoint();
      const first = run[0]!.neuron;
      const element = read(part, first, run.at(-1)!.neuron);
      for (const row of run) visitRow(part, row, first, columns, element, visitPair);
    }
    firstTarget += partTargets;
  }
}

interface Picked {
  /** Index of the row or column in the part. */
  neuron: number;
  /** Place in the list of sampled neurons. */
  position: number;
}

/** The sampled neurons among `count` from `first`, ascending. */
function picked(neurons: Uint32Array, first: number, count: number): Picked[] {
  return Array.from(neurons, (neuron, position) => ({ neuron: neuron - first, position }))
    .filter(({ neuron }) => neuron >= 0 && neuron < count)
    .sort((a, b) => a.neuron - b.neuron);
}

function rowBytesOf(part: PlannedPart): number {
  return (part.columns * part.kernel * DTYPE_BITS[part.dtype]) / 8;
}

/** Splits ascending rows into runs that touch each other and fit one read. */
function adjacentRuns(rows: readonly Picked[], part: PlannedPart): Picked[][] {
  const longest = Math.max(1, Math.floor(MAX_READ_BYTES / rowBytesOf(part)));
  const runs: Picked[][] = [];
  for (const row of rows) {
    const run = runs.at(-1);
    if (run && row.neuron - run.at(-1)!.neuron <= 1 && row.neuron - run[0]!.neuron < longest) run.push(row);
    else runs.push([row]);
  }
  return runs;
}

/** @param first the row that `element(0)` begins. */
function visitRow(
  part: PlannedPart,
  row: Picked,
  first: number,
  columns: readonly Picked[],
  element: ElementReader,
  visit: Visit,
): void {
  const start = (row.neuron - first) * part.columns * part.kernel;
  const groupStart = Math.floor(row.neuron / (part.rows / part.groups)) * part.columns;
  for (const column of columns) {
    const stored = column.neuron - groupStart;
    if (stored < 0 || stored >= part.columns) continue; // joined to other groups only
    const at = start + stored * part.kernel;
    for (let k = 0; k < part.kernel; k++) visit(row.position, column.position, element(at + k));
  }
}
