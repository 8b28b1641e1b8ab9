/**
 * Cache on the disk of bytes that were read over a network. Each entry begins with the SHA-256 of its name and content; an entry
 * that does not match counts as absent. Nothing depends on the cache, so faults of the disk are ignored.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSmallFileIfAny } from '../storage/smallFile';
import { userCache } from './place';

/** Limit for all entries together. */
export const MAX_KEPT_BYTES = 2 ** 31;
/** Larger entries are not cached. */
export const MAX_ENTRY_BYTES = 2 ** 27;
/** Entries that were used within this time are not evicted: the current run may need them. If there is no room, new entries are not cached. */
const PINNED_MS = 3_600_000;
/** After this many written bytes the folder is measured again: other processes also write to it. */
const MEASURED_EVERY_BYTES = 2 ** 26;
/** Share of the limit that eviction leaves. */
const FREED_SHARE = 0.9;
const HASH_BYTES = 32;
const NAME = /^[0-9a-f]{64}$/;

/** The folder of the entries in a user's cache. @throws the system's error if the user has no home folder. */
export const cacheFolder = (cache = userCache()): string => join(cache, 'network');

export class CachedFiles {
  /** Size of all entries; null until it has been measured. */
  #bytes: number | null = null;
  #written = 0;

  /** @param directory need not exist. */
  constructor(
    private readonly directory: string,
    private readonly most = MAX_KEPT_BYTES,
    private readonly now: () => number = Date.now,
  ) {}

  /** Whether there is an entry; it may still be damaged. */
  has(name: string): boolean {
    return statSync(this.#pathOf(name), { throwIfNoEntry: false })?.isFile() ?? false;
  }

  /** The content of an entry; null if there is none. */
  get(name: string): Buffer | null {
    const path = this.#pathOf(name);
    try {
      const found = readSmallFileIfAny(path, MAX_ENTRY_BYTES + HASH_BYTES, {
        what: 'what was kept',
        nextStep: 'Remove it',
      });
      if (!found) return null;
      const bytes = Buffer.from(found.buffer, found.byteOffset, found.byteLength);
      const content = bytes.subarray(HASH_BYTES);
      if (!bytes.subarray(0, HASH_BYTES).equals(hashOf(name, content))) throw new Error('damaged');
      const used = this.now() / 1000;
      utimesSync(path, used, used);
      return content;
    } catch {
      this.drop(name);
      return null;
    }
  }

  /** Caches an entry if there is room for it. */
  put(name: string, content: Uint8Array): void {
    const size = content.length + HASH_BYTES;
    if (content.length > MAX_ENTRY_BYTES) return;
    const path = this.#pathOf(name);
    const temporary = join(this.directory, `${process.pid}-${randomBytes(6).toString('hex')}.tmp`);
    try {
      mkdirSync(this.directory, { recursive: true, mode: 0o700 });
      if (!this.#evict(size)) return;
      writeFileSync(temporary, Buffer.concat([hashOf(name, content), content]), { flag: 'wx', mode: 0o600 });
      renameSync(temporary, path);
      const used = this.now() / 1000;
      utimesSync(path, used, used);
      this.#bytes = (this.#bytes ?? 0) + size;
      this.#written += size;
    } catch {
      remove(temporary);
    }
  }

  drop(name: string): void {
    remove(this.#pathOf(name));
  }

  /** Evicts the entries that were used longest ago. @returns whether there is room. */
  #evict(size: number): boolean {
    if (this.#bytes !== null && this.#written < MEASURED_EVERY_BYTES && this.#bytes + size <= this.most)
      return true;
    const entries = this.#entries();
    this.#written = 0;
    this.#bytes = entries.reduce((sum, { bytes }) => sum + bytes, 0);
    if (this.#bytes + size <= this.most) return true;
    const oldest = this.now() - PINNED_MS;
    for (const { path, bytes, used } of entries.sort((a, b) => a.used - b.used)) {
      if (used >= oldest || this.#bytes + size <= FREED_SHARE * this.most) break;
      remove(path);
      this.#bytes -= bytes;
    }
    return this.#bytes + size <= this.most;
  }

  /** Includes the temporary files of writers that were killed. */
  #entries(): { path: string; bytes: number; used: number }[] {
    return readdirSync(this.directory).flatMap((name) => {
      if (!NAME.test(name) && !name.endsWith('.tmp')) return [];
      const path = join(this.directory, name);
      const stats = statSync(path, { throwIfNoEntry: false });
      return stats?.isFile() ? [{ path, bytes: stats.size, used: stats.mtimeMs }] : [];
    });
  }

  #pathOf(name: string): string {
    return join(this.directory, createHash('sha256').update(name).digest('hex'));
  }
}

/** Ignores failures: the next eviction tries again. */
function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The next eviction tries again.
  }
}

function hashOf(name: string, content: Uint8Array): Buffer {
  return createHash('sha256').update(JSON.stringify(name)).update(content).digest();
}
