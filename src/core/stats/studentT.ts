/**
 * Quantiles of Student's t distribution.
 *
 * The distribution function follows from the regularized incomplete beta function (Abramowitz & Stegun 26.7.1),
 * evaluated by its continued fraction (26.5.8) with Lentz's method; the quantile by bisection.
 */

/** The t with P(|T| ≤ t) = `confidence` for `degrees` ≥ 1 degrees of freedom. */
export function studentTwoSided(confidence: number, degrees: number): number {
  let low = 0;
  let high = 1;
  while (central(high, degrees) < confidence) high *= 2;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) return middle;
    if (central(middle, degrees) < confidence) low = middle;
    else high = middle;
  }
}

/** P(|T| ≤ t). */
function central(t: number, degrees: number): number {
  return 1 - incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
}

function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast only below the mean; beyond it, use the symmetry I_x(a, b) = 1 − I_{1−x}(b, a).
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return (front / a) * betaFraction(x, a, b);
}

function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let factor = 1;
    for (const term of [even, odd]) {
      d = 1 / (1 + term * d || tiny);
      c = 1 + term / c || tiny;
      factor = d * c;
      fraction *= factor;
    }
    if (Math.abs(factor - 1) < 1e-16) break;
  }
  return fraction;
}

/** ln Γ(z) of a positive half-integer or integer, by the recurrence from Γ(1) or Γ(1/2): exact enough for any n here. */
function logGamma(z: number): number {
  let sum = z % 1 === 0 ? 0 : Math.log(Math.PI) / 2;
  for (let k = z % 1 === 0 ? 1 : 0.5; k < z; k++) sum += Math.log(k);
  return sum;
}
