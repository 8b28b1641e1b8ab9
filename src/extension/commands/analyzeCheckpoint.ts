/**
 * "NeuroMFA: Analyze Checkpoint", and the same for the full network: from the explorer with its selection, from the
 * palette with a picker.
 */
import type * as vscode from 'vscode';
import type { BaseChooser } from '../adapters/baseQuestion';
import type { OwnSettings } from '../ownSettings';
import type { SpectrumPanels } from '../panels/spectrumPanels';
import { t } from '../ui/words';
import { chosenCheckpoints } from './chosenCheckpoints';
import type { CheckpointPicker } from './pickCheckpoints';

/**
 * Makes the command. The explorer calls it with the item under the pointer and the whole selection.
 * @param own replaces the user's settings.
 * @returns a promise that settles when the analyses have ended, successfully or not.
 */
export function analyzeCheckpoint(
  panels: SpectrumPanels,
  picker: CheckpointPicker,
  bases: BaseChooser,
  own: OwnSettings = {},
): (uri?: vscode.Uri, selection?: readonly vscode.Uri[]) => Promise<void> {
  return async (uri, selection) => {
    const checkpoints = await chosenCheckpoints(uri, selection, picker, {
      title: own.mode === 'full' ? t('Analyze Checkpoint (Full Network)') : t('Analyze Checkpoint'),
      placeholder: t('Checkpoints to analyze; several are shown in one panel'),
      button: t('Analyze'),
    });
    if (checkpoints.length === 0 || !(await bases.settle(checkpoints.map(({ path }) => [path])))) return;
    await panels.show(checkpoints, own);
  };
}
