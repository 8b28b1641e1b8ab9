/** Opens files by their locations: on this machine's disks, or elsewhere where a thread has access to remote files. */
import { NeuroMfaError } from '../../protocol/errors';
import { isRemote } from '../../protocol/subject';
import { localFiles } from './localFiles';
import { noting } from './seen';
import type { Storage } from './storage';

let elsewhere: Storage | null = null;

/** Gives this thread access to remote files. */
export function useRemoteFiles(files: Storage): void {
  elsewhere = files;
}

/** @throws NeuroMfaError where this thread has no access to remote files. */
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
  list: (location) =>
    noting(
      () => storageOf(location).list(location),
      (recording, entries) => {
        recording.listed(location, entries);
      },
    ),
  stat: (location) =>
    noting(
      () => storageOf(location).stat(location),
      (recording, state) => {
        recording.met(location, state?.stamp ?? null);
      },
    ),
  open: (location, stamp) =>
    noting(
      () => storageOf(location).open(location, stamp),
      (recording, { id }) => {
        recording.read(location, id.stamp);
      },
    ),
};
