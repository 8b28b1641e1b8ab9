/** Words: English in the source, translated by the table that the extension host sends. */
import type { ErrorData } from '../src/protocol/errors';
import { FaultTranslator } from '../src/protocol/recognized';
import { english, type Translate } from '../src/protocol/translate';
import { directionless } from '../src/protocol/visible';

let words: Readonly<Record<string, string>> = {};
let faults: FaultTranslator | undefined;

/** Sets the translations; a word without one stays English. */
export function setWords(table: Readonly<Record<string, string>>): void {
  words = table;
  faults = undefined;
}

/** The words for `message`, with `{0}`, `{1}` … replaced by `values`: names among them cannot reorder the sentence. */
export const t: Translate = (message, ...values) =>
  english(
    Object.hasOwn(words, message) ? words[message]! : message,
    ...values.map((value) => (typeof value === 'string' ? directionless(value) : value)),
  );

// Facts carry texts of errors.
t.fault = (text) => translator().text(text);

const translator = (): FaultTranslator => (faults ??= new FaultTranslator(Object.keys(words), t));

/** An error, as the reader sees it. */
export const faultIn = (error: ErrorData): ErrorData => translator().error(error);

/** The message of anything that was thrown, as the reader sees it. */
export const thrownText = (error: unknown): string => translator().thrown(error);
