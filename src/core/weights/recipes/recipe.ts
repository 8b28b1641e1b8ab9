/**
 * A recipe says how the elements of one tensor come from bytes that are not one run of them: plain data, which goes with a
 * plan to any worker. A kind of recipe is one file here and a row of `table.ts`.
 */
import { DTYPE_BITS, type DType } from '../../checkpoint/dtype';
import type { OpenFile } from '../rowSource';

/** The tensor that a recipe makes. */
export interface RecipeTensor {
  /** Of the elements that are handed over. */
  dtype: DType;
  /** How many there are. */
  elements: number;
}

/** Elements of a tensor in row-major order: what is asked before or after changes nothing. */
export interface ElementSource {
  /** Fills `into` with whole elements, little-endian, from element `first` on. */
  read(first: number, into: Uint8Array): void;
}

/** @typeParam R the recipe: an object of plain data with the name of its kind. */
export interface RecipeKind<R> {
  open(recipe: R, tensor: RecipeTensor, files: OpenFile): ElementSource;
  /** Bytes that are read from files for `elements` elements from `first` on. */
  storedBytes(recipe: R, tensor: RecipeTensor, first: number, elements: number): number;
  /** Memory that an open source takes besides what it hands over, in bytes. */
  heldBytes(recipe: R, tensor: RecipeTensor): number;
  /** Seconds of one thread for so many elements, besides reading. */
  seconds(recipe: R, elements: number): number;
}

/** Of one element. @throws RangeError for types whose elements share bytes: nothing can be taken out of their run. */
export function elementBytes(dtype: DType): number {
  if (DTYPE_BITS[dtype] % 8 !== 0) throw new RangeError(`elements of ${dtype} share bytes`);
  return DTYPE_BITS[dtype] / 8;
}
