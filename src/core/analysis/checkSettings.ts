/**
 * Checks settings that arrive from elsewhere as plain data: only those that this program could have made itself pass.
 */
import type { AnalysisSettings } from '../../protocol/analysis';
import { NeuroMfaError } from '../../protocol/errors';
import { canonicalJson } from '../../protocol/subject';
import { makeSubset } from '../network/subset';
import { makeSettings } from './settings';

/** Orders q are multiples of a millionth. */
const MILLION = 1e6;

/** @throws NeuroMfaError `usage` that names the setting that is out of bounds. */
export function checkSettings({ radii, subset, common: _, ...settings }: AnalysisSettings): void {
  const { q, nulls, ...chosen } = settings;
  const made = makeSettings({
    ...chosen,
    // A full network has neither samples nor sampled neurons.
    ...(settings.mode === 'full' && { samples: 1, neurons: 1, seed: 0 }),
    nullDraws: nulls?.draws ?? null,
    qMin: q[0] ?? NaN,
    qMax: q.at(-1) ?? NaN,
    qStep: Math.round((q[1]! - q[0]!) * MILLION) / MILLION,
  });
  const part = subset && makeSubset({ ...subset, blocks: subset.blocks.map(([a, b]) => `${a}-${b}`) });
  expectSame('settings', { ...settings, subset: part }, { ...made, radii: undefined, subset });
  if (radii.rule === 'fixed' && (radii.lo < 1 || radii.lo > settings.threshold)) {
    const cause = `${radii.lo} is not between 1 and the threshold`;
    throw new NeuroMfaError('usage', 'radii', cause, 'Use radii that occur');
  }
}

function expectSame(subject: string, given: object, made: object): void {
  if (canonicalJson(given) === canonicalJson(made)) return;
  const cause = 'they are none that this program makes';
  throw new NeuroMfaError('usage', subject, cause, 'Submit the analysis again');
}
