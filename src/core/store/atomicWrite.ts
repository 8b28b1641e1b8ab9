/** Files that are either whole or absent, whenever the process ends. */
import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const TEMPORARY = '.tmp';

/** No write takes this long: an older temporary file was left by a process that died. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;

/**
 * Writes a file under a name of its own, flushes it to the disk and renames it into place. Several writers of one
 * path do not disturb each other: the last rename wins.
 */
export async function atomicWrite(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}${TEMPORARY}`;
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Removes what writers that died have left in `directory`. */
export async function sweepAbandoned(directory: string, now = Date.now()): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.endsWith(TEMPORARY)) continue;
    const path = join(directory, name);
    // Another process may sweep at the same time; a file that is already gone needs no more.
    const modified = await stat(path).then(
      (stats) => stats.mtimeMs,
      () => now,
    );
    if (now - modified > ABANDONED_AFTER_MS) await rm(path, { force: true });
  }
}
