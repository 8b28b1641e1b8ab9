/** Explains the operating system's refusals to write, with a next step. */
import { NeuroMfaError } from '../../protocol/errors';
import { systemCode } from '../systemCode';

type Words = readonly [cause: string, nextStep: string];

const ELSEWHERE = 'Name another file';
const REFUSALS: Readonly<Record<string, Words>> = {
  EACCES: [
    'it may not be written: permission denied',
    'Ask for the right to write it, or name a file elsewhere',
  ],
  EPERM: [
    'it may not be written: permission denied',
    'Ask for the right to write it, or name a file elsewhere',
  ],
  EROFS: ['it lies on a disk that can only be read', 'Name a file on another disk'],
  ENOSPC: ['the disk is full', 'Free some space, or name a file on another disk'],
  EDQUOT: ['your share of the disk is used up', 'Free some space, or name a file on another disk'],
  EFBIG: ['it would be larger than the system allows', 'Name a file on another disk'],
  ENOENT: ['the folder that it shall be in does not exist', 'Name a file in a folder that exists'],
  ENOTDIR: ['a part of its path is a file, not a folder', 'Name a file in a folder that exists'],
  ENAMETOOLONG: ['its name is longer than the system takes', 'Name a file with a shorter name'],
  EISDIR: ['it is a folder', 'Name a file in a folder that exists'],
  ELOOP: ['its links lead round in a circle', ELSEWHERE],
  ENXIO: ['nothing is there that takes what is written', ELSEWHERE],
  EPIPE: [
    'whoever read it has gone before all was written',
    'Let the reader stay to the end, or name a file',
  ],
  EBADF: ['it is not open for writing', ELSEWHERE],
  EBUSY: ['another program is using it', 'End the other program, or name another file'],
  ETXTBSY: ['another program is using it', 'End the other program, or name another file'],
  EMFILE: ['too many files are open', 'End other programs, or raise the limit on open files, and try again'],
  ENFILE: ['too many files are open', 'End other programs, or raise the limit on open files, and try again'],
  EIO: ['the disk reports a fault', 'Check the disk, or name a file on another one'],
};

/**
 * Converts an error of writing to `subject` to a NeuroMfaError, `unwritable` where the system refused. A NeuroMfaError stays
 * as it is.
 */
export function writeError(error: unknown, subject: string): NeuroMfaError {
  if (error instanceof NeuroMfaError) return error;
  const code = systemCode(error) ?? '';
  const [cause, nextStep] = REFUSALS[code] ?? [
    `it cannot be written (${code || String(error)})`,
    'Check the path and the disk',
  ];
  return new NeuroMfaError('unwritable', subject, cause, nextStep, { cause: error });
}
