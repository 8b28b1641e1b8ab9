/** The values of tensors, wherever they come from, as plain data that a worker can act on. */
import { tensorPlace } from '../analysis/plan';
import type { Model } from '../adapter/model';
import { DTYPE_BITS, isDecodable, type DecodableDType, type DType } from '../checkpoint/dtype';
import type { TensorInfo } from '../checkpoint/types';
import { heldBytes, rowBytesOf, storedBytes, type PlannedPart, type ReadRows } from '../weights/kinds';
import type { OpenFile } from '../weights/rowSource';
import { openPlace, placeBytes, placeHeldBytes, storedRowBytes, type StoredTensor } from '../weights/stored';
import type { AnalysisPlan } from '../analysis/plan';

/** Values in row-major order. */
export interface ValueSource {
  name: string;
  shape: readonly number[];
  /** As people call what is stored. */
  stored: string;
  /** Of the elements that are handed over. */
  dtype: DType;
  elements: number;
  /** Whether rows are sources, of which a network's matrix has the other way round elsewhere. */
  turned: boolean;
  from: { kind: 'tensor'; place: StoredTensor } | { kind: 'rows'; part: PlannedPart };
}

/** Every stored tensor. */
export function storedValues(tensors: readonly TensorInfo[]): ValueSource[] {
  return tensors.map((tensor): ValueSource => {
    const { name, shape, dtype, stored = dtype } = tensor;
    const place = tensorPlace(tensor);
    return {
      name,
      shape,
      stored,
      dtype,
      elements: place.elements,
      turned: false,
      from: { kind: 'tensor', place },
    };
  });
}

/** The weights of a network's projections, as they are analyzed: what an adapter makes is stored nowhere. */
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

/** Whether the weights of a model are other than what it stores. */
export const isMade = ({ adapter, tensors }: Model): boolean =>
  adapter !== null || tensors.some(({ update }) => update !== undefined);

export function readBytesOf({ from }: ValueSource): number {
  return from.kind === 'tensor'
    ? placeBytes(from.place, from.place.elements)
    : storedBytes(from.part, from.part.rows);
}

export const heldBytesOf = ({ from }: ValueSource): number =>
  from.kind === 'tensor' ? placeHeldBytes(from.place) : heldBytes(from.part) + rowBytesOf(from.part);

/** Elements that are read at once. */
const AT_ONCE = 2 ** 16;

/** A run of elements. */
export interface Chunk {
  /** As they are stored, little-endian. */
  bytes: Uint8Array;
  /** Elements in it. */
  count: number;
}

/** Chunks of {@link AT_ONCE} elements in order, each valid until the next. */
export function* chunksOf(source: ValueSource, files: OpenFile, rows: ReadRows): Generator<Chunk> {
  const { dtype, elements } = source;
  const read = readerOf(source, files, rows);
  const whole = new Uint8Array(Math.ceil(storedRowBytes(dtype, Math.min(AT_ONCE, elements))));
  for (let from = 0; from < elements; from += AT_ONCE) {
    const count = Math.min(AT_ONCE, elements - from);
    const bytes = whole.subarray(0, Math.ceil((count * DTYPE_BITS[dtype]) / 8));
    read(from, bytes);
    yield { bytes, count };
  }
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
  // Rows come whole: those that a run touches are read, and its elements are taken out of them.
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
