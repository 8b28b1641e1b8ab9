/** Makes stamps from what the system says about a file; `stamp.ts` explains their use. */
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

/** The time of the last change of anything about the file, in nanoseconds since 1970. */
export function changeOf(stamp: string | null): bigint {
  return BigInt(stamp?.split(' ').at(-1) ?? 0);
}

/** The error for numbers from a file that changed while it was read. */
export function changedWhileRead(path: string): NeuroMfaError {
  return new NeuroMfaError(
    'damaged',
    path,
    'the file changed while it was read, so the numbers would be those of no file',
    'Wait until it is written, and analyze it again',
  );
}
