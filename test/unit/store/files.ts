/** The files of a store, as tests look at them. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

export const jsonOf = (directory: string, key: string): string => join(directory, `${key}.json`);

/** The one file of arrays that a key has. */
export async function arraysOf(directory: string, key: string): Promise<string> {
  const found = (await readdir(directory)).filter((name) => name.startsWith(key) && name.endsWith('.bin'));
  if (found.length !== 1) throw new Error(`${found.length} files of arrays`);
  return join(directory, found[0]!);
}
