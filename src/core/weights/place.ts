/** Where files hold values: contiguous, or made by a recipe. */
import type { DType } from '../checkpoint/dtype';
import type { StampedFile } from '../storage/stamp';
import type { Recipe } from './recipes/table';

/** Rows that are contiguous in a file, in the part's own type. */
export interface StoredRows {
  kind: 'stored';
  file: StampedFile;
  /** Absolute offset of the first value in the file. */
  offset: number;
}

/** Rows of a tensor that a recipe makes. */
export interface RecipeRows {
  kind: 'recipe';
  recipe: Recipe;
  /** Number of elements of the whole tensor. */
  whole: number;
  /** Number of elements of the tensor before the first row. */
  skip: number;
}

/** Both kinds of rows that a file gives directly. */
export type GivenRows = StoredRows | RecipeRows;

/** The source of values, and their type. */
export type Place = { dtype: DType } & GivenRows;

/** A tensor of a file, or a range of its values, from which rows are computed. */
export type StoredTensor = Place & { tensor: string; elements: number };
