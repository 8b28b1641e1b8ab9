/** Tells whether the file system is as it was when something was found out from it, see `seen.ts`. */
import { lstat, open, readdir, stat } from 'node:fs/promises';
import { entriesOf } from './localFiles';
import { OPEN_FLAGS } from './openFlags';
import { digestOfEntries, type Seen } from './seen';
import { stampOf } from './stampOf';

/** Whether all is as it was. Does not block the calling thread, and never rejects: what cannot be seen is not the same. */
export async function isStillSeen({ read, met, listed }: Seen): Promise<boolean> {
  try {
    const same = await Promise.all([
      ...read.map(async ([path, stamp]) => (await stampOfOpened(path)) === stamp),
      ...met.map(async ([path, stamp]) => (await stampMet(path)) === stamp),
      ...listed.map(
        async ([path, digest]) =>
          digestOfEntries(entriesOf(await readdir(path, { withFileTypes: true }))) === digest,
      ),
    ]);
    return same.every(Boolean);
  } catch {
    return false;
  }
}

/** Network file systems ask their server about a file when it is opened, and may answer from memory otherwise. */
async function stampOfOpened(path: string): Promise<string> {
  const file = await open(path, OPEN_FLAGS);
  try {
    return stampOf(await file.stat({ bigint: true }));
  } finally {
    await file.close();
  }
}

/** Null for nothing. @throws the system's errors; for a link that leads nowhere, which some readers take for a fault. */
async function stampMet(path: string): Promise<string | null> {
  try {
    return stampOf(await stat(path, { bigint: true }));
  } catch (error) {
    if (!isAbsent(error) || !isAbsent(await lstat(path).catch((reason: unknown) => reason))) throw error;
    return null;
  }
}

const isAbsent = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
