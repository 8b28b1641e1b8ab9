/** The paper's filters on samples (method §4). */
import type { SampleFilter } from '../../protocol/analysis';
import { largest } from '../../protocol/extremes';

/** Above rounding: f of a sound spectrum never exceeds 0. */
const POSITIVE_F = 1e-9;
const RISING_ALPHA = 0.01;

/** Why `filter` leaves this spectrum out, or null when it keeps it. */
export function filteredOut(
  spectrum: { alpha: readonly number[]; f: readonly number[] },
  filter: SampleFilter,
): string | null {
  if ((filter === 1 || filter === 3) && largest(spectrum.f) > POSITIVE_F) {
    return 'filter 1: f(α) is positive somewhere';
  }
  if ((filter === 2 || filter === 3) && largest(spectrum.alpha) - spectrum.alpha[0]! > RISING_ALPHA) {
    return 'filter 2: α rises by more than 0.01 above its value at the first q';
  }
  return null;
}
