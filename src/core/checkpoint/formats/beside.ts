/** Resolves names of data files that a model refers to, in its folder or below it. */
import { NeuroMfaError } from '../../../protocol/errors';
import { shortened } from '../../../protocol/visible';
import { anyFiles } from '../../storage/anywhere';
import { basename, dirname, join } from '../../storage/paths';
import type { ByteSource } from '../../storage/storage';

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

/**
 * Opens a file that a model names. @param what it holds of the model.
 * @throws NeuroMfaError, for a missing one with the model's name: who has chosen the model may not know that it needs another file.
 */
export function openBeside(path: string, model: string, what: string): ByteSource {
  try {
    return anyFiles.open(path);
  } catch (error) {
    if (!(error instanceof NeuroMfaError) || error.data.code !== 'missing') throw error;
    throw new NeuroMfaError(
      'missing',
      path,
      `this file, which holds ${what} of ${shortened(basename(model))}, is missing`,
      'Copy it too: it is a part of the model',
      { cause: error },
    );
  }
}
