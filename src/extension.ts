/** The extension's entry. The rest is loaded from here, so that other extensions of the window start meanwhile. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ExtensionContext } from 'vscode';
import type { NeuroMfaApi } from './extension/extension';

export type { NeuroMfaApi };

type Editor = typeof import('./extension/extension');

/**
 * Parts of the editor, each loaded in a turn of its own: all extensions of a window share a thread, which the whole at
 * once would block for too long. What a part loads, later ones share.
 */
const PARTS: readonly (() => Promise<unknown>)[] = [
  () => import('./core/run/runIndex'),
  () => import('./extension/shown'),
];

let loaded: Promise<Editor> | undefined;

export async function activate(context: ExtensionContext): Promise<NeuroMfaApi> {
  loaded = load();
  return (await loaded).activate(context);
}

export async function deactivate(): Promise<void> {
  await (await loaded)?.deactivate();
}

async function load(): Promise<Editor> {
  for (const part of PARTS) {
    await nextTurn();
    await part();
  }
  await nextTurn();
  return import('./extension/extension');
}
