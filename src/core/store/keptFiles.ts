/**
 * What was read over a network and may be needed again, kept on the disk of this machine. An entry is whole or counts as absent:
 * it begins with the SHA-256 of its name and content. Nothing depends on it, so that whatever the disk refuses is left undone.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSmallFileIfAny } from '../storage/smallFile';
import { userCache } from './place';

/** All entries together take no more. */
export const MOST_KEPT_BYTES = 2 ** 31;
/** Larger entries are not kept. */
export const MOST_ENTRY_BYTES = 2 ** 27;
/** What a run in hand needs was used not long ago: entries are left for so long, and others are not kept where there is no room. */
const PINNED_MS = 3_600_000;
/** The folder is measured again after so many bytes: other processes write there as well. */
const MEASURED_EVERY_BYTES = 2 ** 26;
/** Of the limit, once space has been freed. */
const FREED_SHARE = 0.9;
const HASH_BYTES = 32;
const NAME = /^[0-9a-f]{64}$/;

/** The folder of such entries in a user's cache. @throws the system's error where the user has no home. */
export const keptFolder = (cache = userCache()): string => join(cache, 'network');

export class KeptFiles {
  /** Null where it is not known. */
  #bytes: number | null = null;
  #written = 0;

  /** @param directory need not exist. */
  constructor(
    private readonly directory: string,
    private readonly most = MOST_KEPT_BYTES,
    private readonly now: () => number = Date.now,
  ) {}

  /** Whether there is an entry, which may be damaged all the same. */
  has(name: string): boolean {
    return statSync(this.#pathOf(name), { throwIfNoEntry: false })?.isFile() ?? false;
  }

  /** The content of an entry; null for none. */
  get(name: string): Buffer | null {
    const path = this.#pathOf(name);
    try {
      const found = readSmallFileIfAny(path, MOST_ENTRY_BYTES + HASH_BYTES, {
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

  /** Keeps an entry where there is room for it. */
  put(name: string, content: Uint8Array): void {
    const size = content.length + HASH_BYTES;
    if (content.length > MOST_ENTRY_BYTES) return;
    const path = this.#pathOf(name);
    const temporary = join(this.directory, `${process.pid}-${randomBytes(6).toString('hex')}.tmp`);
    try {
      mkdirSync(this.directory, { recursive: true, mode: 0o700 });
      if (!this.#makeRoom(size)) return;
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

  /** Frees what was used longest ago. @returns whether there is room. */
  #makeRoom(size: number): boolean {
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

  /** Also what writers have left that were ended. */
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

/** What cannot be removed stays: it is looked at again the next time. */
function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // As said.
  }
}

function hashOf(name: string, content: Uint8Array): Buffer {
  return createHash('sha256').update(JSON.stringify(name)).update(content).digest();
}
