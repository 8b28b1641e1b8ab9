/** Finds the kind of a destination, which decides how it is written. */
import { constants, fstatSync, type Stats } from 'node:fs';
import { access, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, sep } from 'node:path';
import { NeuroMfaError } from '../../protocol/errors';
import { checkDescriptor, isDescriptor, ownDescriptor } from './descriptor';
import { writeError } from './writeError';

export type Destination =
  /** A regular file, or none yet (`stats` is null), with links followed. */
  | { kind: 'file'; path: string; stats: Stats | null }
  /** A named pipe, or a pipe that another program has open. */
  | { kind: 'pipe'; path: string; stats: Stats; named: boolean }
  /** Any other writable destination: a device, or a file that another program has open. */
  | { kind: 'device'; path: string; stats: Stats }
  /** A descriptor of this process: standard output as `/dev/stdout`, or one that a shell has opened. */
  | { kind: 'descriptor'; path: string; descriptor: number; stats: Stats };

/** Linux follows this many links. */
const MAX_LINKS = 40;

/**
 * Finds the kind of destination that `path` names.
 * @throws NeuroMfaError `unwritable` where it cannot be written, such as a folder.
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
    // The path ends like a folder, and there is none.
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
 * Refuses what can be known to fail before the work begins, because writing may come hours later.
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

/** Whether two destinations are the same file. Devices do not count, because they store nothing. */
export function isSamePlace(a: Destination, b: Destination): boolean {
  if (a.stats?.isCharacterDevice()) return false;
  if (a.stats && b.stats) return a.stats.dev === b.stats.dev && a.stats.ino === b.stats.ino;
  return !a.stats && !b.stats && a.path === b.path;
}

/**
 * Follows links as the system does, except those of `/proc/…/fd`, which lead to open files rather than to names. The last
 * target need not exist.
 */
async function endOfLinks(path: string): Promise<string> {
  let at = isAbsolute(path) ? path : `${process.cwd()}${sep}${path}`;
  for (let links = 0; links <= MAX_LINKS; links++) {
    // The system resolves `..` after links to folders.
    const parent = await realpath(dirname(at));
    at = join(parent, basename(at));
    if (isDescriptor(at)) return at;
    const target = await readlink(at).catch(() => null);
    if (target === null) return at;
    at = isAbsolute(target) ? target : `${parent}${sep}${target}`;
  }
  throw refusal('ELOOP');
}

/** The error that the system would give. */
function refusal(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function socket(path: string): NeuroMfaError {
  return new NeuroMfaError('unwritable', path, 'it is a socket, not a file', 'Name a file');
}
