/** The question about a base, as the user sees it. */
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { checkpointName } from '../../core/checkpoint/name';
import type { BaseQuestion } from './baseQuestion';

interface Row extends vscode.QuickPickItem {
  /** Undefined: a dialog has to say. */
  base?: string | null;
}

/** @returns the base's path; null for the updates alone; undefined when the user backs out. */
export async function askBase({
  adapters,
  declared,
  name,
}: BaseQuestion): Promise<string | null | undefined> {
  const { t } = vscode.l10n;
  const title =
    adapters.length === 1
      ? t('Base of the Low-Rank Adapter {0}', checkpointName(adapters[0]!))
      : t('Base of {0} Low-Rank Adapters', adapters.length);
  const rows: Row[] = [
    ...(declared === null
      ? []
      : [
          {
            label: `$(file-binary) ${checkpointName(declared.path)}`,
            description: declared.outside
              ? t('the base that the adapter names, outside of the workspace')
              : t('the base that the adapter names'),
            detail: declared.path,
            base: declared.path,
          },
        ]),
    {
      label: `$(folder-opened) ${t('Choose the base model…')}`,
      detail:
        name === null || declared !== null
          ? t('the model that the adapter was trained on')
          : t('the model that the adapter was trained on: {0}', name),
    },
    {
      label: `$(diff-added) ${t('Analyze the adapter alone')}`,
      detail: t('only what it adds to the weights of its base'),
      base: null,
    },
  ];
  const placeholder = t('What is analyzed: the base with the adapter added, or the adapter alone');
  const chosen = await vscode.window.showQuickPick(rows, {
    title,
    placeHolder: placeholder,
    ignoreFocusOut: true,
  });
  if (!chosen) return undefined;
  return chosen.base === undefined ? chooseBase(title, adapters[0]!) : chosen.base;
}

async function chooseBase(title: string, adapter: string): Promise<string | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    title,
    openLabel: vscode.l10n.t('Use as Base'),
    defaultUri: vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(dirname(adapter)),
    filters: { [vscode.l10n.t('Checkpoints')]: ['safetensors', 'json'] },
  });
  return chosen?.[0]?.fsPath;
}
