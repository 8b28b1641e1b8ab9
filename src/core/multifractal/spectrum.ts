/** Computes the multifractal spectrum from the partition function (method §4). */
import { largest, smallest } from '../../protocol/extremes';
import { SOUND } from '../../protocol/analysis';
import { factText } from '../../protocol/factWords';
import type { Fact } from '../../protocol/facts';
import type { Fit } from '../../protocol/nulls';
import { MIN_EDGES } from './edges';
import type { Kernel } from './kernel/kernel';
import { localSlopes } from './localSlopes';
import type { PartitionSums } from './partition';
import { Regressor } from './regression';

/** Two values of f this close are the same maximum; their difference is rounding error. */
const TIE = SOUND;

export interface Spectrum {
  rMax: number;
  /** ln Z_q(r), row-major, shape [q, radii]. */
  lnZ: Float64Array;
  tau: number[];
  intercept: number[];
  r2: (number | null)[];
  meanR2: number | null;
  minR2: number | null;
  alpha: number[];
  f: number[];
  alpha0: number;
  alpha0Exact: number;
  width: number;
  sound: boolean;
  lnMu: number[];
  fit: Fit;
}

export type SpectrumFigures = Pick<Spectrum, 'alpha0' | 'alpha0Exact' | 'width'>;

/** Why no spectrum exists for these sums; null where one does. */
export function missingSpectrum(sums: PartitionSums): Fact | null {
  if (sums.nodes === 0) {
    return { code: 'too-few-edges', neurons: sums.nodesDropped, edges: MIN_EDGES };
  }
  if (sums.radii.length < 2) return { code: 'one-radius' };
  // For example N^50 for neurons with more than a million edges.
  if (!allInRange(sums.z)) return { code: 'moments-out-of-range' };
  return null;
}

function allInRange(values: Float64Array): boolean {
  for (const value of values) if (!(value > 0 && value < Infinity)) return false;
  return true;
}

/**
 * @param q moment orders, ascending, 0 among them.
 * @throws RangeError when {@link missingSpectrum} has a reason.
 */
export function multifractalSpectrum(sums: PartitionSums, q: readonly number[]): Spectrum {
  const missing = missingSpectrum(sums);
  if (missing) throw new RangeError(factText(missing));
  const radii = sums.radii.length;
  const rMax = sums.radii[radii - 1]!;
  const x = Float64Array.from(sums.radii, (radius) => Math.log(radius / rMax));
  const regressor = new Regressor(x);

  const lnZ = logsByOrder(sums.z, radii, q.length);
  const lines = q.map((_, order) => regressor.fit(lnZ.subarray(order * radii, (order + 1) * radii)));
  const tau = lines.map((line) => line.slope);
  const r2 = lines.map((line) => line.r2);
  const defined = r2.filter((value) => value !== null);
  const { alpha, f, alpha0, width } = legendre(tau, q);
  const lnMu = Array.from(sums.logSum, (sum) => sum / sums.nodes);
  return {
    rMax,
    lnZ,
    lnMu,
    tau,
    intercept: lines.map((line) => line.intercept),
    r2,
    meanR2: defined.length === 0 ? null : defined.reduce((sum, value) => sum + value, 0) / defined.length,
    minR2: defined.length === 0 ? null : smallest(defined),
    alpha,
    f,
    alpha0,
    // The mean over nodes of the slopes of ln μ_i is the slope of their mean.
    alpha0Exact: regressor.fit(sums.logSum).slope / sums.nodes,
    width,
    sound: !f.some((value) => value > SOUND),
    fit: localSlopes(sums.radii, lnMu),
  };
}

/** A separate function, so that the compiler optimizes the loop alone. @param z shape [radii, orders] */
function logsByOrder(z: Float64Array, radii: number, orders: number): Float64Array {
  const logs = new Float64Array(orders * radii);
  for (let order = 0; order < orders; order++) {
    for (let row = 0; row < radii; row++) logs[order * radii + row] = Math.log(z[row * orders + order]!);
  }
  return logs;
}

