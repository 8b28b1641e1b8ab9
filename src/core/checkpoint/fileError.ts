/** The operating system's refusals in words that users can act on. */
import { lstatSync } from 'node:fs';
import { NeuroMfaError } from '../../protocol/errors';

/** Turns whatever a file operation on `path` threw into a NeuroMfaError; one that already is stays as it is. */
export function fileError(error: unknown, path: string): NeuroMfaError {
  if (error instanceof NeuroMfaError) return error;
  const options = { cause: error };
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return isLink(path)
        ? new NeuroMfaError(
            'missing',
            path,
            'this link points to a file that is not there',
            'Download the checkpoint again',
            options,
          )
        : new NeuroMfaError('missing', path, 'there is no such file or folder', 'Check the path', options);
    case 'EACCES':
    case 'EPERM':
      return new NeuroMfaError(
        'unreadable',
        path,
        'permission denied',
        'Ask for the right to read it',
        options,
      );
    default:
      return new NeuroMfaError(
        'unreadable',
        path,
        `the system cannot read it (${code})`,
        'Check the path and the disk',
        options,
      );
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
