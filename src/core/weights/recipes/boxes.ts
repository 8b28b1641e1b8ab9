/** Ranges of a tensor's elements as boxes of indices: for elements that are not stored in row-major order. */

/** One dimension of a box. */
export interface Dimension {
  count: number;
  /** Distance in elements from one index to the next in the source. */
  stride: number;
  /** The same in the row-major destination. */
  step: number;
}

export interface Box {
  /** Position of its first element in the source, in elements. */
  at: number;
  /** Position of its first element in the destination. */
  to: number;
  /** Outermost first; empty for a single element. */
  dimensions: readonly Dimension[];
}

/**
 * The boxes that together are the `count` elements from `first` on of a row-major tensor, at most two per dimension.
 * @param strides source strides of the dimensions. Destinations are relative to `first`.
 */
export function boxesOf(
  shape: readonly number[],
  strides: readonly number[],
  first: number,
  count: number,
): Box[] {
  const { sizes, sources, steps } = merged(shape, strides);
  const boxes: Box[] = [];
  let done = 0;
  const add = (level: number, from: number, to: number, at: number, head: readonly Dimension[]): void => {
    if (from >= to) return;
    if (level === sizes.length) {
      boxes.push({ at, to: done, dimensions: head.filter((each) => each.count > 1) });
      done += head.reduce((product, each) => product * each.count, 1);
      return;
    }
    const step = steps[level]!;
    const stride = sources[level]!;
    const low = Math.floor(from / step);
    const high = Math.floor((to - 1) / step);
    // Part of one index, whole indices, and part of another.
    const whole = [Math.ceil(from / step), Math.floor(to / step)] as const;
    if (low === high && whole[1] <= whole[0]) {
      add(level + 1, from - low * step, to - low * step, at + low * stride, head);
      return;
    }
    if (low < whole[0]) add(level + 1, from - low * step, step, at + low * stride, head);
    if (whole[0] < whole[1]) {
      const run = { count: whole[1] - whole[0], stride, step };
      add(level + 1, 0, step, at + whole[0] * stride, [...head, run]);
    }
    if (high >= whole[1]) add(level + 1, 0, to - high * step, at + high * stride, head);
  };
  add(0, first, first + count, 0, []);
  return boxes;
}

/** Without dimensions of size 1, and with contiguous dimensions joined. */
function merged(
  shape: readonly number[],
  strides: readonly number[],
): { sizes: number[]; sources: number[]; steps: number[] } {
  const sizes: number[] = [];
  const sources: number[] = [];
  for (const [i, size] of shape.entries()) {
    const stride = strides[i]!;
    if (size === 1) continue;
    const last = sizes.length - 1;
    if (last >= 0 && sources[last] === stride * size) {
      sizes[last]! *= size;
      sources[last] = stride;
    } else {
      sizes.push(size);
      sources.push(stride);
    }
  }
  const steps = sizes.map((_, i) => sizes.slice(i + 1).reduce((product, size) => product * size, 1));
  return { sizes, sources, steps };
}
