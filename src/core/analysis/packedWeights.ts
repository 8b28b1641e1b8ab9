/**
 * The weights of several samples, read together: every row that any of them takes is read once, and each sample's
 * weights are packed in the order in which the sample visits them, in the type they are stored in.
 */
import { DTYPE_BITS, elementReader, type ElementReader } from '../checkpoint/dtype';
import type { ByteSource } from '../checkpoint/source';
import { sampleSize, type SampledNeurons } from '../sampling/drawNeurons';
import type { AnalysisPlan, PlannedPart, PlannedProjection } from './plan';
import {
  groupStart,
  MAX_READ_BYTES,
  pickParts,
  rowBytesOf,
  runEnd,
  type PickedPart,
  type RowReader,
} from './sampleWeights';

/** Where a sample's weights are packed: the same places for every sample of an analysis. */
export interface PackedLayout {
  /** Where each projection begins, in bytes. */
  offsets: number[];
  /** Of all projections. */
  bytes: number;
}

/** Room for the weights of one sample of `neurons` per layer. */
export function packedLayout({ projections, draws }: AnalysisPlan, neurons: number): PackedLayout {
  let bytes = 0;
  const offsets = projections.map(({ parts, sampling }) => {
    const offset = bytes;
    const size = (draw: number): number => sampleSize(draws[draw]!, neurons);
    const targets = sampling.targets.reduce((sum, { draw }) => sum + size(draw), 0);
    const perPair = Math.max(...parts.map(({ kernel, dtype }) => (kernel * DTYPE_BITS[dtype]) / 8));
    bytes += size(sampling.sources) * targets * perPair;
    return offset;
  });
  return { offsets, bytes };
}

/**
 * Reads a projection once and packs what each sample takes of it.
 *
 * @param samples the neurons of every sample.
 * @param into the same number of rooms as samples. @param offset where the projection begins in each.
 * @param checkpoint called between reads; throws to stop.
 */
export function packWeights(
  projection: PlannedProjection,
  samples: readonly SampledNeurons[],
  into: readonly Uint8Array[],
  offset: number,
  open: (file: string) => ByteSource,
  checkpoint: () => void,
): void {
  const picks = samples.map((neurons) => pickParts(projection, neurons));
  const cursors = samples.map(() => offset);
  for (const [i, part] of projection.parts.entries()) {
    const packers = picks.map((parts, sample) => {
      return new RowPacker(parts[i]!, into[sample]!, cursors[sample]!);
    });
    packPart(part, packers, open(part.file), checkpoint);
    for (const [sample, packer] of packers.entries()) cursors[sample] = packer.end;
  }
}

function packPart(
  part: PlannedPart,
  packers: readonly RowPacker[],
  source: ByteSource,
  checkpoint: () => void,
): void {
  const { rows, takers } = union(packers);
  const rowBytes = rowBytesOf(part);
  let buffer = new Uint8Array(rowBytes);
  let unchecked = 0;
  for (let from = 0, to; from < rows.length; from = to) {
    to = runEnd(rows, from, part);
    const first = rows[from]!;
    const bytes = (rows[to - 1]! - first + 1) * rowBytes;
    if (buffer.length < bytes) buffer = new Uint8Array(bytes);
    source.read(part.offset + first * rowBytes, buffer.length === bytes ? buffer : buffer.subarray(0, bytes));
    for (let i = from; i < to; i++) packers[takers[i]!]!.take(buffer, (rows[i]! - first) * rowBytes);
    unchecked += bytes;
    if (unchecked < MAX_READ_BYTES) continue;
    checkpoint();
    unchecked = 0;
  }
  checkpoint();
}

/** The rows of all packers, ascending: one entry for every packer that takes a row. */
function union(packers: readonly RowPacker[]): { rows: Uint32Array; takers: Uint32Array } {
  const all = packers.flatMap(({ rows }, taker) => Array.from(rows, (row) => row * packers.length + taker));
  const sorted = Float64Array.from(all).sort();
  const rows = Uint32Array.from(sorted, (key) => Math.floor(key / packers.length));
  return { rows, takers: Uint32Array.from(sorted, (key, i) => key - rows[i]! * packers.length) };
}

/** Packs rows of a part, in order, for one sample. */
class RowPacker {
  readonly rows: Uint32Array;
  readonly #part: PlannedPart;
  readonly #columns: Uint32Array;
  /** Of the weights that join two neurons. */
  readonly #pairBytes: number;
  #next = 0;
  #end: number;

  constructor(
    { part, rows, columns }: PickedPart,
    private readonly into: Uint8Array,
    start: number,
  ) {
    this.rows = rows.neurons;
    this.#part = part;
    this.#columns = columns.neurons;
    this.#pairBytes = (part.kernel * DTYPE_BITS[part.dtype]) / 8;
    this.#end = start;
  }

  /** Bytes are filled up to here. */
  get end(): number {
    return this.#end;
  }

  /** Packs the next row. @param start where it begins in `bytes`. */
  take(bytes: Uint8Array, start: number): void {
    const { into } = this;
    const { columns } = this.#part;
    const pairBytes = this.#pairBytes;
    const stored = groupStart(this.#part, this.rows[this.#next++]!);
    let end = this.#end;
    for (const column of this.#columns) {
      const index = column - stored;
      if (index < 0 || index >= columns) continue;
      const at = start + index * pairBytes;
      for (let i = 0; i < pairBytes; i++) into[end++] = bytes[at + i]!;
    }
    this.#end = end;
  }
}

/** What {@link packWeights} packed for one sample. */
export function packedRows(
  { projections }: AnalysisPlan,
  { offsets }: PackedLayout,
  bytes: Uint8Array,
): RowReader {
  const starts = new Map(projections.map(({ parts }, i) => [parts[0]!, offsets[i]!]));
  let current: PlannedPart | undefined;
  let last = -1;
  let start = 0;
  let index = 0;
  let element: ElementReader;
  // Packed weights follow each other as they are asked for.
  const next = (): number => element(index++);
  return (part, first, row) => {
    if (part !== current || first <= last) {
      // Parts of a projection follow each other; a projection begins at its own place.
      start = starts.get(part) ?? start + (index * DTYPE_BITS[current!.dtype]) / 8;
      element = elementReader(part.dtype, bytes.subarray(start));
      index = 0;
      current = part;
    }
    last = row;
    return next;
  };
}
