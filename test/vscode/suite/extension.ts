/** The extension under test, as its neighbors in the extension host see it. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { NeuroMfaApi } from '../../../src/extension/extension';
import type { Run } from '../../../src/protocol/trends';
import { eventually } from '../../support/eventually';

export interface Manifest {
  contributes: { commands: { command: string }[] };
}

export function extension(): vscode.Extension<NeuroMfaApi> {
  const found = vscode.extensions.getExtension<NeuroMfaApi>('neuromfa.neuromfa');
  assert.ok(found, 'the extension is not installed');
  return found;
}

/** A file of the bundled sample run, which the window has open. */
export function sample(path: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, 'no folder is open');
  return vscode.Uri.joinPath(folder.uri, 'neox-1m', path);
}

/** The open tabs of our panel. */
export function panels(): vscode.Tab[] {
  return vscode.window.tabGroups.all
    .flatMap((group) => group.tabs)
    .filter(
      ({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith('neuromfa.spectrum'),
    );
}

/** Closes all editors, and waits until the extension host has heard of it: the next test begins without any. */
export async function closeEditors(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  await eventually(() => {
    const open = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label));
    assert.deepEqual(open, []);
  });
}

/** The bundled sample run, as the extension has found it. */
export function sampleRun(): Run {
  const run = extension()
    .exports.trainingRuns()
    .find(({ name }) => name === 'neox-1m');
  assert.ok(run, 'the sample run is not found');
  return run;
}
