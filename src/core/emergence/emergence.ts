/** The degree of emergence (Xiao et al., ICLR 2025; method §5), with its uncertainty. */
import type { AnalysisResult } from '../../protocol/analysis';
import type { Emergence, EmergenceSource } from '../../protocol/run';
import { percentileInterval, resamples } from '../stats/bootstrap';
import { whyNotComparable } from './comparable';

const COMMON_SAMPLES = 2;

/** E(t) = (w(t) / w(0)) · ln(α₀(0) / α₀(t)); NaN or infinite where that is undefined. No unit. */
export function degreeOfEmergence(now: Point, baseline: Point): number {
  return (now.width / baseline.width) * Math.log(baseline.alpha0 / now.alpha0);
}

/** α₀ and w of one sample, or their means. */
export interface Point {
  alpha0: number;
  width: number;
}

/**
 * E of `now` against `baseline`, from the means over each one's samples. The interval resamples the seeds: as one seed
 * draws the same neurons everywhere, a resample takes the same seeds on both sides.
 */
export function emergence(now: AnalysisResult, baseline: AnalysisResult, from: EmergenceSource): Emergence {
  const nothing = (reason: string): Emergence => ({ value: null, ci95: null, reason });
  const obstacle = whyNotComparable(now, baseline);
  if (obstacle) return nothing(obstacle);
  if (now.summary.reason !== null) return nothing(now.summary.reason);
  if (baseline.summary.reason !== null)
    return nothing(`the baseline has no spectrum: ${baseline.summary.reason}`);

  const ours = samplePoints(now, from);
  const theirs = samplePoints(baseline, from);
  const all = ours.map((_, sample) => sample);
  const value = degreeOfEmergence(meanOver(ours, all), meanOver(theirs, all));
  if (!Number.isFinite(value))
    return nothing('E is not defined where a mean α₀ is not positive or w(0) is 0');

  const common = ours.filter((point, sample) => point && theirs[sample]).length;
  if (common < COMMON_SAMPLES) {
    return {
      value,
      ci95: null,
      reason: `an interval takes at least ${COMMON_SAMPLES} samples in common with the baseline`,
    };
  }
  const resampled = resamples(all.length).map((rows) =>
    degreeOfEmergence(meanOver(ours, rows), meanOver(theirs, rows)),
  );
  return { value, ci95: percentileInterval(resampled), reason: null };
}

/** One point per sample, in the order of the seeds; null where a sample does not count. */
function samplePoints({ samples }: AnalysisResult, from: EmergenceSource): (Point | null)[] {
  return samples.map((sample) => {
    const alpha0 = from === 'exact' ? sample.alpha0Exact : sample.alpha0;
    if (sample.outcome !== 'kept' || alpha0 === null || sample.width === null) return null;
    return { alpha0, width: sample.width };
  });
}

/** Means over those of `rows` that count; NaN where none does. */
function meanOver(points: readonly (Point | null)[], rows: Iterable<number>): Point {
  let counted = 0;
  let alpha0 = 0;
  let width = 0;
  for (const row of rows) {
    const point = points[row];
    if (!point) continue;
    counted++;
    alpha0 += point.alpha0;
    width += point.width;
  }
  return { alpha0: alpha0 / counted, width: width / counted };
}
