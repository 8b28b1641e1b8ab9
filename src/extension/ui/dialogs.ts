/** File dialogs. */
import { join } from 'node:path';
import * as vscode from 'vscode';
import { plain, plainFileName } from './plain';

export interface FilesQuestion {
  title: string;
  button: string;
  /** Where the dialog starts; by default the editor decides. */
  folder?: vscode.Uri;
  several?: boolean;
  /** A word for the files, and their extensions. */
  kind: { label: string; extensions: readonly string[] };
}

/** @returns none when the user cancels. */
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

/** @returns undefined when the user cancels. */
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

/** @param name the proposed name; folders in it are ignored. @returns undefined when the user cancels. */
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
