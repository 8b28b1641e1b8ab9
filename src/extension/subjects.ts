/** From whatever people select to the checkpoints they mean: each once, each with a name of its own. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { checkpointName } from '../core/checkpoint/name';
import { resolveCheckpoint } from '../core/checkpoint/open';
import { MAX_INDEX_BYTES } from '../core/checkpoint/sharded';
import { readSmallFileAsync } from '../core/checkpoint/smallFile';

/** One checkpoint of a panel. */
export interface Subject {
  /** Absolute path of the file or index that stands for it; a folder only where it holds none or several. */
  path: string;
  /** Short, and unique among the subjects of one panel. */
  name: string;
}

const INDEX_SUFFIX = '.safetensors.index.json';
const INDEX_WORDS = { what: 'the index', nextStep: '' };
const FILE_SUFFIX = '.safetensors';

/** The checkpoints that `paths` mean. A shard, its index and the folder of both are the same checkpoint. */
export async function resolveSubjects(paths: readonly string[]): Promise<Subject[]> {
  const resolved = await Promise.all(paths.map(resolvePath));
  return nameSubjects([...new Set(resolved)]);
}

/** Gives each path the name people call it by, or a longer one where two would be called the same. */
export function nameSubjects(paths: readonly string[]): Subject[] {
  return paths.map((path) => {
    const name = checkpointName(path);
    const namesakes = paths.filter((other) => checkpointName(other) === name);
    return { path, name: namesakes.length === 1 ? name : relative(commonFolder(namesakes), path) };
  });
}

/** Whether a folder with these checkpoints means one of them: its only index, or without one its only file. */
export function standForOne(checkpoints: readonly string[]): boolean {
  const indexes = checkpoints.filter((file) => file.endsWith(INDEX_SUFFIX));
  return (indexes.length > 0 ? indexes : checkpoints).length === 1;
}

async function resolvePath(path: string): Promise<string> {
  const absolute = resolve(path);
  if (absolute.endsWith(FILE_SUFFIX)) return (await indexOfShard(absolute)) ?? absolute;
  try {
    return resolveCheckpoint(absolute);
  } catch {
    // Not to be resolved: the analysis will say why.
    return absolute;
  }
}

/** The index beside `path` that names it as a shard. */
async function indexOfShard(path: string): Promise<string | undefined> {
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => each.endsWith(INDEX_SUFFIX)).sort()) {
    if (await mentions(join(folder, name), JSON.stringify(basename(path)))) return join(folder, name);
  }
  return undefined;
}

/** Whether the text of an index holds `words`; no more is asked of it here, the reader checks the rest. */
async function mentions(index: string, words: string): Promise<boolean> {
  try {
    return Buffer.from(await readSmallFileAsync(index, MAX_INDEX_BYTES, INDEX_WORDS)).includes(words);
  } catch {
    return false;
  }
}

function commonFolder(paths: readonly string[]): string {
  let folder = dirname(paths[0]!);
  while (paths.some((path) => relative(folder, path).startsWith('..')) && dirname(folder) !== folder) {
    folder = dirname(folder);
  }
  return folder;
}
