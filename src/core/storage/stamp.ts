/**
 * The state of a file, told without reading it: whoever replaces or rewrites a file changes its stamp. Checkpoints are
 * opened again by every job, and "save latest" replaces them at any time; with stamps, nobody takes the numbers of two
 * files for those of one.
 */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { isRemote } from '../../protocol/subject';
import { anyFiles } from './anywhere';
import { fileError } from './fileError';
import { changedWhileRead, stampOf, type StampedFile } from './stampOf';

export { changedWhileRead, type StampedFile };

/** The file at `path`, links followed. @throws NeuroMfaError where the system refuses to tell. */
export function stampAt(path: string): StampedFile {
  try {
    if (isRemote(path)) return { path, stamp: anyFiles.stat(path)?.stamp ?? null };
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return { path, stamp: stats ? stampOf(stats) : null };
  } catch (error) {
    throw fileError(error, path);
  }
}

/**
 * Names the state of some files, wherever they lie: SHA-256 of their stamps in order, in hexadecimal. Equal names mean equal
 * bytes; a copy has another name than its original.
 */
export function nameState(files: readonly StampedFile[]): string {
  return createHash('sha256')
    .update(JSON.stringify(files.map(({ stamp }) => stamp)))
    .digest('hex');
}

/**
 * Looks whether all files are still what they were. It waits until a change from now on would show: clocks of file systems
 * advance in steps, so a file that was written a moment ago could be written again under the same stamp.
 * @throws NeuroMfaError naming the first file that is another.
 */
export function checkUnchanged(files: readonly StampedFile[]): void {
  const newest = files.reduce((latest, { stamp }) => maximum(latest, changeOf(stamp)), 0n);
  // A system whose times are whole seconds steps by up to two of them; others step by 10 ms at most.
  const step = newest % 1_000_000_000n === 0n ? 2_000 : 20;
  const wait = Number(newest / 1_000_000n) + step - Date.now();
  // A clock that is ahead of ours tells nothing about how long to wait.
  if (wait > 0 && wait <= step) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, wait);
  for (const { path, stamp } of files) {
    if (stampAt(path).stamp !== stamp) throw changedWhileRead(path);
  }
}

/** When anything about the file changed last, in nanoseconds since 1970. */
function changeOf(stamp: string | null): bigint {
  return BigInt(stamp?.split(' ').at(-1) ?? 0);
}

function maximum(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
