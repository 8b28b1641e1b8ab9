/** Matrices that a view transposes are read the way they are stored: the same edges, row by row of the file. */
import { elementBytes } from '../weights/recipes/recipe';
import type { StridedRecipe } from '../weights/recipes/strided';
import type { PlannedPart } from '../weights/kinds';
import type { PlannedProjection } from './planned';

/** The projection with rows and columns exchanged where all its matrices are transposed views; itself otherwise. */
export function asStored(projection: PlannedProjection): PlannedProjection {
  const parts = projection.parts.map(turned);
  if (parts.some((part) => part === null)) return projection;
  const layout = projection.layout === 'out-in' ? 'in-out' : 'out-in';
  return { ...projection, layout, parts: parts as PlannedPart[] };
}

/** Null where its columns are no easier to read than its rows. */
function turned(part: PlannedPart): PlannedPart | null {
  const { rows, columns, taps, groups, dtype, weights } = part;
  if (weights.kind !== 'recipe' || weights.recipe.kind !== 'strided' || taps * groups > 1) return null;
  const { recipe, skip } = weights;
  const [step, next] = recipe.strides as [number, number];
  if (recipe.shape.length !== 2 || step >= next || recipe.shape[1] !== columns) return null;
  const offset = recipe.offset + (skip / columns) * step * elementBytes(dtype);
  const view: StridedRecipe = { ...recipe, offset, shape: [columns, rows], strides: [next, step] };
  return {
    ...part,
    rows: columns,
    columns: rows,
    weights:
      step === 1 && next === rows
        ? { kind: 'stored', file: recipe.file, offset }
        : { kind: 'recipe', recipe: view, whole: rows * columns, skip: 0 },
  };
}
