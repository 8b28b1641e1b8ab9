/** What lies in a store's folder, without opening it. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface StoredEntry {
  key: string;
  /** Size of what there is of the entry: JSON, binary or both. */
  bytes: number;
  /** When it was used last, in milliseconds since 1970. */
  used: number;
}

const FILE = /^([0-9a-f]{64})\.(?:json|bin)$/;

/** All entries, whole or not: a binary alone is one that is being written, or that its writer did not finish. */
export async function listEntries(directory: string): Promise<StoredEntry[]> {
  const entries = new Map<string, StoredEntry>();
  for (const name of await readdir(directory)) {
    const key = FILE.exec(name)?.[1];
    if (key === undefined) continue;
    // Another process may have removed it meanwhile.
    const file = await stat(join(directory, name)).catch(() => null);
    if (!file) continue;
    const entry = entries.get(key);
    entries.set(key, {
      key,
      bytes: (entry?.bytes ?? 0) + file.size,
      used: Math.max(entry?.used ?? 0, file.mtimeMs),
    });
  }
  return [...entries.values()];
}
