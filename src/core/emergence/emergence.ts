/** E of one result relative to another, with its uncertainty or the reason why there is none. */
import type { AnalysisResult } from '../../protocol/analysis';
import type { Fact } from '../../protocol/facts';
import type { Emergence, EmergenceSource } from '../../protocol/run';
import { percentileInterval } from '../stats/bootstrap';
import { MIN_COMMON } from '../stats/paired';
import { whyNotComparable } from './comparable';
import { samplePoints, type Alpha0 } from './figures';
import { degreeOfEmergence, type Point } from './formula';
import { tooManyNonFinite } from './nonFinite';
import { pairedEmergence, pairsOf, withInterval } from './paired';

/** E of `now` relative to `baseline`, from the means over the samples that both have, with its 95 % interval. */
export function emergence(now: AnalysisResult, baseline: AnalysisResult, asked: EmergenceSource): Emergence {
  const from = sourceOf(now, baseline, asked);
  const rest = { from, method: null, acrossBlocks: null };
  const nothing = (reason: Fact): Emergence => noEmergence(reason, from);
  const obstacle = whyNoEmergence(now, baseline);
  if (obstacle) return nothing(obstacle);
  const alpha0 = alpha0Of(from);
  const pairs = pairsOf(samplePoints(now, alpha0), samplePoints(baseline, alpha0)).filter(
    (pair) => pair !== null,
  );
  if (pairs.length === 0) return nothing({ code: 'no-common-samples' });
  const { value, ci95 } = withInterval(pairedEmergence(pairs));
  if (!Number.isFinite(value)) return nothing({ code: 'emergence-undefined' });
  if (now.settings.mode === 'full') {
    const reason: Fact = { code: 'no-sampling-error' };
    return { ...rest, value, ci95: null, reason, acrossBlocks: acrossBlocks(now, baseline, alpha0) };
  }
  const same = now.summary.noInterval ?? baseline.summary.noInterval;
  if (same) return { ...rest, value, ci95: null, reason: same };
  if (pairs.length < MIN_COMMON) {
    return { ...rest, value, ci95: null, reason: { code: 'few-common-samples', least: MIN_COMMON } };
  }
  if (!ci95) return { ...rest, value, ci95, reason: { code: 'emergence-undefined' } };
  return { ...rest, value, ci95, reason: null, method: 'paired-t' };
}

export const noEmergence = (reason: Fact, from: EmergenceSource): Emergence => ({
  ...{ value: null, ci95: null, reason, method: null, from, acrossBlocks: null },
});

/** The obstacle to any E of the two; null for none. */
export function whyNoEmergence(now: AnalysisResult, baseline: AnalysisResult): Fact | null {
  const obstacle = whyNotComparable(now, baseline);
  if (obstacle) return obstacle;
  if (now.summary.reason !== null) return now.summary.reason;
  if (baseline.summary.reason !== null)
    return { code: 'baseline-without-spectrum', reason: baseline.summary.reason };
  return tooManyNonFinite(now) ?? tooManyNonFinite(baseline);
}

export const alpha0Of = (from: EmergenceSource): Alpha0 => (from === 'exact' ? 'alpha0Exact' : 'alpha0');

/** Where f is positive somewhere, its maximum is not at q = 0: τ'(0) then replaces α₀ at both ends. */
export function sourceOf(
  now: AnalysisResult,
  baseline: AnalysisResult,
  asked: EmergenceSource,
): EmergenceSource {
  return isSound(now) && isSound(baseline) ? asked : 'exact';
}

/** Whether all accepted samples have a sound spectrum. */
export const isSound = ({ samples }: Pick<AnalysisResult, 'samples'>): boolean =>
  samples.every(({ outcome, sound }) => outcome !== 'kept' || sound);

/** How much E varies across layers: whole blocks are left out, or drawn, the same ones on both sides. */
function acrossBlocks(
  now: AnalysisResult,
  baseline: AnalysisResult,
  alpha0: Alpha0,
): Emergence['acrossBlocks'] {
  const [ours, theirs] = [now.bootstrap, baseline.bootstrap];
  if (!ours || !theirs || ours.leaveOneOut.length === 0) return null;
  const point = (figures: Record<Alpha0 | 'width', number | null>): Point => ({
    alpha0: figures[alpha0] ?? NaN,
    width: figures.width ?? NaN,
  });
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
  const others = new Map(theirs.leaveOneOut.map((each) => [each.block, each]));
  const leaveOneOut = ours.leaveOneOut.map((each) => {
    const other = others.get(each.block);
    return {
      block: each.block,
      emergence: other ? finite(degreeOfEmergence(point(each), point(other))) : null,
    };
  });
  return { range: blockRange(ours, theirs, alpha0), leaveOneOut };
}

type Bootstrap = NonNullable<AnalysisResult['bootstrap']>;

function blockRange(
  { values: ours }: Bootstrap,
  { values: theirs }: Bootstrap,
  alpha0: Alpha0,
): [number, number] | null {
  if (!ours || !theirs) return null;
  const at = (values: typeof ours, draw: number): Point => ({
    alpha0: values[alpha0][draw] ?? NaN,
    width: values.width[draw] ?? NaN,
  });
  return percentileInterval(ours.width.map((_, draw) => degreeOfEmergence(at(ours, draw), at(theirs, draw))));
}
