/** Words the operating system's refusals to read so that users can act on them. */
import { lstatSync } from 'node:fs';
import { NeuroMfaError, type ErrorCode } from '../../protocol/errors';
import { systemCode } from '../systemCode';

type Words = readonly [kind: ErrorCode, cause: string, nextStep: string];

const FEWER = 'End other programs, or raise the limit on open files, and try again';
const REFUSALS: Readonly<Record<string, Words>> = {
  ENOENT: ['missing', 'there is no such file or folder', 'Check the path'],
  ENOTDIR: ['missing', 'there is no such file or folder, for a part of its path is a file', 'Check the path'],
  ENAMETOOLONG: ['missing', 'its path is longer than the system takes', 'Check the path'],
  ELOOP: ['unreadable', 'its links lead round in a circle', 'Check the links'],
  EISDIR: ['unreadable', 'it is a folder', 'Name a file'],
  EACCES: ['unreadable', 'permission denied', 'Ask for the right to read it'],
  EPERM: ['unreadable', 'permission denied', 'Ask for the right to read it'],
  EMFILE: ['unreadable', 'too many files are open', FEWER],
  ENFILE: ['unreadable', 'too many files are open', FEWER],
  ENOMEM: ['unreadable', 'the system has no memory left to read it', 'End other programs and try again'],
  ESTALE: ['unreadable', 'the disk that it lay on has been replaced', 'Connect the disk again'],
};

/** Turns any error of reading `path` into a NeuroMfaError; one that already is stays unchanged. */
export function fileError(error: unknown, path: string): NeuroMfaError {
  if (error instanceof NeuroMfaError) return error;
  const code = systemCode(error) ?? 'unknown error';
  const [kind, cause, nextStep]: Words =
    code === 'ENOENT' && isLink(path)
      ? ['missing', 'this link points to a file that is not there', 'Download the checkpoint again']
      : (REFUSALS[code] ?? [
          'unreadable',
          `the system cannot read it (${code})`,
          'Check the path and the disk',
        ]);
  return new NeuroMfaError(kind, path, cause, nextStep, { cause: error });
}

/** Called only where following the path found nothing. */
function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
