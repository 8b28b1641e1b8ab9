/** What stands where somebody wants something written: it decides how that is done. */
import { fstatSync, type Stats } from 'node:fs';
import { access, constants, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, sep } from 'node:path';
import { NeuroMfaError } from '../../protocol/errors';
import { checkDescriptor, isDescriptor, ownDescriptor } from './descriptor';
import { writeError } from './writeError';

export type Destination =
  /** A regular file, or nothing yet (`stats` is null), its links followed to their end. */
  | { kind: 'file'; path: string; stats: Stats | null }
  /** A pipe with a name, or one that another program has open. */
  | { kind: 'pipe'; path: string; stats: Stats; named: boolean }
  /** Anything else that takes what is written: a device, or a file that another program has open. */
  | { kind: 'device'; path: string; stats: Stats }
  /** What this process has open itself: standard output as `/dev/stdout`, or what a shell has opened for it. */
  | { kind: 'descriptor'; path: string; descriptor: number; stats: Stats };

/** As many links as Linux follows. */
const MOST_LINKS = 40;

/**
 * Finds out what `path` names.
 * @throws NeuroMfaError `unwritable` where it names nothing that could be written, such as a folder.
 */
export async function findDestination(path: string): Promise<Destination> {
  try {
    const end = await endOfLinks(path);
    const descriptor = ownDescriptor(end);
    if (descriptor !== null) return { kind: 'descriptor', path, descriptor, stats: fstatSync(descriptor) };
    const stats = await stat(end).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    });
    if (stats?.isDirectory()) throw refusal('EISDIR');
    // What a folder is called, and there is none.
    if (path.endsWith('/') || path.endsWith(sep)) throw refusal(stats ? 'ENOTDIR' : 'EISDIR');
    if (stats?.isSocket()) throw socket(path);
    const others = isDescriptor(end);
    if (stats?.isFIFO()) return { kind: 'pipe', path: end, stats, named: !others };
    if (stats && (others || !stats.isFile())) return { kind: 'device', path: end, stats };
    return { kind: 'file', path: end, stats };
  } catch (error) {
    throw writeError(error, path);
  }
}

/**
 * Everything that can be known to refuse before anything is written, which may be long after.
 * @throws NeuroMfaError `unwritable`.
 */
export async function checkDestination(path: string): Promise<Destination> {
  const destination = await findDestination(path);
  try {
    if (destination.kind === 'file' && !destination.stats)
      await access(dirname(destination.path), constants.W_OK | constants.X_OK);
    else if (destination.kind === 'descriptor') await checkDescriptor(destination.descriptor);
    else await access(destination.path, constants.W_OK);
  } catch (error) {
    throw writeError(error, path);
  }
  return destination;
}

/** Whether what is written to the one would meet what is written to the other. Devices keep nothing. */
export function isSamePlace(a: Destination, b: Destination): boolean {
  if (a.stats?.isCharacterDevice()) return false;
  if (a.stats && b.stats) return a.stats.dev === b.stats.dev && a.stats.ino === b.stats.ino;
  return !a.stats && !b.stats && a.path === b.path;
}

/**
 * Follows links as the system does, but not those of `/proc/…/fd`, which lead to open files rather than to names. The
 * last one may lead to nothing.
 */
async function endOfLinks(path: string): Promise<string> {
  let at = isAbsolute(path) ? path : `${process.cwd()}${sep}${path}`;
  for (let links = 0; links <= MOST_LINKS; links++) {
    // The system takes `..` after links to folders, where the text alone would take it before.
    const parent = await realpath(dirname(at));
    at = join(parent, basename(at));
    if (isDescriptor(at)) return at;
    const target = await readlink(at).catch(() => null);
    if (target === null) return at;
    at = isAbsolute(target) ? target : `${parent}${sep}${target}`;
  }
  throw refusal('ELOOP');
}

/** What the system would say. */
function refusal(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function socket(path: string): NeuroMfaError {
  return new NeuroMfaError('unwritable', path, 'it is a socket, not a file', 'Name a file');
}
