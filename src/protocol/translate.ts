/**
 * A translation function, such as `vscode.l10n.t`, for texts that the editor, its panels and the command line share.
 * `{0}`, `{1}` … in the message are replaced by the values.
 */
export interface Translate {
  (message: string, ...values: (string | number)[]): string;
  /** The text of an error in the reader's language, for facts that carry one; without it, such texts stay English. */
  fault?: (text: string) => string;
}

/** The untranslated message with its values. */
export const english: Translate = (message, ...values) =>
  message.replace(/\{(\d+)\}/g, (whole, index: string) => {
    const value = values[Number(index)];
    return value === undefined ? whole : String(value);
  });

/** A table of messages that are translated where they are shown, by `t(TABLE[…])`: `npm run l10n` finds them by this call. */
export const messages = <K extends string>(table: Readonly<Record<K, string>>): Readonly<Record<K, string>> =>
  table;
