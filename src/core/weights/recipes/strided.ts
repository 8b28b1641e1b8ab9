/** A view of a run of elements: step sizes per dimension, as PyTorch and NumPy describe transposed, cut and repeated tensors. */
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
  /** Elements from one index of a dimension to the next; 0 where all are the same. */
  strides: readonly number[];
}

/** What is read at once, with what lies between the wanted elements, takes this much at most. */
const WINDOW_BYTES = 2 ** 20;
/** More than this share of unwanted bytes is not read, unless it is all within a page, which costs no more than an element. */
const MOST_SPARSE = 4;
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
  /** Of the box's first element in the file. */
  offset: number;
  /** Of an element. */
  size: number;
  into: Uint8Array;
  window: Uint8Array;
}

/**
 * Largest step first: neighbors in the file are then read together, whatever their order in the tensor. Where an element
 * is repeated, so is what has been read of it.
 */
function bySource(dimensions: readonly Dimension[]): Dimension[] {
  return dimensions.toSorted((a, b) => b.stride - a.stride);
}

/** Puts the elements of a box where they belong, from position `to` on. */
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
  // A run that is longer than the window, or the elements of a dimension one by one.
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

/** The same memory in units of the element's size, or in bytes where it is not aligned. @returns how many an element has. */
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

/** Bytes that {@link gather} reads of a box. */
function boxBytes(dimensions: readonly Dimension[], size: number): number {
  if (isReadAtOnce(dimensions, size)) return spanOf(dimensions) * size;
  const [{ count, stride }, ...inner] = dimensions as [Dimension, ...Dimension[]];
  return inner.length === 0 && stride === 1 ? count * size : count * boxBytes(inner, size);
}

function isReadAtOnce(dimensions: readonly Dimension[], size: number): boolean {
  const span = spanOf(dimensions);
  if (span * size > WINDOW_BYTES) return false;
  const count = dimensions.reduce((product, each) => product * each.count, 1);
  return span <= MOST_SPARSE * count || span * size <= PAGE_BYTES;
}

/** Elements from the first one of a box to its last one. */
function spanOf(dimensions: readonly Dimension[]): number {
  return dimensions.reduce((span, { count, stride }) => span + (count - 1) * stride, 1);
}
