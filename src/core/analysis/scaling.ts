/** Whether counts of neighbors scale, from the local slopes of samples. */
import type { SampleResult } from '../../protocol/analysis';
import { SCALING_LIMITS, type Scaling } from '../../protocol/nulls';
import { meanOf } from '../stats/estimate';

/** @param kept the samples with a spectrum. */
export function scalingOf(kept: readonly SampleResult[]): Scaling | null {
  const fits = kept.flatMap(({ fit }) => (fit ? [fit] : []));
  const [first] = fits;
  if (!first || first.octaves.length === 0) return null;
  // Samples with similar largest radii have the same octaves, or nearly: their slopes are averaged.
  const alike = fits.filter(({ octaves }) => octaves.length === first.octaves.length);
  const slopes = first.octaves.map(({ from, to }, i) => ({
    near: Math.round(Math.sqrt(from * to)),
    slope: meanOf(alike.map(({ octaves }) => octaves[i]!.slope)),
  }));
  const ordered = [...slopes].sort((a, b) => a.slope - b.slope);
  const [flattest, steepest] = [ordered[0]!, ordered.at(-1)!];
  const ratio = flattest.slope > 0 ? steepest.slope / flattest.slope : null;
  const gaussian = kept.flatMap(({ nulls }) => nulls?.gaussian.first?.meanR2 ?? []);
  return {
    kind: kindOf(ratio),
    ratio,
    steepest,
    flattest,
    gaussianR2: gaussian.length === 0 ? null : meanOf(gaussian),
  };
}

function kindOf(ratio: number | null): Scaling['kind'] {
  if (ratio === null || ratio > SCALING_LIMITS.rough) return 'none';
  return ratio > SCALING_LIMITS['power law'] ? 'rough' : 'power law';
}
