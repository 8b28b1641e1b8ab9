/**
 * Finds what lies beside the checkpoint that a folder stands for and may be meant instead, so that nobody mistakes one
 * for the other.
 */
import { basename, join, resolve } from '../storage/paths';
import { NeuroMfaError } from '../../protocol/errors';
import { isRemote } from '../../protocol/subject';
import { anyFiles } from '../storage/anywhere';
import { checkpointsAmong, type NamedCheckpoint } from './checkpointFiles';
import { partsOf } from './fileNames';
import { fileNames, indexOfShard, mentions } from './resolve';

/**
 * What the folder's own checkpoint could be mistaken for: other editions of the same weights, or an index with shards
 * of the same name. For a shard: the index that is opened in its place. Null for any other file, and where there is
 * nothing of the kind.
 */
export function besideOwn(path: string): NeuroMfaError | null {
  // Readers of remote files say so when they open the checkpoint.
  if (isRemote(path)) return null;
  const folder = resolve(path);
  const held = ownOf(folder);
  if (!held) return indexTaken(folder);
  const { own, entry, checkpoints } = held;
  const editions = checkpoints.filter((each) => each !== own && each.base === own.base);
  if (editions.length === 0) return rivalOf(folder);
  const names = editions.map((each) => each.entry ?? each.files.join(', '));
  const cause = `${entry} is taken; other editions of it are beside it: ${names.join(', ')}`;
  return (
    rivalOf(folder) ?? new NeuroMfaError('unsupported', folder, cause, 'Name one of them to take it instead')
  );
}

/** The note that a shard stands for the whole model. */
function indexTaken(path: string): NeuroMfaError | null {
  const { shard } = partsOf(basename(path));
  if (shard === null || shard.of === 1 || anyFiles.stat(path)?.kind !== 'file') return null;
  const index = indexOfShard(path);
  if (index === undefined) return null;
  const cause = `this is shard ${shard.n} of ${shard.of}: ${basename(index)} beside it is taken, which names all of them`;
  return new NeuroMfaError(
    'unsupported',
    path,
    cause,
    'Name the index, or the folder, to read the same without this note',
  );
}

/**
 * An index or shards beside the whole file that `folder` stands for, which may have been written at another time; null
 * where there are none.
 */
export function rivalOf(folder: string): NeuroMfaError | null {
  const held = ownOf(folder);
  const rival = held?.own.rival;
  if (!rival) return null;
  const { entry } = held;
  // An index of a single file names that file.
  if (rival.entry !== null && mentions(join(folder, rival.entry), JSON.stringify(entry))) return null;
  const other = rival.entry ?? `shards without an index (${rival.files[0]!}, …)`;
  const cause = `${entry} (${written(folder, [entry])}) is taken, as libraries do, but ${other} (${written(folder, rival.files)}) is beside it and may hold other weights`;
  return new NeuroMfaError(
    'unsupported',
    folder,
    cause,
    'Name the file that is meant, or remove the one that is out of date',
  );
}

interface Held {
  own: NamedCheckpoint;
  entry: string;
  checkpoints: readonly NamedCheckpoint[];
}

/** The checkpoint that a folder stands for; null where it stands for none, and where it cannot be listed. */
function ownOf(folder: string): Held | null {
  try {
    if (anyFiles.stat(folder)?.kind !== 'folder') return null;
    const { checkpoints, own } = checkpointsAmong(fileNames(folder), true);
    return own?.entry == null ? null : { own, entry: own.entry, checkpoints };
  } catch {
    // Opening the folder says what is wrong with it.
    return null;
  }
}

/** "written 2026-01-31 12:00 UTC": the time of the last of the files. */
function written(folder: string, names: readonly string[]): string {
  const times = names.map((name) => anyFiles.stat(join(folder, name))?.modified ?? 0);
  const time = new Date(times.reduce((last, each) => Math.max(last, each), 0));
  return `written ${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
