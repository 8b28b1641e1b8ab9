/**
 * Descriptors of this thread's open files. A checkpoint may have more shards than the system lets a process open, so
 * only the most recently used ones stay open; the others are opened again when they are read.
 */
import { closeSync } from 'node:fs';
import { systemCode } from '../systemCode';

/** Few, because all threads of a process share the system's limit. */
export const MAX_OPEN = 16;

/** System errors for a lack of descriptors; other threads may return some. */
const NONE_LEFT = new Set(['EMFILE', 'ENFILE']);
const WAIT_MS = 10;
const MAX_WAITS = 100;

/** The least recently used comes first. */
const open = new Map<object, number>();

/**
 * The descriptor of `owner`, opened where it is not open.
 * @throws what `openFile` throws; the system's error for a lack of descriptors only when there is none left to
 *   return.
 */
export function descriptorOf(owner: object, openFile: () => number): number {
  const known = open.get(owner);
  open.delete(owner);
  while (open.size >= MAX_OPEN) closeOldest();
  const descriptor = known ?? patiently(openFile);
  open.set(owner, descriptor);
  return descriptor;
}

/** Closes the descriptor of `owner`, where it has one. */
export function returnDescriptor(owner: object): void {
  const descriptor = open.get(owner);
  if (descriptor === undefined) return;
  open.delete(owner);
  closeSync(descriptor);
}

function patiently(openFile: () => number): number {
  for (let waits = 0; ;) {
    try {
      return openFile();
    } catch (error) {
      if (!NONE_LEFT.has(systemCode(error) ?? '') || (open.size === 0 && ++waits > MAX_WAITS)) throw error;
      if (open.size > 0) closeOldest();
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS);
    }
  }
}

function closeOldest(): void {
  const [oldest] = open.keys();
  if (oldest) returnDescriptor(oldest);
}
