/** Words: English in the source, translated by the table that the extension host sends. */
import { english, type Translate } from '../src/protocol/translate';
import { directionless } from '../src/protocol/visible';

let words: Readonly<Record<string, string>> = {};

/** Sets the translations; a word without one stays English. */
export function setWords(table: Readonly<Record<string, string>>): void {
  words = table;
}

/** The words for `message`, with `{0}`, `{1}` … replaced by `values`: names among them cannot reorder the sentence. */
export const t: Translate = (message, ...values) =>
  english(
    Object.hasOwn(words, message) ? words[message]! : message,
    ...values.map((value) => (typeof value === 'string' ? directionless(value) : value)),
  );
