/** The settings of an analysis in one line: on the page, and under exported pictures. */
import { sampleCount } from '../../src/protocol/counts';
import type { AnalysisSettings, Transfer } from '../../src/protocol/analysis';
import { decimal, order, ranges } from '../../src/protocol/format';
import { t } from '../l10n';
import { subsetName } from './subset';

/** How a weight becomes a length, as it is written. */
export const TRANSFERS: Record<Transfer, string> = {
  inv: 'd = 1/|w|',
  inv2: 'd = 1/w²',
  neglog: 'd = −ln|w|',
  invsqrt: 'd = 1/√|w|',
};

export function settingsLine(s: AnalysisSettings): string {
  const q = s.q.length > 1 ? s.q[1]! - s.q[0]! : 0;
  const seeds = Array.from({ length: s.samples }, (_, index) => s.seed + index);
  return [
    ...(s.mode === 'full'
      ? [t('full network: every neuron and edge')]
      : [sampleCount(s.samples, t), `k = ${s.neurons}`]),
    ...(s.draws === 'runs' ? [t('contiguous draws')] : []),
    `T = ${decimal(s.threshold, Number.isInteger(s.threshold) ? 0 : 2)}`,
    TRANSFERS[s.transfer],
    ...(s.scaleFree === 'network' ? [t('scale-free: 50 · d / median(d)')] : []),
    ...(s.scaleFree === 'projection' ? [t('scale-free: 50 · d / median(d) of each projection')] : []),
    ...(s.radii.rule === 'fixed' ? [t('radii: all from {0} to T', s.radii.lo)] : []),
    `q = ${order(s.q[0]!)} … ${order(s.q.at(-1)!)}, ${t('step {0}', order(q))}`,
    t('filter {0}', s.filter),
    ...(s.subset === null ? [] : [t('only a part of the network: {0}', subsetName(s.subset))]),
    ...(s.mode === 'full' ? [] : [t('seeds {0}', ranges(seeds))]),
    ...(s.nulls ? [t('null models of {0} draws', s.nulls.draws)] : []),
  ].join(', ');
}
