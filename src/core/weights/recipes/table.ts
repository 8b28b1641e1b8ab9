/** All kinds of recipes. */
import { BLOCKS, type BlocksRecipe } from './blocks';
import { AFFINE, type AffineRecipe } from './affine';
import type { RecipeKind } from './recipe';
import { INFLATED, type InflatedRecipe } from './inflated';
import { JOINED, type JoinedRecipe } from './joined';
import { PIECES, type PiecesRecipe } from './pieces';
import { SCALED, type ScaledRecipe } from './scaled';
import { STRIDED, type StridedRecipe } from './strided';
import { VARINTS, type VarintsRecipe } from './varints';

/** How to make the elements of a tensor from bytes, as plain data. */
export type Recipe =
  | PiecesRecipe
  | StridedRecipe
  | BlocksRecipe
  | AffineRecipe
  | InflatedRecipe
  | JoinedRecipe
  | VarintsRecipe
  | ScaledRecipe;

type Kinds = { [K in Recipe['kind']]: RecipeKind<Extract<Recipe, { kind: K }>> };

export const RECIPES: Kinds = {
  blocks: BLOCKS,
  pieces: PIECES,
  scaled: SCALED,
  strided: STRIDED,
  affine: AFFINE,
  inflated: INFLATED,
  joined: JOINED,
  varints: VARINTS,
};

/** The row of the recipe's own kind; TypeScript cannot track that relation through the table. */
export function recipeKind(recipe: Recipe): RecipeKind<Recipe> {
  return RECIPES[recipe.kind];
}
