/** E resampled: what its interval is made of. Both sides of E are always drawn together. */
import type { AnalysisResult } from '../../protocol/analysis';
import type { Fact } from '../../protocol/facts';
import { resamples } from '../stats/bootstrap';
import { degreeOfEmergence, type Point } from './formula';

/** The α₀ that E is computed from. */
export type Alpha0 = 'alpha0' | 'alpha0Exact';

const COMMON_SAMPLES = 2;

/**
 * E over resampled seeds: as one seed draws the same neurons everywhere, a resample takes the same seeds on both sides.
 * @returns one value per draw, NaN where E is undefined; or why there are none.
 */
export function sampleDraws(now: AnalysisResult, baseline: AnalysisResult, alpha0: Alpha0): number[] | Fact {
  const ours = samplePoints(now, alpha0);
  const theirs = samplePoints(baseline, alpha0);
  const common = ours.filter((point, sample) => point && theirs[sample]).length;
  if (common < COMMON_SAMPLES) return { code: 'few-common-samples', least: COMMON_SAMPLES };
  return resamples(ours.length).map((rows) =>
    degreeOfEmergence(meanOver(ours, rows), meanOver(theirs, rows)),
  );
}

/**
 * E over resampled blocks of full networks, which draw the same blocks: how far E varies across layers, for there is no
 * sampling error.
 * @returns one value per draw, NaN where E is undefined; or why there are none.
 */
export function blockDraws(now: AnalysisResult, baseline: AnalysisResult, alpha0: Alpha0): number[] | Fact {
  const [ours, theirs] = [now.bootstrap, baseline.bootstrap];
  if (!ours?.values || !theirs?.values) return ours?.reason ?? theirs?.reason ?? { code: 'draws-not-stored' };
  const point = ({ values }: typeof ours, draw: number): Point => ({
    alpha0: values?.[alpha0][draw] ?? NaN,
    width: values?.width[draw] ?? NaN,
  });
  return ours.values.width.map((_, draw) => degreeOfEmergence(point(ours, draw), point(theirs, draw)));
}

/** One point per sample, in the order of the seeds; null where a sample does not count. */
function samplePoints({ samples }: AnalysisResult, alpha0: Alpha0): (Point | null)[] {
  return samples.map((sample) => {
    const [regularity, width] = [sample[alpha0], sample.width];
    if (sample.outcome !== 'kept' || regularity === null || width === null) return null;
    return { alpha0: regularity, width };
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
