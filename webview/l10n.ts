/** Words: English in the source, translated by the table that the extension host sends. */
let words: Readonly<Record<string, string>> = {};

/** Sets the translations; a word without one stays English. */
export function setWords(table: Readonly<Record<string, string>>): void {
  words = table;
}

/** The words for `english`, with `{0}`, `{1}` … replaced by `values`. */
export function t(english: string, ...values: (string | number)[]): string {
  const translated = Object.hasOwn(words, english) ? words[english]! : english;
  return translated.replace(/\{(\d+)\}/g, (whole, index: string) => {
    const value = values[Number(index)];
    return value === undefined ? whole : String(value);
  });
}
