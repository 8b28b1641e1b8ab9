/** The question about a base, as the user sees it. */
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { DIALOG_EXTENSIONS } from '../../core/checkpoint/formats/names';
import { checkpointName } from '../../core/checkpoint/name';
import { chooseFiles } from '../ui/dialogs';
import { pickOne, type Row } from '../ui/quickPick';
import { t } from '../ui/words';
import type { BaseQuestion } from './baseQuestion';

/** The choice of a file dialog. */
const ANOTHER = Symbol('another');

/** @returns the base's path; null for the updates alone; undefined when the user backs out. */
export async function askBase({
  adapters,
  declared,
  name,
  fitting,
}: BaseQuestion): Promise<string | null | undefined> {
  const title =
    adapters.length === 1
      ? t('Base of the Low-Rank Adapter {0}', checkpointName(adapters[0]!))
      : t('Base of {0} Low-Rank Adapters', adapters.length);
  const rowsWith = (fits: readonly string[]): Row<string | null | typeof ANOTHER>[] => [
    ...(declared === null
      ? []
      : [
          {
            label: [{ icon: 'file-binary' }, checkpointName(declared.path)],
            description: declared.outside
              ? t('the base that the adapter names, outside of the workspace')
              : t('the base that the adapter names'),
            detail: declared.path,
            value: declared.path,
          } as const,
        ]),
    ...fits.map((path): Row<string> => ({
      label: [{ icon: 'file-binary' }, checkpointName(path)],
      description: t('its tensors fit the adapter'),
      detail: vscode.workspace.asRelativePath(path),
      value: path,
    })),
    {
      label: [{ icon: 'folder-opened' }, t('Choose the base model…')],
      detail:
        name === null || declared !== null
          ? t('the model that the adapter was trained on')
          : t('the model that the adapter was trained on: {0}', name),
      value: ANOTHER,
    },
    {
      label: [{ icon: 'diff-added' }, t('Analyze the adapter alone')],
      detail: t('only what it adds to the weights of its base'),
      value: null,
    },
  ];
  const placeholder = t('What is analyzed: the base with the adapter added, or the adapter alone');
  const chosen = await pickOne(fitting.then(rowsWith), { title, placeholder, ignoreFocusOut: true });
  return chosen === ANOTHER ? chooseBase(title, adapters[0]!) : chosen;
}

async function chooseBase(title: string, adapter: string): Promise<string | undefined> {
  const [chosen] = await chooseFiles({
    title,
    button: t('Use as Base'),
    folder: vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(dirname(adapter)),
    kind: { label: t('Checkpoints'), extensions: DIALOG_EXTENSIONS },
  });
  return chosen?.fsPath;
}
