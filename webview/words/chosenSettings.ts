/** Settings on a chip: what differs from the paper. */
import { sampleCount } from '../../src/protocol/counts';
import type { Mode } from '../../src/protocol/analysis';
import type { ChosenSettings, SettingsModel } from '../../src/protocol/chosenSettings';
import { decimal, order } from '../../src/protocol/format';
import { t } from '../l10n';
import { TRANSFERS } from './settings';

/** Settings that a full network, which takes everything once, has no use for. */
const OF_SAMPLES: readonly (keyof ChosenSettings)[] = ['samples', 'neurons', 'draws', 'seed'];

/** "Paper settings", or what is chosen otherwise. */
export function settingsChip(settings: NonNullable<SettingsModel>, mode: Mode, ofRuns: boolean): string {
  const { now, paper } = settings;
  const differs = (...keys: (keyof ChosenSettings)[]): boolean =>
    keys.some((key) => now[key] !== paper[key] && !(mode === 'full' && OF_SAMPLES.includes(key)));
  const parts = [
    now.scaleFree === 'network' && t('scale-free'),
    now.scaleFree === 'projection' && t('scale-free by projection'),
    ofRuns && now.radii === 'fixed' && t('fixed radii'),
    ofRuns && now.population === 'common' && t('common neurons'),
    ofRuns && now.autoSamples && mode === 'sampled' && t('samples: auto'),
    differs('samples') && sampleCount(now.samples, t),
    differs('draws') && t('contiguous draws'),
    differs('neurons') && `k = ${now.neurons}`,
    differs('threshold') && `T = ${decimal(now.threshold, Number.isInteger(now.threshold) ? 0 : 2)}`,
    differs('transfer') && TRANSFERS[now.transfer],
    differs('qMin', 'qMax', 'qStep') && `q = ${order(now.qMin)} … ${order(now.qMax)}`,
    differs('filter') && t('filter {0}', now.filter),
    differs('seed') && t('seed {0}', now.seed),
  ].filter((part) => part !== false);
  return parts.length > 0 ? parts.join(' · ') : t('Paper settings');
}
