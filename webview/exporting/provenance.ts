/** The origin of exported numbers: one line per fact, safe inside any text format. */
import type { AnalysisResult } from '../../src/protocol/analysis';
import { CITATION } from '../../src/protocol/citation';
import { t } from '../l10n';
import { drawnWords } from '../words/facts';
import { modelName } from '../words/model';
import { settingsLine } from '../words/settings';
import { intervalSentence } from '../words/uncertainty';

/** Control characters would break comment lines and captions; names come from outside. */
// eslint-disable-next-line no-control-regex -- these are exactly the characters to remove
const CONTROL = /[\u0000-\u001f\u007f\u2028\u2029]+/g;

export const oneLine = (text: string): string => text.replace(CONTROL, ' ').trim();

/** Lines without repetitions. */
export const distinct = (lines: readonly string[]): string[] => [...new Set(lines)];

/** The program that made a result. */
export const computedBy = ({ engine, algorithm }: AnalysisResult['version']): string =>
  t('Computed by NeuroMFA {0}, algorithm {1}', engine, algorithm);

/** Facts about `results`, then how to cite the method. */
export function provenance(results: readonly AnalysisResult[]): string[] {
  const names = results.map(
    ({ checkpoint: c }) =>
      `${c.name} (${drawnWords(c) ?? `${modelName(c)}, ${c.dtype}, ${c.fingerprint.slice(0, 12)}`})`,
  );
  const checkpoints =
    names.length > 6
      ? t('Checkpoints: {0}; and {1} more', names.slice(0, 5).join('; '), names.length - 5)
      : t('Checkpoints: {0}', names.join('; '));
  return [
    checkpoints,
    ...distinct(results.map(({ settings }) => t('Settings: {0}', settingsLine(settings)))),
    ...distinct(results.map((result) => t('Uncertainty: {0}', intervalSentence(result)))),
    ...distinct(results.map(({ version }) => computedBy(version))),
    t('Method: {0}', CITATION.text),
  ].map(oneLine);
}
