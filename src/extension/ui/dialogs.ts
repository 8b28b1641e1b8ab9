/** Dialogs for files. */
import { join } from 'node:path';
import * as vscode from 'vscode';
import { plain, plainFileName } from './plain';

export interface FilesQuestion {
  title: string;
  button: string;
  /** Where the dialog begins; left out, the editor decides. */
  folder?: vscode.Uri;
  several?: boolean;
  /** What the files are called together, and how their names end. */
  kind: { label: string; extensions: readonly string[] };
}

/** @returns none when the user backs out. */
export async function chooseFiles({
  title,
  button,
  folder,
  several = false,
  kind,
}: FilesQuestion): Promise<readonly vscode.Uri[]> {
  const chosen = await vscode.window.showOpenDialog({
    title: plain(title),
    openLabel: plain(button),
    ...(folder && { defaultUri: folder }),
    canSelectMany: several,
    filters: { [plain(kind.label)]: [...kind.extensions] },
  });
  return chosen ?? [];
}

/** @returns undefined when the user backs out. */
export async function chooseFolder({
  title,
  button,
}: Pick<FilesQuestion, 'title' | 'button'>): Promise<vscode.Uri | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    title: plain(title),
    openLabel: plain(button),
    ...{ canSelectFiles: false, canSelectFolders: true },
  });
  return chosen?.[0];
}

/** @param name that is proposed; folders in it do not count. @returns undefined when the user backs out. */
export async function chooseTarget({
  title,
  folder,
  name,
  extension,
}: {
  title: string;
  folder: string;
  name: string;
  extension: string;
}): Promise<vscode.Uri | undefined> {
  return vscode.window.showSaveDialog({
    title: plain(title),
    defaultUri: vscode.Uri.file(join(folder, plainFileName(name))),
    filters: { [extension.toUpperCase()]: [extension] },
  });
}
