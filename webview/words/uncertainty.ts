/** The meaning of an interval in words: it must never be taken for more than it is. */
import { blockCount, projectionCount } from '../../src/protocol/counts';
import type { AnalysisResult, BlockBootstrap } from '../../src/protocol/analysis';
import { t } from '../l10n';
import { wordsOf } from './facts';

export const isFull = ({ settings }: Pick<AnalysisResult, 'settings'>): boolean => settings.mode === 'full';

/** The resampled units: "6 blocks". */
function units({ unit, units: count }: BlockBootstrap): string {
  return unit === 'block' ? blockCount(count, t) : projectionCount(count, t);
}

/** "95 % interval over 10 samples"; null where there is none. */
export function intervalName({ settings, samples, bootstrap }: AnalysisResult): string | null {
  if (settings.mode === 'full') {
    if (bootstrap?.reason !== null) return null;
    return t(
      '95 % interval over {0}: variation across layers, not sampling error',
      bootstrap.unit === 'block'
        ? units(bootstrap)
        : t('{0}, resampled within their roles', units(bootstrap)),
    );
  }
  const kept = samples.filter(({ outcome }) => outcome === 'kept').length;
  return kept > 1 ? t('95 % interval over {0} samples', kept) : null;
}

/** Why there is no interval, as a sentence; null where there is one. */
export function whyNoInterval(result: AnalysisResult): string | null {
  if (intervalName(result) !== null) return null;
  if (!isFull(result)) return t('One sample, so no interval can be given.');
  const reason = result.bootstrap?.reason;
  return t('No interval: {0}.', reason ? wordsOf(reason) : t('layers were not resampled'));
}

/** The sentence of a result's interval, or of its absence. */
export function intervalSentence(result: AnalysisResult): string {
  const name = intervalName(result);
  return name === null ? whyNoInterval(result)! : `${name}.`;
}
