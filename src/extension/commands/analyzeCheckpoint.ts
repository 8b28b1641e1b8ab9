/** "NeuroMFA: Analyze Checkpoint": from the explorer with its selection, from the palette with a picker. */
import * as vscode from 'vscode';
import type { SpectrumPanels } from '../panels/spectrumPanels';
import { resolveSubjects } from '../subjects';
import type { CheckpointPicker } from './pickCheckpoints';

/**
 * Makes the command. The explorer calls it with the item under the pointer and the whole selection.
 * @returns a promise that settles when the analyses have ended, however they did.
 */
export function analyzeCheckpoint(
  panels: SpectrumPanels,
  picker: CheckpointPicker,
): (uri?: vscode.Uri, selection?: readonly vscode.Uri[]) => Promise<void> {
  return async (uri, selection) => {
    const chosen = selection?.length ? selection : uri ? [uri] : await picker.pick();
    const elsewhere = chosen.find(({ scheme }) => scheme !== 'file');
    if (elsewhere) {
      void vscode.window.showErrorMessage(notOnDisk(elsewhere));
      return;
    }
    const subjects = await resolveSubjects(chosen.map(({ fsPath }) => fsPath));
    if (subjects.length > 0) await panels.show(subjects);
  };
}

/** Checkpoints are read in ranges, which only files on a disk offer to extensions. */
function notOnDisk(uri: vscode.Uri): string {
  return vscode.l10n.t(
    '{0}: NeuroMFA reads checkpoints from a disk, and this one is in "{1}". Save it to a folder, or open its machine over SSH, WSL or a dev container.',
    uri.path,
    uri.scheme,
  );
}
