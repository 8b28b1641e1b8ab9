/** Asks before an analysis starts that reads very much, without standing in anybody's way. */
import * as vscode from 'vscode';
import { checkpointName } from '../../core/checkpoint/name';
import type { WorkEstimate } from '../../worker/approval';

/** @returns whether the user wants it; a notification that is closed is a no. */
export async function askToStart(path: string, { bytes, seconds }: WorkEstimate): Promise<boolean> {
  const start = vscode.l10n.t('Start');
  const minutes = Math.max(1, Math.ceil(seconds / 60));
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t(
      'Analyzing {0} reads {1} GB, which takes {2} min or more, depending on the disk.',
      checkpointName(path),
      (bytes / 1e9).toFixed(0),
      minutes,
    ),
    start,
    vscode.l10n.t('Cancel'),
  );
  return answer === start;
}
