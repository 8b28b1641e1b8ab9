/** The factors that edge lengths of each projection are multiplied by. */
import type { Fact } from '../../protocol/facts';
import { lengthScale, missingScale } from '../multifractal/transfer';

/** Null for absolute lengths; otherwise the median of the whole network, or one median for each projection. */
export type Medians = number | null | readonly (number | null)[];

export interface LengthScales {
  /** In network order. */
  scales: readonly number[];
  /** As results record them: null where a median is beyond the range of numbers. */
  medians: { medianLength: number | null; medianLengths?: (number | null)[] };
  /** Why there are no lengths relative to some median; null where there are. */
  missing: Fact | null;
}

/** @param medians null for a projection, or a network, without edges. */
export function lengthScales(projections: readonly { name: string }[], medians: Medians): LengthScales {
  const finite = (median: number | null): number | null => (Number.isFinite(median) ? median : null);
  if (!Array.isArray(medians)) {
    const median = medians as number | null;
    return {
      scales: projections.map(() => lengthScale(median)),
      medians: { medianLength: finite(median) },
      missing: missingScale(median),
    };
  }
  const own = medians as readonly (number | null)[];
  const reasons = projections.flatMap(({ name }, i): Fact[] => {
    const reason = missingScale(own[i]!);
    return reason ? [{ code: 'of-projection', projection: name, reason }] : [];
  });
  return {
    scales: own.map(lengthScale),
    medians: { medianLength: null, medianLengths: own.map(finite) },
    missing: reasons[0] ?? null,
  };
}
