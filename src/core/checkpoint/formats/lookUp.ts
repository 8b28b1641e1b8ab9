/** The table's own entry for a word from a file: inherited properties such as `constructor` do not count. */
export function lookUp<T>(table: Readonly<Record<string, T>>, word: string): T | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}
