/** Checks whether boxes of indices cover a tensor, each index once: the parts that several processes have written. */

/** The first index in every dimension, and the size. */
export interface Box {
  starts: readonly number[];
  sizes: readonly number[];
}

/**
 * Adjacent boxes are compared in pairs along one dimension: rows or columns of thousands of processes take as many
 * comparisons as there are processes; grids take somewhat more.
 */
const MAX_COMPARISONS = 4_000_000;

/** What is wrong with boxes that should cover a tensor of `shape`, as words for a sentence; null for nothing. */
export function faultOfTiles(shape: readonly number[], boxes: readonly Box[]): string | null {
  let covered = 0;
  for (const { starts, sizes } of boxes) {
    if (starts.length !== shape.length || sizes.length !== shape.length)
      return `one has ${sizes.length} dimensions`;
    const outside = shape.findIndex((size, i) => starts[i]! + sizes[i]! > size);
    if (outside >= 0)
      return `one has the indices ${starts[outside]!} to ${starts[outside]! + sizes[outside]! - 1} of dimension ${outside}, which has ${shape[outside]!}`;
    covered += product(sizes);
  }
  const all = product(shape);
  const overlapping = firstOverlap(shape, boxes);
  if (overlapping) return overlapping;
  return covered === all ? null : `${all - covered} of its ${all} values are in none`;
}

function firstOverlap(shape: readonly number[], boxes: readonly Box[]): string | null {
  // Along the dimension that was cut most often, few boxes overlap.
  let along = 0;
  let most = 0;
  for (let i = 0; i < shape.length; i++) {
    const cuts = new Set(boxes.map(({ starts }) => starts[i])).size;
    if (cuts > most) [along, most] = [i, cuts];
  }
  const sorted = boxes.filter(({ sizes }) => product(sizes) > 0);
  sorted.sort((a, b) => (a.starts[along] ?? 0) - (b.starts[along] ?? 0));
  let comparisons = 0;
  for (let i = 0; i < sorted.length; i++) {
    const box = sorted[i]!;
    const end = (box.starts[along] ?? 0) + (box.sizes[along] ?? 1);
    for (let j = i + 1; j < sorted.length && (sorted[j]!.starts[along] ?? 0) < end; j++) {
      if (++comparisons > MAX_COMPARISONS) return 'they are cut too irregularly to be checked';
      if (overlap(box, sorted[j]!))
        return `those that begin at [${box.starts.join(', ')}] and [${sorted[j]!.starts.join(', ')}] overlap`;
    }
  }
  return null;
}

function overlap(a: Box, b: Box): boolean {
  return a.starts.every(
    (start, i) => start < b.starts[i]! + b.sizes[i]! && b.starts[i]! < start + a.sizes[i]!,
  );
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}
