/** How much α₀ and w of two checkpoints differ, over the samples that both have. */
import type { AnalysisResult } from '../../protocol/analysis';
import type { Value } from '../../protocol/nulls';
import type { Difference } from '../../protocol/run';
import { meanOf } from '../stats/estimate';
import { tInterval } from '../stats/paired';
import { whyNotComparable } from './comparable';
import { tooManyNonFinite } from './nonFinite';

type Figure = keyof Difference;

/**
 * `to` minus `from`; null where they cannot be compared, or too many weights of either are NaN or infinite: the
 * remaining edges are different ones. A full network's differences are exact and have no interval.
 */
export function differenceOf(from: AnalysisResult, to: AnalysisResult): Difference {
  const comparable =
    whyNotComparable(to, from) === null && [from, to].every((end) => tooManyNonFinite(end) === null);
  const same = from.summary.noInterval ?? to.summary.noInterval;
  const of = (figure: Figure): Value => {
    if (!comparable) return { value: null, ci95: null };
    const [before, after] = [valuesOf(from, figure), valuesOf(to, figure)];
    const differences = after.flatMap((value, i) => {
      const other = before[i];
      return value === null || other === null || other === undefined ? [] : [value - other];
    });
    if (differences.length === 0) return { value: null, ci95: null };
    const value = meanOf(differences);
    if (!Number.isFinite(value)) return { value: null, ci95: null };
    return { value, ci95: same ? null : tInterval(value, differences) };
  };
  return { alpha0: of('alpha0'), alpha0Exact: of('alpha0Exact'), width: of('width') };
}

const valuesOf = ({ samples }: AnalysisResult, figure: Figure): (number | null)[] =>
  samples.map((sample) => (sample.outcome === 'kept' ? sample[figure] : null));
