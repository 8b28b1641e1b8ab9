/** What the state of a file is told by; `stamp.ts` says what for. */
import type { BigIntStats } from 'node:fs';
import { NeuroMfaError } from '../../protocol/errors';

export interface StampedFile {
  /** Absolute path. */
  path: string;
  /** Null where there was no file. */
  stamp: string | null;
}

/** Inode, size in bytes, and the times of the last change of content and of anything, in nanoseconds. */
export function stampOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [ino, size, mtimeNs, ctimeNs].join(' ');
}

/** Why numbers that were read from a file cannot be used. */
export function changedWhileRead(path: string): NeuroMfaError {
  return new NeuroMfaError(
    'damaged',
    path,
    'the file changed while it was read, so the numbers would be those of no file',
    'Wait until it is written, and analyze it again',
  );
}
