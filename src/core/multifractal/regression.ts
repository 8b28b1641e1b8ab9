/** Ordinary least squares on one set of abscissae, many times. */
export interface Line {
  slope: number;
  intercept: number;
  /** Coefficient of determination; null where y does not vary. */
  r2: number | null;
}

export class Regressor {
  readonly #mean: number;
  readonly #centered: Float64Array;
  readonly #sxx: number;

  /** @param x at least two different values. */
  constructor(x: Float64Array) {
    this.#mean = mean(x);
    this.#centered = x.map((value) => value - this.#mean);
    this.#sxx = this.#centered.reduce((sum, value) => sum + value * value, 0);
  }

  /** The slope on y is Σ slopeWeights[i] · y[i]. */
  get slopeWeights(): Float64Array {
    return this.#centered.map((value) => value / this.#sxx);
  }

  fit(y: Float64Array): Line {
    // Deviations from one of the values rather than from a rounded mean: a constant y has slope 0 exactly.
    const origin = y[y.length - 1]!;
    let sum = 0;
    for (const value of y) sum += value - origin;
    const shiftedMean = sum / y.length;
    let sxy = 0;
    let syy = 0;
    for (let i = 0; i < y.length; i++) {
      const deviation = y[i]! - origin - shiftedMean;
      sxy += this.#centered[i]! * deviation;
      syy += deviation * deviation;
    }
    const slope = sxy / this.#sxx;
    const intercept = origin + shiftedMean - slope * this.#mean;
    return { slope, intercept, r2: syy === 0 ? null : (sxy * sxy) / (this.#sxx * syy) };
  }
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
