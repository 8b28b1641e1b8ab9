/** The operating system's refusals in words that users can act on. */
import { lstatSync } from 'node:fs';
import { NeuroMfaError, type ErrorCode } from '../../protocol/errors';

/** Turns whatever a file operation on `path` threw into a NeuroMfaError; one that already is stays as it is. */
export function fileError(error: unknown, path: string): NeuroMfaError {
  if (error instanceof NeuroMfaError) return error;
  const fault = (kind: ErrorCode, cause: string, nextStep: string) =>
    new NeuroMfaError(kind, path, cause, nextStep, { cause: error });
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return code === 'ENOENT' && isLink(path)
        ? fault('missing', 'this link points to a file that is not there', 'Download the checkpoint again')
        : fault('missing', 'there is no such file or folder', 'Check the path');
    case 'EACCES':
    case 'EPERM':
      return fault('unreadable', 'permission denied', 'Ask for the right to read it');
    default:
      return fault('unreadable', `the system cannot read it (${code})`, 'Check the path and the disk');
  }
}

/** Asked only where following the path found nothing. */
function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
