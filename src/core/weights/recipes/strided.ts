/** A strided view of elements, as PyTorch and NumPy describe transposed, sliced and repeated tensors. */
import type { StampedFile } from '../../storage/stamp';
import { readAt, type ByteSource } from '../../storage/storage';
import { boxesOf, type Dimension } from './boxes';
import { elementBytes, type RecipeKind } from './recipe';

export interface StridedRecipe {
  kind: 'strided';
  file: StampedFile;
  /** Absolute offset of the element with all indices 0. */
  offset: number;
  shape: readonly number[];
  /** Distance in elements from one index of a dimension to the next; 0 where elements are repeated. */
  strides: readonly number[];
}

/** Largest size of one read, including what is between the wanted elements. */
const WINDOW_BYTES = 2 ** 20;
/**
 * Largest ratio of spanned to wanted elements in one read, unless all is within a page, which costs no more than an
 * element.
 */
const MAX_SPARSE = 4;
const PAGE_BYTES = 4096;
const ELEMENTS_PER_SECOND = 2e8;
const ONE: Dimension = { count: 1, stride: 1, step: 1 };

export const STRIDED: RecipeKind<StridedRecipe> = {
  open({ file, offset, shape, strides }, { dtype }, files) {
    const source = files(file);
    const size = elementBytes(dtype);
    const window = new Uint8Array(WINDOW_BYTES);
    return {
      read(first, into) {
        for (const { at, to, dimensions } of boxesOf(shape, strides, first, into.length / size))
          gather(source, { offset: offset + at * size, size, into, window }, bySource(dimensions), to);
      },
    };
  },
  storedBytes({ shape, strides }, { dtype }, first, elements) {
    const size = elementBytes(dtype);
    let bytes = 0;
    for (const { dimensions } of boxesOf(shape, strides, first, elements))
      bytes += boxBytes(bySource(dimensions), size);
    return bytes;
  },
  heldBytes: () => WINDOW_BYTES,
  seconds: (_, elements) => elements / ELEMENTS_PER_SECOND,
};

interface Gathering {
  /** Offset of the box's first element in the file. */
  offset: number;
  /** Bytes of an element. */
  size: number;
  into: Uint8Array;
  window: Uint8Array;
}

/**
 * Largest stride first: neighbors in the file are then read together, whatever their order in the tensor. Repeated
 * elements are copied from what has been read.
 */
function bySource(dimensions: readonly Dimension[]): Dimension[] {
  return dimensions.toSorted((a, b) => b.stride - a.stride);
}

/** Puts the elements of a box into their positions, starting at `to`. */
function gather(
  source: Pick<ByteSource, 'read'>,
  box: Gathering,
  dimensions: readonly Dimension[],
  to: number,
): void {
  const { offset, size, into, window } = box;
  const span = spanOf(dimensions) * size;
  if (isReadAtOnce(dimensions, size)) {
    const isRun = dimensions.length === 1 && dimensions[0]!.stride === 1 && dimensions[0]!.step === 1;
    const bytes = isRun ? into.subarray(to * size, to * size + span) : window.subarray(0, span);
    readAt(source, offset, bytes);
    if (!isRun) scatter(bytes, size, dimensions.length === 0 ? [ONE] : dimensions, into, to);
    return;
  }
  const [{ count, stride, step }, ...inner] = dimensions as [Dimension, ...Dimension[]];
  // A range that is longer than the window, or the elements of a dimension one by one.
  if (inner.length === 0 && stride === 1) {
    const most = Math.floor(WINDOW_BYTES / size);
    for (let from = 0; from < count; from += most) {
      const run = { count: Math.min(most, count - from), stride, step };
      gather(source, { ...box, offset: offset + from * size }, [run], to + from * step);
    }
    return;
  }
  for (let index = 0; index < count; index++)
    gather(source, { ...box, offset: offset + index * stride * size }, inner, to + index * step);
}

/** Copies the elements of a box; `from` begins with the first of them. */
function scatter(
  from: Uint8Array,
  size: number,
  dimensions: readonly Dimension[],
  into: Uint8Array,
  to: number,
): void {
  const [source, target, each] = units(from, into, size);
  const copy = (level: number, at: number, place: number): void => {
    const { count, stride, step } = dimensions[level]!;
    if (level < dimensions.length - 1) {
      for (let index = 0; index < count; index++) copy(level + 1, at + index * stride, place + index * step);
    } else if (each === 1) {
      for (let index = 0; index < count; index++) target[place + index * step] = source[at + index * stride]!;
    } else {
      for (let index = 0; index < count; index++) {
        const [begin, end] = [(at + index * stride) * each, (place + index * step) * each];
        for (let unit = 0; unit < each; unit++) target[end + unit] = source[begin + unit]!;
      }
    }
  };
  copy(0, 0, to);
}

type Units = Uint8Array | Uint16Array | Uint32Array;

/**
 * Views of both in units of the element's size, or in bytes where they are not aligned. @returns also the number of
 * units per element.
 */
function units(from: Uint8Array, into: Uint8Array, size: number): [Units, Units, number] {
  const View = size === 2 ? Uint16Array : size === 4 ? Uint32Array : null;
  const aligned = [from, into].every(
    ({ byteOffset, length }) => byteOffset % size === 0 && length % size === 0,
  );
  if (View === null || !aligned) return [from, into, size];
  const [source, target] = [from, into].map(
    ({ buffer, byteOffset, length }) => new View(buffer as ArrayBuffer, byteOffset, length / size),
  );
  return [source!, target!, 1];
}

/** Number of bytes that {@link gather} reads for a box. */
function boxBytes(dimensions: readonly Dimension[], size: number): number {
  if (isReadAtOnce(dimensions, size)) return spanOf(dimensions) * size;
  const [{ count, stride }, ...inner] = dimensions as [Dimension, ...Dimension[]];
  return inner.length === 0 && stride === 1 ? count * size : count * boxBytes(inner, size);
}

function isReadAtOnce(dimensions: readonly Dimension[], size: number): boolean {
  const span = spanOf(dimensions);
  if (span * size > WINDOW_BYTES) return false;
  const count = dimensions.reduce((product, each) => product * each.count, 1);
  return span <= MAX_SPARSE * count || span * size <= PAGE_BYTES;
}

/** Distance in elements from the first to the last element of a box, both included. */
function spanOf(dimensions: readonly Dimension[]): number {
  return dimensions.reduce((span, { count, stride }) => span + (count - 1) * stride, 1);
}
