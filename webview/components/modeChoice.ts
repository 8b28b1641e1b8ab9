/** Sampled or full networks; the same in every panel. */
import { MODES, type Mode } from '../../src/protocol/analysis';
import { t } from '../l10n';
import { select } from './select';

export function modeChoice(mode: Mode, change: (mode: Mode) => void): HTMLElement {
  const names: Record<Mode, string> = { sampled: t('Sampled network'), full: t('Full network') };
  return select(
    t('Analyze a sample of neurons or the whole network'),
    'mode',
    MODES.map((value) => ({ value, label: names[value] })),
    mode,
    (value) => {
      change(MODES.find((each) => each === value)!);
    },
  );
}
