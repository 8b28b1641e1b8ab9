/**
 * Files that the kernel generates while they are read, such as those below `/proc`: their size is unknown beforehand.
 */
import { closeSync, openSync, readSync } from 'node:fs';

const MAX_BYTES = 2 ** 16;

/** The text of such a file; null where it cannot be read. */
export function readSystemFile(path: string): string | null {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const bytes = Buffer.alloc(MAX_BYTES);
    return bytes.toString('utf8', 0, readSync(file, bytes));
  } catch {
    return null;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
