/** The editor's translations. */
import * as vscode from 'vscode';
import type { Translate } from '../../protocol/translate';
import { plain } from './plain';

/** Translates a message of ours. What is put into it comes from anywhere, and is as long as a name at most. */
export const t: Translate = (message, ...values) =>
  vscode.l10n.t(message, ...values.map((value) => (typeof value === 'string' ? plain(value) : value)));

/** All translations, for pages. */
export function translations(): Record<string, string> {
  return vscode.l10n.bundle ?? {};
}
