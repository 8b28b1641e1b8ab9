/**
 * Identifies the state of a file without reading it: replacing or rewriting a file changes its stamp. Every job opens
 * checkpoints again, and trainers that "save latest" replace them at any time; stamps prevent results that mix two
 * files.
 */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { isRemote } from '../../protocol/subject';
import { anyFiles } from './anywhere';
import { fileError } from './fileError';
import { noting } from './seen';
import { changedWhileRead, changeOf, stampOf, type StampedFile } from './stampOf';

export { changedWhileRead, type StampedFile };

/** The state of the file at `path`, links followed. @throws NeuroMfaError where the system refuses to say. */
export function stampAt(path: string): StampedFile {
  try {
    if (isRemote(path)) return { path, stamp: anyFiles.stat(path)?.stamp ?? null };
    return noting(
      () => {
        const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
        return { path, stamp: stats ? stampOf(stats) : null };
      },
      (recording, { stamp }) => {
        recording.met(path, stamp);
      },
    );
  } catch (error) {
    throw fileError(error, path);
  }
}

/**
 * Identifies the state of some files, wherever they are: SHA-256 of their stamps in order, in hexadecimal. Equal names
 * mean equal bytes; a copy has a different name than its original.
 */
export function nameState(files: readonly StampedFile[]): string {
  return createHash('sha256')
    .update(JSON.stringify(files.map(({ stamp }) => stamp)))
    .digest('hex');
}

/**
 * Checks that all files are still in the state they were in. Waits until a change from now on would be visible: clocks
 * of file systems advance in steps, so a file written a moment ago could be written again with the same stamp.
 * @throws NeuroMfaError naming the first file that has changed.
 */
export function checkUnchanged(files: readonly StampedFile[]): void {
  const newest = files.reduce((latest, { stamp }) => maximum(latest, changeOf(stamp)), 0n);
  // A system whose times are whole seconds advances by up to two; others advance by at most 10 ms.
  const step = newest % 1_000_000_000n === 0n ? 2_000 : 20;
  const wait = Number(newest / 1_000_000n) + step - Date.now();
  // If its clock is ahead of ours, how long to wait is unknown.
  if (wait > 0 && wait <= step) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, wait);
  for (const { path, stamp } of files) {
    if (stampAt(path).stamp !== stamp) throw changedWhileRead(path);
  }
}

function maximum(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
