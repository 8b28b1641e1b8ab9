/** Which weights of a matrix a sample takes, in an order that depends on the neurons alone: by rows, then columns. */
import type { PlannedPart, PlannedProjection } from '../analysis/plan';
import type { Layout } from '../network/types';
import type { SampledNeurons } from '../sampling/drawNeurons';
import { rowBytesOf } from '../weights/kinds';
import type { RowRange } from './chunks';
import type { WeightMatrix } from './countPart';

/** Adjacent rows are read together up to this size: enough to amortize a call, small compared with a worker's heap. */
export const MAX_READ_BYTES = 4 * 2 ** 20;

/** Rows or columns of a part that a sample takes, ascending. */
interface Picked {
  /** Index in the part. */
  neurons: Uint32Array;
  /** Index in the list of sampled neurons. */
  positions: Uint32Array;
}

/** The rows and columns of a part that a sample takes. */
export interface PickedPart {
  part: PlannedPart;
  rows: Picked;
  columns: Picked;
  /** The columns to which every row is joined, where these are all columns. */
  all: Joined | null;
}

/** A range of picked columns, from … to (excluded). */
interface Joined {
  from: number;
  to: number;
  /** The first column of their group. */
  first: number;
}

/** What a sample takes of every part of a projection. */
export function pickParts(projection: PlannedProjection, { sources, targets }: SampledNeurons): PickedPart[] {
  const rowIsTarget = projection.layout === 'out-in';
  const allSources = picked(sources, 0, projection.sources);
  let firstTarget = 0; // of the current part
  return projection.parts.map((part) => {
    // A part has all sources, and its own range of the targets.
    const partTargets = rowIsTarget ? part.rows : part.columns * part.groups;
    const own = picked(targets, firstTarget, partTargets);
    firstTarget += partTargets;
    const [rows, columns] = rowIsTarget ? [own, allSources] : [allSources, own];
    const all = part.groups === 1 ? { from: 0, to: columns.neurons.length, first: 0 } : null;
    return { part, rows, columns, all };
  });
}

let keys = new Float64Array();
let slab = new Uint32Array();
let slabUsed = 0;

/**
 * Part of a larger array of zeros: an array of its own would be allocated and freed outside of the heap, which takes longer than
 * to fill it, and there may be millions.
 */
function smallArray(length: number): Uint32Array {
  if (length > SLAB / 16) return new Uint32Array(length);
  if (slabUsed + length > slab.length) [slab, slabUsed] = [new Uint32Array(SLAB), 0];
  return slab.subarray(slabUsed, (slabUsed += length));
}

const SLAB = 2 ** 14;

/** The sampled neurons among `count` from `first`. */
function picked(neurons: Uint32Array, first: number, count: number): Picked {
  // One number per neuron, because numbers sort fast.
  if (keys.length < neurons.length) keys = new Float64Array(neurons.length);
  let found = 0;
  for (let position = 0; position < neurons.length; position++) {
    const neuron = neurons[position]! - first;
    if (neuron >= 0 && neuron < count) keys[found++] = neuron * neurons.length + position;
  }
  const sorted = keys.subarray(0, found).sort();
  const taken = { neurons: smallArray(found), positions: smallArray(found) };
  for (let i = 0; i < found; i++) {
    taken.neurons[i] = Math.floor(sorted[i]! / neurons.length);
    taken.positions[i] = sorted[i]! - taken.neurons[i]! * neurons.length;
  }
  return taken;
}

/** The picked columns to which a picked row is joined: those of its group. */
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

/** Rows of a picked part that are packed and counted together. */
export interface Piece extends RowRange {
  /** Number of weights in it. */
  elements: number;
  /** Blocks of rows that are joined to the same columns; sources are numbered from the projection's first on. */
  matrices: WeightMatrix[];
}

/** Divides a picked part into pieces of about `most` elements, each of at least one row. */
export function* piecesOf(picked: PickedPart, layout: Layout, most: number): Generator<Piece> {
  const { rows, part } = picked;
  const rowsAreSources = layout === 'in-out';
  for (let from = 0, to = 0; from < rows.neurons.length; from = to) {
    const matrices: WeightMatrix[] = [];
    let elements = 0;
    let last: Joined | undefined;
    do {
      const joined = columnsOf(picked, to);
      const columns = joined.to - joined.from;
      if (last?.from === joined.from && last.to === joined.to) matrices.at(-1)!.rows++;
      else matrices.push({ at: elements, rows: 1, columns, source: rowsAreSources ? to : joined.from });
      last = joined;
      elements += columns * part.taps;
      to++;
    } while (to < rows.neurons.length && elements < most);
    yield { from, to, elements, matrices };
  }
}

/** The end of the run of adjacent ascending rows from row `from` on that fits into one read. */
export function runEnd(rows: Uint32Array, from: number, part: PlannedPart): number {
  const longest = Math.max(1, Math.floor(MAX_READ_BYTES / rowBytesOf(part)));
  let to = from + 1;
  while (to < rows.length && rows[to]! - rows[to - 1]! <= 1 && rows[to]! - rows[from]! < longest) to++;
  return to;
}
