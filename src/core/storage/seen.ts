/**
 * Notes what of the file system an answer depends on, so that it can be decided later, without reading files, whether the answer
 * would still be the same. For what runs synchronously.
 */
import { createHash } from 'node:crypto';
import { changeOf } from './stampOf';
import type { Entry } from './storage';

/** What was looked at on this machine: paths, with what was found there. */
export interface Seen {
  /** Files whose content was read, with their stamps from before that. */
  read: [path: string, stamp: string][];
  /** What was only looked at, with its stamp; null where nothing was. */
  met: [path: string, stamp: string | null][];
  /** Folders that were listed, with the digest of their entries. */
  listed: [path: string, digest: string][];
}

/**
 * Clocks of file systems advance in steps of up to two seconds, so what was changed so shortly before could be changed again
 * under the same stamp.
 */
const FRESH_MS = 2000;
/** Looking at more would take as long as reading the headers. */
const MAX_SEEN = 256;

class Recording {
  readonly #begin = Date.now();
  readonly #read = new Map<string, string>();
  readonly #met = new Map<string, string | null>();
  readonly #listed = new Map<string, string>();
  #isWhole = true;

  read(path: string, stamp: string | null): void {
    if (stamp === null) this.spoil();
    else this.#note(this.#read, path, stamp);
  }

  met(path: string, stamp: string | null): void {
    this.#note(this.#met, path, stamp);
  }

  listed(path: string, entries: readonly Entry[]): void {
    this.#note(this.#listed, path, digestOfEntries(entries));
  }

  /** The answer depends on something that is not noted, such as an error that was passed over. */
  spoil(): void {
    this.#isWhole = false;
  }

  /** Null where it would not be enough to look at the same again. */
  get seen(): Seen | null {
    // What was read has been looked at.
    const met = [...this.#met].filter(([path, stamp]) => this.#read.get(path) !== stamp);
    const stamps = [...this.#read.values(), ...met.map(([, stamp]) => stamp)];
    const oldest = BigInt(this.#begin - FRESH_MS) * 1_000_000n;
    if (!this.#isWhole || stamps.length + this.#listed.size > MAX_SEEN) return null;
    if (stamps.some((stamp) => changeOf(stamp) > oldest)) return null;
    return { read: [...this.#read], met, listed: [...this.#listed] };
  }

  #note<T extends string | null>(where: Map<string, T>, path: string, what: T): void {
    if (where.has(path) && where.get(path) !== what) this.spoil();
    where.set(path, what);
  }
}

let recording: Recording | null = null;

/** Runs `use`, and returns what it looked at beside its value; null where looking at that again would not be enough. */
export function withSeen<T>(use: () => T): { value: T; seen: Seen | null } {
  const own = (recording = new Recording());
  try {
    const value = use();
    return { value, seen: own.seen };
  } finally {
    recording = null;
  }
}

/** Runs what looks at one path; a failure spoils what is noted, because its reason may vanish. */
export function noting<T>(use: () => T, note: (recording: Recording, value: T) => void): T {
  if (!recording) return use();
  try {
    const value = use();
    note(recording, value);
    return value;
  } catch (error) {
    recording.spoil();
    throw error;
  }
}

/** The same for the same names and kinds of entries, in whatever order. */
export function digestOfEntries(entries: readonly Entry[]): string {
  const lines = entries.map(({ name, kind }) => `${kind ?? 'link'}/${name}`).sort();
  return createHash('sha256').update(lines.join('\0')).digest('hex');
}
