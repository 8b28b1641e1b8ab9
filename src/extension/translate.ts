/**
 * The editor's translation function (`vscode.l10n.t`), as what modules ask for that must work without an editor.
 * `{0}`, `{1}` … in the message stand for the values.
 */
export type Translate = (message: string, ...values: (string | number)[]) => string;
