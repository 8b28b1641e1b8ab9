/**
 * Moves the results of one store into another: those of the folders that the editor had before it shared one with the
 * command line. Nothing is lost: what cannot be moved stays where it is, and a process that ends meanwhile leaves each result
 * in one of the two stores.
 */
import { lstat, readdir, rename, rm, rmdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { listStore } from './entries';
import { isAbsent, linkOrCopy, loadEntry } from './entryFiles';
import { jsonName, newTemporaryName } from './names';
import type { ResultStore } from './resultStore';
import { resultKey } from './resultKey';
import { readHead, readRaw } from './storedEntry';

export interface Moved {
  /** Results that are in the other store now. */
  moved: number;
  /** Why each of the others stays. */
  failures: Error[];
}

/** @param from a folder that need not exist, and is removed where nothing is left in it. Never rejects. */
export async function moveResults(from: string, to: ResultStore): Promise<Moved> {
  const done: Moved = { moved: 0, failures: [] };
  try {
    for (const { key, whole } of (await listStore(from)).entries) {
      if (!whole) continue;
      try {
        if (await moveEntry(from, key, to)) done.moved++;
      } catch (error) {
        // Another window may be moving the same.
        if (!isAbsent(error)) done.failures.push(error as Error);
      }
    }
    if ((await readdir(from)).length === 0) await rmdir(from);
  } catch (error) {
    if (!isAbsent(error)) done.failures.push(error as Error);
  }
  return done;
}

/** @returns whether it was moved. Entries that this version cannot read stay. */
async function moveEntry(from: string, key: string, to: ResultStore): Promise<boolean> {
  const head = await readHead(from, key);
  const arrays = head.kind === 'current' ? head.beginning?.arrays.name : undefined;
  if (arrays === undefined) return false;
  if (await exists(join(to.directory, jsonName(key)))) {
    if (!(await merge(from, key, to))) return false;
  } else {
    const { atime, mtime } = await lstat(join(from, jsonName(key)));
    // The arrays go first, with the time of now: arrays that no JSON names are removed once they are old.
    await place(from, arrays, to.directory, key, [new Date(), new Date()]);
    await place(from, jsonName(key), to.directory, key, [atime, mtime]);
  }
  await rm(join(from, jsonName(key)), { force: true });
  await rm(join(from, arrays), { force: true });
  return true;
}

/** The same key in both stores: of the same weights, or of others with the same fingerprint. @returns whether both are there now. */
async function merge(from: string, key: string, to: ResultStore): Promise<boolean> {
  const former = await loadEntry(from, key, await readRaw(from, key));
  const present = await to.get(key);
  if (!former || !present) return false;
  const { analysis, source } = former;
  const states = source.states.filter((state) => !present.source.states.includes(state));
  if (states.length === 0 || (source.digest !== null && source.digest === present.source.digest)) {
    for (const state of states) await to.addState(key, state);
    return true;
  }
  const { checkpoint, settings } = analysis.result;
  // Under a key of another version its numbers would pass for those of this one.
  if (resultKey(checkpoint.fingerprint, settings) !== key) return false;
  for (const state of states) {
    const place = resultKey(checkpoint.fingerprint, settings, state);
    await to.put(place, analysis, { state, digest: source.digest });
  }
  return true;
}

/** Puts a file into another folder under the same name, whole or not at all. */
async function place(
  from: string,
  name: string,
  to: string,
  key: string,
  [atime, mtime]: readonly [Date, Date],
): Promise<void> {
  const temporary = join(to, newTemporaryName(key));
  try {
    await linkOrCopy(join(from, name), temporary);
    await utimes(temporary, atime, mtime);
    await rename(temporary, join(to, name));
  } finally {
    // Where the name is there already as a link to the same file, renaming does nothing.
    await rm(temporary, { force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}
