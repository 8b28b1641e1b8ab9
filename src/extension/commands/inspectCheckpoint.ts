/** "NeuroMFA: Inspect Checkpoint": opens checkpoints in the inspect view. */
import * as vscode from 'vscode';
import { EDITORS } from '../ids';
import { uriOf } from '../remote/places';
import { t } from '../ui/words';
import { chosenCheckpoints } from './chosenCheckpoints';
import type { CheckpointPicker } from './pickCheckpoints';

/** Makes the command. The explorer calls it with the item under the pointer and the whole selection. */
export function inspectCheckpoint(
  picker: CheckpointPicker,
): (uri?: vscode.Uri, selection?: readonly vscode.Uri[]) => Promise<void> {
  return async (uri, selection) => {
    const checkpoints = await chosenCheckpoints(uri, selection, picker, {
      title: t('Inspect Checkpoint'),
      placeholder: t('Checkpoints to inspect; each opens in an editor'),
      button: t('Inspect'),
    });
    for (const { path } of checkpoints) await openInspect(path);
  };
}

/** Opens one checkpoint in the inspect view. */
export async function openInspect(path: string): Promise<void> {
  const options = { preview: false };
  await vscode.commands.executeCommand('vscode.openWith', uriOf(path), EDITORS.inspect, options);
}
