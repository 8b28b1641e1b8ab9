/** Resolves names of data files that a model refers to, in its folder or below it. */
import { dirname, join } from '../../storage/paths';

/** Longest path in a message, and in most file systems. */
const MAX_LENGTH = 1024;

/**
 * The file that a model at `path` refers to; null for a file outside its folder, and for a name longer than file names
 * can be.
 */
export function fileBeside(path: string, location: string): string | null {
  const parts = location.split(/[/\\]/);
  const isBelow = parts[0] !== '' && !parts[0]!.includes(':') && !parts.includes('..');
  if (!isBelow || location.includes('\0') || location.length > MAX_LENGTH) return null;
  return join(dirname(path), ...parts);
}
