/** Files that a model names: data of its own, in its folder or below it. */
import { dirname, join } from '../../storage/paths';

/** Of a path in a message and in most file systems. */
const MAX_LENGTH = 1024;

/** The file that a model at `path` means; null for a place elsewhere, and for a name that is longer than files have. */
export function fileBeside(path: string, location: string): string | null {
  const parts = location.split(/[/\\]/);
  const isBelow = parts[0] !== '' && !parts[0]!.includes(':') && !parts.includes('..');
  if (!isBelow || location.includes('\0') || location.length > MAX_LENGTH) return null;
  return join(dirname(path), ...parts);
}
