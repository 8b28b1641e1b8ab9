/** The extension's entry. The rest is loaded from here, so that other extensions of the window start meanwhile. */
import type { ExtensionContext } from 'vscode';
import type { NeuroMfaApi } from './extension/extension';

export type { NeuroMfaApi };

let loaded: Promise<typeof import('./extension/extension')> | undefined;

export async function activate(context: ExtensionContext): Promise<NeuroMfaApi> {
  loaded = import('./extension/extension');
  return (await loaded).activate(context);
}

export async function deactivate(): Promise<void> {
  await (await loaded)?.deactivate();
}
