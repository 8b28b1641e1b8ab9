/** The curve that represents a checkpoint among those of its run. */
import type { AnalysisResult } from '../../protocol/analysis';
import type { MeanSpectrum } from '../../protocol/trends';
import { meanOf } from '../stats/estimate';

/** α and f at each moment order, averaged over the accepted samples; empty where there are none. */
export function meanSpectrum({ samples, settings }: AnalysisResult): MeanSpectrum {
  const kept = samples.filter(({ outcome }) => outcome === 'kept');
  const length = kept.length === 0 ? 0 : settings.q.length - 1;
  const mean = (pick: (sample: (typeof kept)[number]) => readonly number[]): number[] =>
    Array.from({ length }, (_, index) => meanOf(kept.map((sample) => pick(sample)[index]!)));
  return { alpha: mean(({ alpha }) => alpha), f: mean(({ f }) => f) };
}
