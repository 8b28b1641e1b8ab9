/** How α₀ and w of two results differ: logarithms of ratios, which change only their sign with the order of the two. */
import type { AnalysisResult } from '../../protocol/analysis';
import type { FigureComparison, ProjectionChange } from '../../protocol/comparison';
import type { Fact } from '../../protocol/facts';
import type { Estimate, Value } from '../../protocol/nulls';
import { whyNotComparable } from '../emergence/comparable';
import { isSound } from '../emergence/emergence';
import { nullPoints, samplePoints } from '../emergence/figures';
import { NO_WIDTH, type Point } from '../emergence/formula';
import { tooManyNonFinite } from '../emergence/nonFinite';
import { meanOf } from '../stats/estimate';
import { MIN_COMMON, tInterval } from '../stats/paired';

const NONE: Value = { value: null, ci95: null };

/** B less A. */
export function compareFigures(a: AnalysisResult, b: AnalysisResult): FigureComparison {
  const common = samplePoints(a, 'alpha0').filter((point, i) => point && samplePoints(b, 'alpha0')[i]).length;
  const reason =
    whyNotComparable(b, a) ??
    withoutSpectrum('A', a) ??
    withoutSpectrum('B', b) ??
    tooManyNonFinite(a) ??
    tooManyNonFinite(b) ??
    (common === 0 ? ({ code: 'no-common-samples' } as const) : null);
  // One network, or one sample of whole layers, tells no uncertainty.
  const alone = a.settings.mode === 'full' || (a.summary.noInterval ?? b.summary.noInterval) !== null;
  const logs = (of: (point: Point) => number, alpha0: 'alpha0' | 'alpha0Exact'): Value => {
    if (reason) return NONE;
    return difference(
      samplePoints(a, alpha0).map((point) => logOf(point && of(point))),
      samplePoints(b, alpha0).map((point) => logOf(point && of(point))),
      alone,
    );
  };
  return {
    a: figuresOf(a),
    b: figuresOf(b),
    lnAlpha0: logs(({ alpha0 }) => alpha0, 'alpha0'),
    lnAlpha0Exact: logs(({ alpha0 }) => alpha0, 'alpha0Exact'),
    lnWidth: logs(({ width }) => width, 'alpha0'),
    ...(isSound(a) && isSound(b) ? {} : { unsound: true }),
    ...(!reason && !alone && common < MIN_COMMON && { bare: true }),
    common: reason ? 0 : common,
    reason,
    beyond: reason ? null : beyondDifference(a, b),
  };
}

const withoutSpectrum = (side: 'A' | 'B', { summary: { reason } }: AnalysisResult): Fact | null =>
  reason && { code: 'side-without-spectrum', side, reason };

const figuresOf = ({ summary: { alpha0, alpha0Exact, width } }: AnalysisResult): FigureComparison['a'] => ({
  alpha0,
  alpha0Exact,
  width,
});

/** Of nothing where it is rounding. */
const logOf = (value: number | null): number | null =>
  value !== null && value >= NO_WIDTH && Number.isFinite(value) ? Math.log(value) : null;

/** The mean difference over what both have, with its interval. @param alone whether there is none. */
function difference(a: readonly (number | null)[], b: readonly (number | null)[], alone: boolean): Value {
  const differences = b.flatMap((value, i) => {
    const other = a[i];
    return value === null || other == null ? [] : [value - other];
  });
  if (differences.length === 0) return NONE;
  const value = meanOf(differences);
  return { value, ci95: alone ? null : tInterval(value, differences) };
}

/** Sampled: over the samples; full: from the intervals over the draws at both ends, which are independent. */
function beyondDifference(a: AnalysisResult, b: AnalysisResult): FigureComparison['beyond'] {
  if (!a.beyond || !b.beyond) return null;
  // Samples that are nearly one network are described by their own intervals, which hold what chance gives at both ends.
  const overlap = a.network.overlap ?? b.network.overlap ?? 0;
  if (a.settings.mode === 'full' || overlap > 0) {
    return {
      alpha0: between(a.beyond.alpha0, b.beyond.alpha0),
      width: between(a.beyond.width, b.beyond.width),
    };
  }
  const beyond = (result: AnalysisResult, of: (point: Point) => number): (number | null)[] => {
    const shuffled = nullPoints(result, 'shuffled', 'alpha0Exact');
    return samplePoints(result, 'alpha0Exact').map((point, i) => {
      const [own, other] = [logOf(point && of(point)), logOf(shuffled[i] ? of(shuffled[i]) : null)];
      return own === null || other === null ? null : own - other;
    });
  };
  // α₀ beyond chance is the shuffled one's over the own, w the own over the shuffled one's.
  const alpha0 = difference(
    beyond(b, (point) => point.alpha0),
    beyond(a, (point) => point.alpha0),
    false,
  );
  const width = difference(
    beyond(a, (point) => point.width),
    beyond(b, (point) => point.width),
    false,
  );
  return { alpha0, width };
}

function between(a: Value, b: Value): Value {
  if (a.value === null || b.value === null) return NONE;
  const value = b.value - a.value;
  if (!a.ci95 || !b.ci95) return { value, ci95: null };
  const half = Math.hypot((a.ci95[1] - a.ci95[0]) / 2, (b.ci95[1] - b.ci95[0]) / 2);
  return { value, ci95: [value - half, value + half] };
}

/** Projections that both full networks have; null of samples, which have none. */
export function compareProjections(a: AnalysisResult, b: AnalysisResult): ProjectionChange[] | null {
  if (!a.perProjection || !b.perProjection || whyNotComparable(b, a)) return null;
  const others = new Map(
    b.perProjection.map((each) => [`${each.block ?? ''} ${each.role} ${each.name}`, each]),
  );
  return a.perProjection.flatMap((own): ProjectionChange[] => {
    const other = others.get(`${own.block ?? ''} ${own.role} ${own.name}`);
    if (!other) return [];
    const ratio = (before: number | null, after: number | null): number | null => {
      const [from, to] = [logOf(before), logOf(after)];
      return from === null || to === null ? null : to - from;
    };
    const sd = (of: 'alpha0' | 'width'): number | null => {
      const [from, to] = [own.nulls?.shuffled[of], other.nulls?.shuffled[of]].map(relativeSd);
      return from == null || to == null ? null : Math.hypot(from, to);
    };
    return [
      {
        name: own.name,
        block: own.block,
        role: own.role,
        lnAlpha0: ratio(own.alpha0, other.alpha0),
        lnWidth: ratio(own.width, other.width),
        sdLnAlpha0: sd('alpha0'),
        sdLnWidth: sd('width'),
      },
    ];
  });
}

/** The deviation of the logarithm, to first order. */
const relativeSd = (estimate: Estimate | undefined): number | null =>
  estimate?.sd == null || !estimate.mean ? null : Math.abs(estimate.sd / estimate.mean);
