/**
 * Standard normal numbers from a Mersenne Twister, as NumPy's legacy `RandomState` draws them: 53-bit uniform numbers
 * and Marsaglia's polar method (Marsaglia & Bray, SIAM Review 6, 1964), two numbers at a time.
 */
import type { Mt19937 } from '../sampling/mt19937';

/** @returns a function that gives the next number of mean 0 and standard deviation 1. */
export function standardNormal(generator: Mt19937): () => number {
  let spare: number | null = null;
  const symmetric = (): number => 2 * uniform(generator) - 1;
  return () => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    for (;;) {
      const x = symmetric();
      const y = symmetric();
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      spare = factor * x;
      return factor * y;
    }
  };
}

/** Uniform over [0, 1) with 53 bits (`genrand_res53`). */
export function uniform(generator: Mt19937): number {
  const high = generator.uint32() >>> 5;
  const low = generator.uint32() >>> 6;
  return (high * 2 ** 26 + low) / 2 ** 53;
}

/** P(X ≤ x) of a standard normal X, to about 1e-15 absolutely. */
export function normalCdf(x: number): number {
  const half = tail(Math.abs(x));
  return x < 0 ? half : 1 - half;
}

/** Beyond this the continued fraction of the tail converges faster than the series of the middle. */
const SERIES_TO = 2.5;

/** P(X > x) for x ≥ 0: Abramowitz & Stegun 26.2.11 and 26.2.14. */
function tail(x: number): number {
  if (x > 39) return 0;
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  if (x < SERIES_TO) {
    let term = x;
    let sum = x;
    for (let n = 3; term > 1e-17 * sum; n += 2) {
      term *= (x * x) / n;
      sum += term;
    }
    return 0.5 - density * sum;
  }
  let fraction = x;
  for (let n = 100; n >= 1; n--) fraction = x + n / fraction;
  return density / fraction;
}
