/**
 * Measures of association between two series of equal length. All of them are undefined (null) where either series does
 * not vary by more than rounding, or is shorter than {@link MIN}.
 */

/** Any two points are on a line. */
export const MIN = 3;

/** Rounding error of a correlation, per pair. */
const ROUNDING = 4 * Number.EPSILON;

/** Rounding errors that a value may have gathered before it was logged. */
const ROUNDINGS = 4;

/** Pearson's product-moment correlation. @param x finite. @param y finite, as long as `x`. */
export const pearson = (x: readonly number[], y: readonly number[]): number | null =>
  correlation(x, y, noiseOf(x), noiseOf(y));

/** Pearson's correlation of series that are constant where they deviate by at most their noise. */
function correlation(
  x: readonly number[],
  y: readonly number[],
  noiseOfX: number,
  noiseOfY: number,
): number | null {
  if (x.length < MIN) return null;
  const [a, b] = [centered(x, noiseOfX), centered(y, noiseOfY)];
  if (!a || !b) return null;
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    xy += a[i]! * b[i]!;
    xx += a[i]! ** 2;
    yy += b[i]! ** 2;
  }
  const r = xy / Math.sqrt(xx) / Math.sqrt(yy);
  // A correlation within rounding of ±1 counts as ±1; otherwise its interval would be as narrow as the rounding error.
  return 1 - Math.abs(r) <= ROUNDING * x.length ? Math.sign(r) : r;
}

/** Spearman's rank correlation; equal values share the mean of their ranks. */
export const spearman = (x: readonly number[], y: readonly number[]): number | null =>
  varies(x) && varies(y) ? pearson(ranks(x), ranks(y)) : null;

/** Kendall's τ-b (Kendall, Biometrika 33, 1945). */
export function kendall(x: readonly number[], y: readonly number[]): number | null {
  const n = x.length;
  if (n < MIN || !varies(x) || !varies(y)) return null;
  let [both, inX, inY] = [0, 0, 0];
  for (let i = 1; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const [a, b] = [Math.sign(x[i]! - x[j]!), Math.sign(y[i]! - y[j]!)];
      both += a * b;
      inX += Math.abs(a);
      inY += Math.abs(b);
    }
  }
  return inX === 0 || inY === 0 ? null : both / Math.sqrt(inX * inY);
}

/** Pearson's correlation of the changes from each value to the next. */
export const differences = (x: readonly number[], y: readonly number[]): number | null =>
  correlation(steps(x), steps(y), noiseOf(x), noiseOf(y));

/**
 * The effective number of independent pairs: n (1 − ρ₁ρ₂) / (1 + ρ₁ρ₂), with the lag-1 autocorrelations of both series
 * (Bartlett, J. Roy. Stat. Soc. 98, 1935).
 */
export function effectiveLength(x: readonly number[], y: readonly number[]): number | null {
  const [own, other] = [lagged(x), lagged(y)];
  if (own === null || other === null) return null;
  const product = own * other;
  return product <= -1 ? null : Math.max(0, (x.length * (1 - product)) / (1 + product));
}

const lagged = (x: readonly number[]): number | null => pearson(x.slice(1), x.slice(0, -1));

/** Divided by 2, because the difference of two numbers may be beyond the range of numbers. */
const steps = (x: readonly number[]): number[] => x.slice(1).map((value, i) => value / 2 - x[i]! / 2);

/**
 * What rounding alone makes of equal values: without it, a learning rate that falls by the same amount at every step
 * would have changes that correlate with anything. Values that all are in single precision, as TensorBoard's are, were
 * rounded to it.
 */
function noiseOf(x: readonly number[]): number {
  if (x.every(Number.isInteger)) return 0;
  const precision = x.every((value) => Math.fround(value) === value) ? 2 ** -23 : Number.EPSILON;
  return ROUNDINGS * precision * x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

const varies = (x: readonly number[]): boolean => centered(x, noiseOf(x)) !== null;

/**
 * Centered on the mean, in units of the largest deviation, so that squares stay within the range of numbers; null where
 * all are equal but for the noise.
 */
function centered(x: readonly number[], noise: number): number[] | null {
  if (x.every((value) => value === x[0])) return null;
  const mean = x.reduce((sum, value) => sum + value / x.length, 0);
  const from = x.map((value) => value / 2 - mean / 2);
  const largest = from.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largest <= noise ? null : from.map((value) => value / largest);
}

/** Ranks from 1; equal values share the mean of their ranks. */
function ranks(x: readonly number[]): number[] {
  const order = x.map((_, i) => i).sort((i, j) => x[i]! - x[j]!);
  const ranked = new Array<number>(x.length);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && x[order[to]!] === x[order[from]!]) to++;
    for (let i = from; i < to; i++) ranked[order[i]!] = (from + to + 1) / 2;
    from = to;
  }
  return ranked;
}
