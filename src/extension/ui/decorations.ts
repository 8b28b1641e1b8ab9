/** Badges of files in the explorer. */
import * as vscode from 'vscode';
import { MESSAGE_LENGTH, plain } from './plain';

export interface Badge {
  /** At most two characters. */
  text: string;
  tooltip: string;
}

/** @param badgeOf the badge of a file. @param onChange fires when badges may have changed. */
export function registerBadges(
  badgeOf: (path: string) => Badge | undefined,
  onChange: (listener: () => void) => void,
): vscode.Disposable {
  const changed = new vscode.EventEmitter<undefined>();
  onChange(() => {
    changed.fire(undefined);
  });
  const registered = vscode.window.registerFileDecorationProvider({
    onDidChangeFileDecorations: changed.event,
    provideFileDecoration: ({ scheme, fsPath }) => {
      const badge = scheme === 'file' ? badgeOf(fsPath) : undefined;
      return badge && new vscode.FileDecoration(plain(badge.text), plain(badge.tooltip, MESSAGE_LENGTH));
    },
  });
  return vscode.Disposable.from(registered, changed);
}
