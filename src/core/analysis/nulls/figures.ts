/**
 * Makes figures from the sums of null draws. α₀ and w follow from α at the ends of the orders and around 0 wherever α
 * decreases steadily, as it does in a network without structure: then few moments are enough. The first draw shows
 * whether it does.
 */
import type { NullSample } from '../../../protocol/nulls';
import { largest, smallest } from '../../../protocol/extremes';
import { SOUND, type RadiiRule } from '../../../protocol/analysis';
import { radiiOf } from '../../counting/totals';
import type { FewSums } from '../../multifractal/kernel/fewOrders';
import type { PartitionSums } from '../../multifractal/partition';
import {
  missingSpectrum,
  multifractalSpectrum,
  slopeWeights,
  type SpectrumFigures,
} from '../../multifractal/spectrum';

/** The indices in q at which α is needed: at the ends and on either side of 0; α(i) lies between q(i) and q(i + 1). */
function placesOf(q: readonly number[]): number[] {
  const zero = q.indexOf(0);
  const places = [0, zero - 1, zero, q.length - 2].filter((i) => i >= 0 && i <= q.length - 2);
  return [...new Set(places)];
}

/** The orders that these need, without 0. */
export function fewOrders(q: readonly number[]): number[] {
  const places = new Set(placesOf(q).flatMap((i) => [i, i + 1]));
  return [...places].map((i) => q[i]!).filter((order) => order !== 0);
}

/** Figures of a draw whose sums are known at {@link fewOrders}; null where it has no spectrum. */
export function figuresOfFew(
  { nodes, z, logSum, occupied }: FewSums,
  q: readonly number[],
  rule: RadiiRule,
): SpectrumFigures | null {
  const radii = radiiOf(occupied, rule);
  if (nodes === 0 || radii.length < 2) return null;
  const weights = slopeWeights(radii);
  const orders = fewOrders(q);
  const slope = (value: (radius: number) => number): number =>
    radii.reduce((sum, radius, i) => sum + weights[i]! * value(radius), 0);
  const tau = new Map(
    orders.map((order, i) => [order, slope((radius) => Math.log(z[radius * orders.length + i]!))]),
  );
  tau.set(0, 0);
  const figures = figuresAt(placesOf(q), q, (i) => tau.get(q[i]!)!);
  return Object.values(figures).every(Number.isFinite)
    ? { ...figures, alpha0Exact: slope((radius) => logSum[radius]!) / nodes }
    : null;
}

function figuresAt(
  places: readonly number[],
  q: readonly number[],
  tau: (i: number) => number,
): { alpha0: number; width: number } {
  const points = places.map((i) => {
    const alpha = (tau(i + 1) - tau(i)) / (q[i + 1]! - q[i]!);
    return { order: Math.abs(q[i]!), alpha, f: q[i]! * alpha - tau(i) };
  });
  const top = largest(points.map(({ f }) => f));
  const peaks = points.filter(({ f }) => f >= top - SOUND);
  const alpha0 = peaks.sort((a, b) => a.order - b.order)[0]!.alpha;
  const alphas = points.map(({ alpha }) => alpha);
  return { alpha0, width: largest(alphas) - smallest(alphas) };
}

export interface FirstDraw {
  figures: SpectrumFigures;
  /** The curve that represents the null, and how well the fits are. */
  curve: NonNullable<NullSample['first']>;
  /** Whether few orders give the same figures. */
  steady: boolean;
}

/** Tolerance for the rounding of α, a quotient of differences. */
const SAME = 1e-9;

/** The figures of a draw with all its moments; null where it has no spectrum. */
export function firstDraw(sums: PartitionSums, q: readonly number[]): FirstDraw | null {
  if (missingSpectrum(sums)) return null;
  const { tau, alpha0, alpha0Exact, width, lnMu, fit, meanR2 } = multifractalSpectrum(sums, q);
  const few = figuresAt(placesOf(q), q, (i) => tau[i]!);
  return {
    figures: { alpha0, alpha0Exact, width },
    curve: { radii: sums.radii, lnMu, fit, meanR2 },
    steady: Math.abs(few.alpha0 - alpha0) < SAME && Math.abs(few.width - width) < SAME,
  };
}

export function nullSample(
  draws: readonly (Record<keyof SpectrumFigures, number | null> | null)[],
  first: NullSample['first'],
): NullSample {
  const of = (figure: keyof SpectrumFigures): (number | null)[] =>
    draws.map((figures) => figures?.[figure] ?? null);
  return { draws: { alpha0: of('alpha0'), alpha0Exact: of('alpha0Exact'), width: of('width') }, first };
}
