/** The statistics that drawing needs: means over samples and the interval of such a mean. */
import type { AnalysisResult } from '../../src/protocol/analysis';
import type { Value } from '../../src/protocol/nulls';

/** 97.5 % quantiles of Student's t for 1 … 30 degrees of freedom; four digits are finer than any line drawn. */
const T_975 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** The 97.5 % quantile of Student's t; above 30 degrees of freedom by its expansion around the normal quantile. */
export function studentT975(degrees: number): number {
  return T_975[degrees - 1] ?? 1.95996 + 2.3723 / degrees + 2.8225 / degrees ** 2;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A mean with half the width of its 95 % interval, null with fewer than two values. */
export interface Interval {
  mean: number;
  half: number | null;
}

/** Mean and Student's t interval of `values`, of which there is at least one. */
export function interval(values: readonly number[]): Interval {
  const center = mean(values);
  const n = values.length;
  if (n < 2) return { mean: center, half: null };
  const variance = values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (n - 1);
  return { mean: center, half: studentT975(n - 1) * Math.sqrt(variance / n) };
}

/** With fewer samples in common a difference has no interval. */
const MIN_COMMON = 3;

/** Above this share of weights that are NaN or infinite, the remaining edges are another network. */
const MAX_NON_FINITE = 0.001;

function hasNonFinite({ samples, network: { edges } }: AnalysisResult): boolean {
  const weights = samples.reduce((sum, { nonFinite }) => sum + nonFinite, 0);
  return weights > MAX_NON_FINITE * samples.length * edges;
}

/**
 * A figure of `to` minus that of `from`, over the samples that both accept; a full network's is exact and has no
 * interval. None where too many weights of either are not finite.
 */
export function pairedDifference(
  from: AnalysisResult,
  to: AnalysisResult,
  figure: 'alpha0' | 'alpha0Exact' | 'width',
): Value {
  if ([from, to].some(hasNonFinite)) return { value: null, ci95: null };
  const values = ({ samples }: AnalysisResult): (number | null)[] =>
    samples.map((sample) => (sample.outcome === 'kept' ? sample[figure] : null));
  const before = values(from);
  const differences = values(to).flatMap((value, i) => {
    const other = before[i];
    return value === null || other == null ? [] : [value - other];
  });
  if (differences.length === 0) return { value: null, ci95: null };
  const { mean: value, half } = interval(differences);
  const same = from.summary.noInterval ?? to.summary.noInterval;
  if (half === null || differences.length < MIN_COMMON || same) return { value, ci95: null };
  return { value, ci95: [value - half, value + half] };
}

/** Number of steps of the integrals below: enough for four digits. */
const STEPS = 400;

/**
 * P(|T| > t) of Student's t with `df` degrees of freedom: with x = √df · tan θ its density is that of cos^(df − 1) θ.
 */
export function beyondT(t: number, df: number): number {
  const integral = (from: number): number => {
    const width = (Math.PI / 2 - from) / STEPS;
    let sum = 0;
    for (let i = 0; i < STEPS; i++) sum += Math.cos(from + (i + 0.5) * width) ** (df - 1);
    return sum * width;
  };
  return integral(Math.atan(t / Math.sqrt(df))) / integral(0);
}
