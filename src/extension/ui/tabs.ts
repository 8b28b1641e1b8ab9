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
