/**
 * A translation function, such as `vscode.l10n.t`, for words that the editor, its panels and the command line share.
 * `{0}`, `{1}` … in the message stand for the values.
 */
export type Translate = (message: string, ...values: (string | number)[]) => string;

/** The message as it is, with its values. */
export const english: Translate = (message, ...values) =>
  message.replace(/\{(\d+)\}/g, (whole, index: string) => {
    const value = values[Number(index)];
    return value === undefined ? whole : String(value);
  });
