/** The paper's filters on samples (method §4). */
import type { SampleFilter } from '../../protocol/analysis';
import { largest } from '../../protocol/extremes';
import type { Fact } from '../../protocol/facts';

/** Larger than rounding errors: f of a sound spectrum never exceeds 0. */
const POSITIVE_F = 1e-9;
const RISING_ALPHA = 0.01;

/** Why `filter` rejects this spectrum; null where it accepts it. */
export function filteredOut(
  spectrum: { alpha: readonly number[]; f: readonly number[] },
  filter: SampleFilter,
): Fact | null {
  if ((filter === 1 || filter === 3) && largest(spectrum.f) > POSITIVE_F) {
    return { code: 'filter-positive-f' };
  }
  if ((filter === 2 || filter === 3) && largest(spectrum.alpha) - spectrum.alpha[0]! > RISING_ALPHA) {
    return { code: 'filter-rising-alpha' };
  }
  return null;
}
