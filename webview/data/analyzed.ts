/**
 * An analyzed checkpoint in the form that figures need: its result, its large arrays and the curves averaged over
 * samples.
 */
import type { AnalysisResult, SampleArrays, SampleResult } from '../../src/protocol/analysis';
import { isRemote } from '../../src/protocol/subject';
import type { PointTarget } from '../figures/figure';
import { largest, smallest } from '../../src/protocol/extremes';
import { interval, mean, type Interval } from './statistics';

/** A sample that has a spectrum, with its large arrays. */
export interface KeptSample extends SampleArrays {
  result: SampleResult;
}

/** A curve over the moment orders, aligned by their index and averaged over the kept samples. */
export interface SpectrumPoint {
  q: number;
  alpha: number;
  f: number;
  alphaHalf: number | null;
  /** Half the 95 % interval of the mean curve's height at this α (not at this q), see {@link meanSpectrum}. */
  fHalf: number | null;
}

export interface Analyzed {
  path: string;
  name: string;
  result: AnalysisResult;
  samples: KeptSample[];
}

/** Joins a result with its arrays. Only samples with outcome `kept` enter any curve. */
export function analyzed(
  path: string,
  name: string,
  result: AnalysisResult,
  arrays: readonly SampleArrays[],
): Analyzed {
  const samples = result.samples.flatMap((sample, index) =>
    sample.outcome === 'kept' && arrays[index] ? [{ result: sample, ...arrays[index] }] : [],
  );
  return { path, name, result, samples };
}

/** What a click on a point of a checkpoint opens. */
export const targetOfItem = ({ path }: Pick<Analyzed, 'path'>): PointTarget => ({
  run: path,
  path,
  local: !isRemote(path),
});

/** Column `index` of a per-sample array. */
const column = (item: Analyzed, pick: (sample: SampleResult) => readonly number[], index: number): number[] =>
  item.samples.map((sample) => pick(sample.result)[index]!);

/**
 * The mean spectrum. Samples are aligned by the index of q: a point is (mean α, mean f) there.
 *
 * A reader takes a band for "where the curve runs at this α", but along the curve α and f move together. A sample's
 * deviation at fixed α is, to first order, Δf − (df/dα)·Δα, and df/dα = q by the Legendre transform; its interval
 * is the band. At q = 0 it is zero by construction: every spectrum's top is f = 0; what varies there is α₀.
 */
export function meanSpectrum(item: Analyzed): SpectrumPoint[] {
  const q = item.result.settings.q;
  return q.slice(0, -1).map((value, index) => {
    const alphas = column(item, (sample) => sample.alpha, index);
    const fs = column(item, (sample) => sample.f, index);
    const alpha = interval(alphas);
    const f = mean(fs);
    // α(qᵢ) is a forward difference: it is the slope at the middle of the step.
    const slope = (value + q[index + 1]!) / 2;
    const deviations = alphas.map((sampleAlpha, s) => fs[s]! - f - slope * (sampleAlpha - alpha.mean));
    return { q: value, alpha: alpha.mean, f, alphaHalf: alpha.half, fHalf: interval(deviations).half };
  });
}

/** Mean τ(q) with its interval. */
export function meanTau(item: Analyzed): Interval[] {
  return item.result.settings.q.map((_, index) => interval(column(item, (sample) => sample.tau, index)));
}

/** D(q) = τ(q) / (q − 1) with its interval; null at q = 1, where it is undefined. */
export function meanDimension(item: Analyzed): (Interval | null)[] {
  return meanTau(item).map(({ mean: tau, half }, index) => {
    const below = item.result.settings.q[index]! - 1;
    if (Math.abs(below) < 1e-9) return null;
    return { mean: tau / below, half: half === null ? null : half / Math.abs(below) };
  });
}

/** Goodness of fit per q over the accepted samples; null where it is undefined (q = 0). */
export function fitQuality(item: Analyzed): ({ mean: number; min: number; max: number } | null)[] {
  return item.result.settings.q.map((_, index) => {
    const values = item.samples
      .map((sample) => sample.result.r2[index] ?? null)
      .filter((value) => value !== null);
    return values.length ? { mean: mean(values), min: smallest(values), max: largest(values) } : null;
  });
}

/** The worst linear fit of all: its q and its sample. */
export function worstFit(item: Analyzed): { r2: number; q: number; sample: KeptSample } | null {
  let worst: { r2: number; q: number; sample: KeptSample } | null = null;
  for (const sample of item.samples) {
    for (const [index, r2] of sample.result.r2.entries()) {
      if (r2 !== null && (!worst || r2 < worst.r2)) worst = { r2, q: item.result.settings.q[index]!, sample };
    }
  }
  return worst;
}

/** Where the spectrum begins and ends: the means of the samples' smallest and largest α; their distance is mean w. */
export function alphaRange(item: Analyzed): { min: number; max: number } {
  return {
    min: mean(item.samples.map((sample) => smallest(sample.result.alpha))),
    max: mean(item.samples.map((sample) => largest(sample.result.alpha))),
  };
}

/** All neuron fractal dimensions of all samples, and how many are missing. */
export function pooledNfd(item: Analyzed): { values: number[]; missing: number } {
  const values: number[] = [];
  let missing = 0;
  for (const { nfd } of item.samples) {
    for (const value of nfd) {
      if (Number.isFinite(value)) values.push(value);
      else missing++;
    }
  }
  return { values: values.sort((a, b) => a - b), missing };
}

/** The value below which a share `p` of `sorted` lies, by linear interpolation. */
export function quantile(sorted: readonly number[], p: number): number | null {
  if (sorted.length === 0) return null;
  const at = p * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low]! + (at - low) * (sorted[high]! - sorted[low]!);
}
