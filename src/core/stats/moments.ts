/** Mean and deviation of numbers, and of two lists combined. */

export interface Moments {
  /** Number of finite weights. */
  count: number;
  mean: number;
  /** Sum of squared differences from the mean. */
  squares: number;
}

export const NO_MOMENTS: Moments = { count: 0, mean: 0, squares: 0 };

/** The moments of both lists together (Chan, Golub & LeVeque 1979). */
export function joinMoments(a: Moments, b: Moments): Moments {
  const count = a.count + b.count;
  if (count === 0) return NO_MOMENTS;
  const difference = b.mean - a.mean;
  return {
    count,
    mean: a.mean + (difference * b.count) / count,
    squares: a.squares + b.squares + (difference * difference * a.count * b.count) / count,
  };
}

/**
 * The moments of some weights; NaN and infinite ones do not count. First the mean, then the squares around it, so that
 * nothing cancels.
 */
export function rowMoments(row: Float64Array): Moments {
  let count = 0;
  let sum = 0;
  for (const weight of row) {
    if (!Number.isFinite(weight)) continue;
    count++;
    sum += weight;
  }
  if (count === 0) return NO_MOMENTS;
  const mean = sum / count;
  let squares = 0;
  for (const weight of row) if (Number.isFinite(weight)) squares += (weight - mean) * (weight - mean);
  return { count, mean, squares };
}
