/** The checkpoints that a selection denotes, without repetitions, each with a name of its own. */
import { dirname, relative, resolve } from 'node:path';
import { checkpointName } from '../core/checkpoint/name';
import { resolveCheckpoint } from '../core/checkpoint/resolve';
import { isRemote } from '../protocol/subject';

/** One checkpoint of a panel. */
export interface PanelCheckpoint {
  /** Absolute path of the file or index that represents it; a folder only where it contains none or several. */
  path: string;
  /** Short, and unique among the checkpoints of one panel. */
  name: string;
}

/** The checkpoints that `paths` denote. A shard, its index and the folder of both are the same checkpoint. */
export function resolveCheckpoints(paths: readonly string[]): PanelCheckpoint[] {
  return nameCheckpoints([...new Set(paths.map(resolvePath))]);
}

/** Gives each path its usual name, or a longer one where two names would be equal. */
export function nameCheckpoints(paths: readonly string[]): PanelCheckpoint[] {
  return paths.map((path) => {
    const name = checkpointName(path);
    const namesakes = paths.filter((other) => checkpointName(other) === name);
    if (isRemote(path)) return { path, name: namesakes.length === 1 ? name : path };
    const local = namesakes.filter((other) => !isRemote(other));
    return { path, name: local.length === 1 ? name : relative(commonFolder(local), path) };
  });
}

function resolvePath(path: string): string {
  if (isRemote(path)) return path;
  try {
    return resolveCheckpoint(path);
  } catch {
    // The analysis says why.
    return resolve(path);
  }
}

function commonFolder(paths: readonly string[]): string {
  let folder = dirname(paths[0]!);
  while (paths.some((path) => relative(folder, path).startsWith('..')) && dirname(folder) !== folder) {
    folder = dirname(folder);
  }
  return folder;
}
