/** Files by their locations: on the disks of this machine, or elsewhere where a thread has been given a way there. */
import { NeuroMfaError } from '../../protocol/errors';
import { isRemote } from '../../protocol/subject';
import { localFiles } from './localFiles';
import type { Storage } from './storage';

let elsewhere: Storage | null = null;

/** Gives this thread a way to what lies elsewhere. */
export function useRemoteFiles(files: Storage): void {
  elsewhere = files;
}

/** @throws NeuroMfaError where this thread has no way there. */
function storageOf(location: string): Storage {
  if (!isRemote(location)) return localFiles;
  if (elsewhere) return elsewhere;
  throw new NeuroMfaError(
    'unsupported',
    location,
    'this lies on another machine, and is read from disks alone here',
    'Download the checkpoint, and name the file or folder',
  );
}

export const anyFiles: Storage = {
  list: (location) => storageOf(location).list(location),
  stat: (location) => storageOf(location).stat(location),
  open: (location, stamp) => storageOf(location).open(location, stamp),
};
