/** The meaning of the bands of a run's curves. */
import type { RunResults } from '../data/shownRuns';
import { t } from '../l10n';
import { largest, smallest } from '../../src/protocol/extremes';

/** What is drawn, and what its band means: the sentence under curves of α₀ and w. */
export function seriesCaption(runs: readonly RunResults[]): string {
  const full = runs.every(({ series }) => series.settings.mode === 'full');
  const line = full ? t('Line: the full network, every neuron and edge.') : t('Line: mean over samples.');
  return banded(runs)
    ? `${line} ${t('Band: {0}.', seriesInterval(runs))}`
    : `${line} ${seriesInterval(runs)}.`;
}

const banded = (runs: readonly RunResults[]): boolean =>
  runs.some(({ series }) => series.points.some(({ alpha0 }) => alpha0.ci95));

/** The name of the interval, or why there is none; without a full stop. */
export function seriesInterval(runs: readonly RunResults[]): string {
  const modes = new Set(runs.map(({ series }) => series.settings.mode));
  if (modes.size > 1) return t('95 % interval, over samples or, in full networks, across layers');
  if (modes.has('full')) {
    return banded(runs)
      ? t('95 % interval over blocks: variation across layers, not sampling error')
      : t('no interval: the layers are too few to resample');
  }
  if (!banded(runs)) return t('no interval: there is only one sample');
  const samples = runs.flatMap(({ series }) => series.points.map(({ samplesKept }) => samplesKept));
  const [least, most] = [smallest(samples), largest(samples)];
  return least === most
    ? t('95 % interval of the mean over {0} samples', most)
    : t('95 % interval of the mean over {0} to {1} samples', least, most);
}
