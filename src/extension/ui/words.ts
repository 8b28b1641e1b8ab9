/** The editor's translations. */
import * as vscode from 'vscode';
import type { ErrorData } from '../../protocol/errors';
import { FaultTranslator } from '../../protocol/recognized';
import type { Translate } from '../../protocol/translate';
import { plain } from './plain';

/** Translates a message of ours. What is put into it comes from anywhere, and is as long as a name at most. */
export const t: Translate = (message, ...values) =>
  vscode.l10n.t(message, ...values.map((value) => (typeof value === 'string' ? plain(value) : value)));

/** All translations, for pages. */
export function translations(): Record<string, string> {
  return vscode.l10n.bundle ?? {};
}

let translator: FaultTranslator | undefined;
// Causes may be longer than names: what shows them makes them plain.
const faults = (): FaultTranslator =>
  (translator ??= new FaultTranslator(Object.keys(translations()), (message, ...values) =>
    vscode.l10n.t(message, ...values),
  ));

t.fault = (text) => faults().text(text);

/** An error, as the reader sees it. */
export const faultIn = (error: ErrorData): ErrorData => faults().error(error);

/** The message of anything that was thrown, as the reader sees it. */
export const thrownText = (error: unknown): string => faults().thrown(error);
