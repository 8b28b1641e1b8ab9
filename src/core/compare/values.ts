/** The values of tensors, wherever they come from, as plain data that a worker can act on. */
import { tensorPlace } from '../analysis/plan';
import type { Model } from '../adapter/model';
import { DTYPE_BITS, isDecodable, type DecodableDType, type DType } from '../checkpoint/dtype';
import type { TensorInfo } from '../checkpoint/types';
import { heldBytes, rowBytesOf, storedBytes, type PlannedPart, type ReadRows } from '../weights/kinds';
import type { OpenFile } from '../weights/openFile';
import { openPlace, placeBytes, placeHeldBytes, storedRowBytes } from '../weights/stored';
import type { StoredTensor } from '../weights/place';
import type { AnalysisPlan } from '../analysis/plan';

/** Values in row-major order. */
export interface ValueSource {
  name: string;
  shape: readonly number[];
  /** The usual name of the stored type. */
  stored: string;
  /** Type of the elements after decoding. */
  dtype: DType;
  elements: number;
  /** Whether its rows are known to be sources: in another checkpoint the matrix of the same layer may be transposed. */
  turned: boolean;
  from: { kind: 'tensor'; place: StoredTensor } | { kind: 'rows'; part: PlannedPart };
}

/** Whole tensors. */
export function storedValues(tensors: readonly TensorInfo[]): ValueSource[] {
  return tensors.map((tensor): ValueSource => {
    const { name, shape, dtype, stored = dtype, axes } = tensor;
    const place = tensorPlace(tensor);
    return {
      name,
      shape,
      stored,
      dtype,
      elements: place.elements,
      turned: axes?.endsWith('in-out') ?? false,
      from: { kind: 'tensor', place },
    };
  });
}

/** The weights of a network's projections as they are analyzed: weights that an adapter makes are stored nowhere. */
export function networkValues(
  { projections }: AnalysisPlan,
  tensorsOf: readonly (readonly string[])[],
): ValueSource[] {
  const times = new Map<string, number>();
  return projections.flatMap(({ layout, parts }, p) =>
    parts.map((part, i): ValueSource => {
      const { rows, columns, taps, dtype } = part;
      const tensor = tensorsOf[p]![i]!;
      const nth = (times.get(tensor) ?? 0) + 1;
      times.set(tensor, nth);
      return {
        name: nth === 1 ? tensor : `${tensor} (${nth})`,
        shape: taps === 1 ? [rows, columns] : [rows, columns, taps],
        stored: dtype,
        dtype,
        turned: layout === 'in-out',
        elements: rows * columns * taps,
        from: { kind: 'rows', part },
      };
    }),
  );
}

/** Whether the weights of a model differ from those it stores. */
export const isMade = ({ adapter, tensors }: Model): boolean =>
  adapter !== null || tensors.some(({ update }) => update !== undefined);

export function readBytesOf({ from }: ValueSource): number {
  return from.kind === 'tensor'
    ? placeBytes(from.place, from.place.elements)
    : storedBytes(from.part, from.part.rows);
}

export const heldBytesOf = ({ from }: ValueSource): number =>
  from.kind === 'tensor' ? placeHeldBytes(from.place) : heldBytes(from.part) + rowBytesOf(from.part);

/** Number of elements to read at once. */
const AT_ONCE = 2 ** 16;

/** A chunk of elements. */
export interface Chunk {
  /** Little-endian, as stored. */
  bytes: Uint8Array;
  /** Number of elements in it. */
  count: number;
}

/** Size of this many decoded elements. */
const chunkBytes = ({ dtype }: ValueSource, count: number): number =>
  Math.ceil((count * DTYPE_BITS[dtype]) / 8);

/** Size of all elements after decoding. */
export const handedBytesOf = (source: ValueSource): number => chunkBytes(source, source.elements);

/**
 * Chunks of {@link AT_ONCE} elements in order, each valid until the next.
 * @param whole a buffer in which all chunks remain, one after another, of at least {@link handedBytesOf} bytes.
 */
export function* chunksOf(
  source: ValueSource,
  files: OpenFile,
  rows: ReadRows,
  whole?: Uint8Array,
): Generator<Chunk> {
  const read = readerOf(source, files, rows);
  const one = whole ?? new Uint8Array(chunkBytes(source, Math.min(AT_ONCE, source.elements)));
  for (const [from, count] of runsOf(source)) {
    const at = whole ? chunkBytes(source, from) : 0;
    const bytes = one.subarray(at, at + chunkBytes(source, count));
    read(from, bytes);
    yield { bytes, count };
  }
}

/** The chunks that remained in `whole`. */
export function* chunksIn(source: ValueSource, whole: Uint8Array): Generator<Chunk> {
  for (const [from, count] of runsOf(source)) {
    const at = chunkBytes(source, from);
    yield { bytes: whole.subarray(at, at + chunkBytes(source, count)), count };
  }
}

function* runsOf({ elements }: ValueSource): Generator<[from: number, count: number]> {
  for (let from = 0; from < elements; from += AT_ONCE) yield [from, Math.min(AT_ONCE, elements - from)];
}

/** The type of a source whose values are weights; null for others. */
export const weightType = ({ dtype }: ValueSource): DecodableDType | null =>
  isDecodable(dtype) ? dtype : null;

function readerOf(
  { from, dtype }: ValueSource,
  files: OpenFile,
  rows: ReadRows,
): (first: number, into: Uint8Array) => void {
  if (from.kind === 'tensor') return openPlace(from.place, files);
  const { part } = from;
  const width = part.columns * part.taps;
  const rowBytes = rowBytesOf(part);
  let held = new Uint8Array();
  // Rows come whole: the rows that overlap the range are read, and its elements are copied from them.
  return (first, into) => {
    const begin = Math.floor(first / width);
    const skip = storedRowBytes(dtype, first - begin * width);
    const count = Math.ceil((skip + into.length) / rowBytes);
    const size = count * rowBytes;
    if (held.length < size) held = new Uint8Array(size);
    rows(part, begin, held.subarray(0, size));
    into.set(held.subarray(skip, skip + into.length));
  };
}
