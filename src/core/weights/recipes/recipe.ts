/**
 * A recipe says how to make a tensor's elements from bytes that are not one contiguous range: plain data, sent to
 * workers with a plan. A kind of recipe is one file here and a row of `table.ts`.
 */
import { DTYPE_BITS, type DType } from '../../checkpoint/dtype';
import type { OpenFile } from '../openFile';

/** The tensor that a recipe makes. */
export interface RecipeTensor {
  /** Type of the decoded elements. */
  dtype: DType;
  /** Number of elements. */
  elements: number;
}

/** Elements of a tensor in row-major order; reads are independent of each other. */
export interface ElementSource {
  /** Fills `into` with whole elements, little-endian, from element `first` on. */
  read(first: number, into: Uint8Array): void;
}

/** @typeParam R the recipe: an object of plain data with the name of its kind. */
export interface RecipeKind<R> {
  open(recipe: R, tensor: RecipeTensor, files: OpenFile): ElementSource;
  /** Bytes that are read from files for `elements` elements from `first` on. */
  storedBytes(recipe: R, tensor: RecipeTensor, first: number, elements: number): number;
  /** Memory in bytes that an open source takes in addition to its output. */
  heldBytes(recipe: R, tensor: RecipeTensor): number;
  /** Seconds of one thread for this many elements, not counting reads. */
  seconds(recipe: R, elements: number): number;
}

/** Bytes of one element. @throws RangeError for types whose elements share bytes: none can be extracted on its own. */
export function elementBytes(dtype: DType): number {
  if (DTYPE_BITS[dtype] % 8 !== 0) throw new RangeError(`elements of ${dtype} share bytes`);
  return DTYPE_BITS[dtype] / 8;
}
