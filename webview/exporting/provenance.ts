/** Where exported numbers come from: one line per fact, safe inside any text format. */
import type { AnalysisResult } from '../../src/protocol/analysis';
import { CITATION } from '../../src/protocol/citation';
import { drawnWords } from '../words/facts';
import { modelName } from '../words/model';
import { settingsLine } from '../words/settings';
import { intervalSentence } from '../words/uncertainty';

/** Control characters would break comment lines and captions; names come from outside. */
// eslint-disable-next-line no-control-regex -- these are exactly the characters to remove
const CONTROL = /[\u0000-\u001f\u007f\u2028\u2029]+/g;

export const oneLine = (text: string): string => text.replace(CONTROL, ' ').trim();

/** Each line once. */
export const distinct = (lines: readonly string[]): string[] => [...new Set(lines)];

/** Facts about `results`, then how to cite the method. */
export function provenance(results: readonly AnalysisResult[]): string[] {
  const names = results.map(
    ({ checkpoint: c }) =>
      `${c.name} (${drawnWords(c) ?? `${modelName(c)}, ${c.dtype}, ${c.fingerprint.slice(0, 12)}`})`,
  );
  const shown = names.length > 6 ? [...names.slice(0, 5), `and ${names.length - 5} more`] : names;
  const versions = new Set(results.map(({ version: v }) => `NeuroMFA ${v.engine}, algorithm ${v.algorithm}`));
  return [
    `Checkpoints: ${shown.join('; ')}`,
    ...distinct(results.map(({ settings }) => `Settings: ${settingsLine(settings)}`)),
    ...distinct(results.map((result) => `Uncertainty: ${intervalSentence(result)}`)),
    `Computed by ${[...versions].join('; ')}`,
    `Method: ${CITATION.text}`,
  ].map(oneLine);
}
