/** Uncertainty of correlations over independent items, such as runs. */
import { Mt19937 } from '../sampling/mt19937';
import { kendall } from './association';

/** The 97.5 % point of the standard normal distribution. */
const Z975 = 1.959963984540054;

/**
 * The 95 % interval of a correlation over `n` independent pairs by Fisher's z; null where it is ±1, or n is below 4.
 * @param variance the variance of z times n − 3: 1 for Pearson's, 1.06 for Spearman's (Fieller, Hartley & Pearson,
 *   Biometrika 44, 1957).
 */
export function fisherInterval(r: number, n: number, variance = 1): [number, number] | null {
  if (n < 4 || Math.abs(r) >= 1) return null;
  const half = Z975 * Math.sqrt(variance / (n - 3));
  return [Math.tanh(Math.atanh(r) - half), Math.tanh(Math.atanh(r) + half)];
}

/** Up to this many items all orders are tried. */
const MAX_TRIED = 7;
const DRAWS = 1_999;
/** Any fixed number works: the same data give the same p. */
const SEED = 20_250_424;

/**
 * The two-sided p of a τ-b over independent pairs: the share of orders of `y` whose |τ| is at least as large.
 * @param tau the τ-b of these pairs, not null
 */
export function kendallP(x: readonly number[], y: readonly number[], tau: number): number {
  const reaches = (order: readonly number[]): boolean =>
    Math.abs(kendall(x, order)!) >= Math.abs(tau) - 1e-12;
  if (y.length <= MAX_TRIED) {
    let [all, reached] = [0, 0];
    for (const order of orders(y)) {
      all++;
      if (reaches(order)) reached++;
    }
    return reached / all;
  }
  const generator = new Mt19937(SEED);
  let reached = 0;
  for (let draw = 0; draw < DRAWS; draw++) if (reaches(shuffled(y, generator))) reached++;
  return (1 + reached) / (1 + DRAWS);
}

function* orders(of: readonly number[]): Generator<readonly number[]> {
  if (of.length < 2) yield of;
  for (const [i, first] of of.length < 2 ? [] : of.entries()) {
    for (const rest of orders([...of.slice(0, i), ...of.slice(i + 1)])) yield [first, ...rest];
  }
}

function shuffled(of: readonly number[], generator: Mt19937): number[] {
  const order = [...of];
  for (let i = order.length - 1; i > 0; i--) {
    const j = generator.interval(i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
