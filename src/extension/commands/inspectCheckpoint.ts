/** "NeuroMFA: Inspect Checkpoint": opens checkpoints in the inspect view. */
import * as vscode from 'vscode';
import { EDITORS } from '../ids';
import { chosenSubjects } from './chosenSubjects';
import type { CheckpointPicker } from './pickCheckpoints';

/** Makes the command. The explorer calls it with the item under the pointer and the whole selection. */
export function inspectCheckpoint(
  picker: CheckpointPicker,
): (uri?: vscode.Uri, selection?: readonly vscode.Uri[]) => Promise<void> {
  return async (uri, selection) => {
    const subjects = await chosenSubjects(uri, selection, picker, {
      title: vscode.l10n.t('Inspect Checkpoint'),
      placeholder: vscode.l10n.t('Checkpoints to inspect; each opens in an editor'),
      button: vscode.l10n.t('Inspect'),
    });
    for (const { path } of subjects) {
      await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(path), EDITORS.inspect, {
        preview: false,
      });
    }
  };
}
