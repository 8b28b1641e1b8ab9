/** Panels in editor tabs. */
import * as vscode from 'vscode';
import { plain } from './plain';

/** A panel beside the active editor. It has no name yet. */
export function createPanel(viewType: string, options: vscode.WebviewOptions): vscode.WebviewPanel {
  const { Active } = vscode.ViewColumn;
  return vscode.window.createWebviewPanel(viewType, '', Active, { ...options, enableFindWidget: true });
}

/** Names the tab of a panel. */
export function nameTab(panel: vscode.WebviewPanel, name: string): void {
  panel.title = plain(name);
}

/** Calls back with the file that is open as text, and with each that is opened so, whether the editor can show it or not. */
export function onTextTab(opened: (path: string) => void): vscode.Disposable {
  const { tabGroups } = vscode.window;
  const look = (tab: vscode.Tab | undefined): void => {
    const input = tab?.input;
    if (input instanceof vscode.TabInputText && input.uri.scheme === 'file') opened(input.uri.fsPath);
  };
  // A click may be what the extension starts with.
  look(tabGroups.activeTabGroup.activeTab);
  return tabGroups.onDidChangeTabs((change) => {
    for (const tab of change.opened) look(tab);
  });
}
