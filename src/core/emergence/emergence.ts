/** E of one result against another, with its uncertainty or the reason why there is none. */
import type { AnalysisResult, AnalysisSummary } from '../../protocol/analysis';
import type { Fact } from '../../protocol/facts';
import type { Emergence, EmergenceSource } from '../../protocol/run';
import { percentileInterval } from '../stats/bootstrap';
import { whyNotComparable } from './comparable';
import { blockDraws, sampleDraws, type Alpha0 } from './draws';
import { degreeOfEmergence, type Point } from './formula';

/** E of `now` against `baseline`, from the means over each one's samples, with its 95 % interval. */
export function emergence(now: AnalysisResult, baseline: AnalysisResult, from: EmergenceSource): Emergence {
  const nothing = (reason: Fact): Emergence => ({ value: null, ci95: null, reason });
  const obstacle = whyNotComparable(now, baseline);
  if (obstacle) return nothing(obstacle);
  if (now.summary.reason !== null) return nothing(now.summary.reason);
  if (baseline.summary.reason !== null)
    return nothing({ code: 'baseline-without-spectrum', reason: baseline.summary.reason });
  const alpha0 = from === 'exact' ? 'alpha0Exact' : 'alpha0';
  const value = degreeOfEmergence(meanPoint(now.summary, alpha0), meanPoint(baseline.summary, alpha0));
  if (!Number.isFinite(value)) return nothing({ code: 'emergence-undefined' });
  const drawn =
    now.settings.mode === 'full' ? blockDraws(now, baseline, alpha0) : sampleDraws(now, baseline, alpha0);
  if (!Array.isArray(drawn)) return { value, ci95: null, reason: drawn };
  return { value, ci95: percentileInterval(drawn), reason: null };
}

function meanPoint(summary: AnalysisSummary, alpha0: Alpha0): Point {
  return { alpha0: summary[alpha0].mean ?? NaN, width: summary.width.mean ?? NaN };
}
