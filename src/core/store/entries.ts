/** Lists the entries of a store's folder without opening them. */
import { lstatSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { inBatches } from '../batches';
import { parseName } from './names';

export interface StoredEntry {
  key: string;
  /** Size of the files that exist of the entry: JSON, arrays or both. */
  bytes: number;
  /** When it was used last, in milliseconds since 1970: the JSON's last change, or the arrays' where there is none. */
  used: number;
  /** Whether its JSON exists; without it the entry is being written, or its writer did not finish. */
  whole: boolean;
}

export interface Listing {
  entries: StoredEntry[];
  /** Of all the store's files, temporary ones included. */
  bytes: number;
}

/** All files of a store. @throws the system's errors. */
export async function listStore(directory: string): Promise<Listing> {
  const entries = new Map<string, StoredEntry>();
  let total = 0;
  await inBatches(await readdir(directory), (name) => {
    const parsed = parseName(name);
    if (!parsed) return;
    // Another process may have removed it meanwhile.
    const stats = lstatSync(join(directory, name), { throwIfNoEntry: false });
    if (!stats?.isFile()) return;
    total += stats.size;
    const { key, kind } = parsed;
    if (kind === 'temporary') return;
    let entry = entries.get(key);
    if (!entry) entries.set(key, (entry = { key, bytes: 0, used: 0, whole: false }));
    entry.bytes += stats.size;
    if (kind === 'json') {
      entry.whole = true;
      entry.used = stats.mtimeMs;
    } else if (!entry.whole) {
      entry.used = Math.max(entry.used, stats.mtimeMs);
    }
  });
  return { entries: [...entries.values()], bytes: total };
}