/**
 * Three figures of {@link multifractalSpectrum}, equal up to rounding, for very many spectra: slopes only, as weighted
 * sums of ln Z.
 */
export function spectrumFigures(
  kernel: Pick<Kernel, 'weightedLogs'>,
  { radii, z, logSum, nodes }: PartitionSums,
  q: readonly number[],
): SpectrumFigures {
  const weights = slopeWeights(radii);
  return figuresOf(
    kernel.weightedLogs(z, weights) ?? weightedLogs(z, weights),
    weights,
    { logSum, nodes },
    q,
  );
}

/**
 * The same; null where {@link missingSpectrum} has a reason. The kernel sees as it goes whether a value is out of range, which a
 * loop of its own would take as long for as the rest.
 */
export function spectrumFiguresIfAny(
  kernel: Pick<Kernel, 'weightedLogs'>,
  sums: PartitionSums,
  q: readonly number[],
): SpectrumFigures | null {
  if (sums.nodes === 0 || sums.radii.length < 2) return null;
  const weights = slopeWeights(sums.radii);
  const tau = kernel.weightedLogs(sums.z, weights);
  if (tau) return figuresOf(tau, weights, sums, q);
  return missingSpectrum(sums) ? null : spectrumFigures(kernel, sums, q);
}

function figuresOf(
  tau: Float64Array,
  weights: Float64Array,
  { logSum, nodes }: Pick<PartitionSums, 'logSum' | 'nodes'>,
  q: readonly number[],
): SpectrumFigures {
  const slope = weights.reduce((sum, weight, row) => sum + weight * logSum[row]!, 0);
  const { alpha0, width } = legendre([...tau], q);
  return { alpha0, alpha0Exact: slope / nodes, width };
}

let known: { radii: readonly number[]; weights: Float64Array } | undefined;

/**
 * The weights of ordinary least squares: the slope on ln r is Σ weight · y. Cached, because resampled networks have the
 * same radii again and again.
 */
export function slopeWeights(radii: readonly number[]): Float64Array {
  const last = known;
  if (last?.radii.length === radii.length && radii.every((radius, i) => radius === last.radii[i]))
    return last.weights;
  const weights = new Regressor(Float64Array.from(radii, (radius) => Math.log(radius))).slopeWeights;
  known = { radii, weights };
  return weights;
}

/** {@link Kernel.weightedLogs} for any numbers. */
function weightedLogs(values: Float64Array, weights: Float64Array): Float64Array {
  const sums = new Float64Array(values.length / weights.length);
  for (const [i, value] of values.entries()) {
    const column = i % sums.length;
    sums[column] = sums[column]! + weights[Math.floor(i / sums.length)]! * Math.log(value);
  }
  return sums;
}

/** α and f from τ by the Legendre transform (method §4), and the figures that follow from them. */
function legendre(
  tau: readonly number[],
  q: readonly number[],
): Pick<Spectrum, 'alpha' | 'f' | 'alpha0' | 'width'> {
  const alpha = q.slice(0, -1).map((order, i) => (tau[i + 1]! - tau[i]!) / (q[i + 1]! - order));
  const f = alpha.map((value, i) => q[i]! * value - tau[i]!);
  return { alpha, f, alpha0: alpha[peak(f, q)]!, width: largest(alpha) - smallest(alpha) };
}

/** The index where f is largest; among equals, where q is nearest 0. Up to rounding, f is 0 at two adjacent q. */
function peak(f: readonly number[], q: readonly number[]): number {
  const top = largest(f);
  let best = -1;
  for (const [i, value] of f.entries()) {
    if (value >= top - TIE && (best < 0 || Math.abs(q[i]!) < Math.abs(q[best]!))) best = i;
  }
  return best;
}
