/** The entry of a table for a word that a file has: what every object has, such as `constructor`, is none. */
export function lookUp<T>(table: Readonly<Record<string, T>>, word: string): T | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}
