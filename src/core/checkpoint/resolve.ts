/** From a path that somebody names to the file that its checkpoint is opened by. */
import { basename, dirname, join, resolve } from 'node:path';
import { NeuroMfaError } from '../../protocol/errors';
import { checkpointsAmong, indexesBeside, type NamedCheckpoint } from './checkpointFiles';
import { holdsNoModel, partsOf } from './fileNames';
import { fileError } from '../storage/fileError';
import { isForeignName } from './formats/foreign';
import { CHOOSABLE, isCheckpointName } from './formats/names';
import { MAX_INDEX_BYTES } from './formats/sharded';
import { localFiles } from '../storage/localFiles';
import { readSmallFile } from '../storage/smallFile';

/** Sentences list at most this many files. */
const LISTED_FILES = 8;
const INDEX_WORDS = { what: 'the index', nextStep: '' };

/**
 * The absolute path of the file that the checkpoint at `path` is opened by: the folder's own checkpoint, the index that
 * names the shard, or the file itself.
 * @throws NeuroMfaError `missing` or `unreadable`; `unsupported` for a folder with several checkpoints, and for a part of
 *   a checkpoint.
 */
export function resolveCheckpoint(path: string): string {
  const absolute = resolve(path);
  try {
    if (localFiles.stat(absolute)?.kind === 'folder') return join(absolute, entryOf(absolute));
    const index = indexOfShard(absolute);
    if (index === undefined) refusePart(absolute);
    return index ?? absolute;
  } catch (error) {
    throw fileError(error, absolute);
  }
}

/** The name of the file that the checkpoint of `folder` is opened by. */
function entryOf(folder: string): string {
  const names = fileNames(folder);
  const { checkpoints, own } = checkpointsAmong(names, true);
  if (own && own.entry !== null) return own.entry;
  if (checkpoints.length > 0) throw several(folder, checkpoints);
  // Reading it says what it is.
  const foreign = names.find(isForeignName);
  if (foreign !== undefined) return foreign;
  const states = names.filter((name) => isCheckpointName(name) && holdsNoModel(partsOf(name).stem));
  throw new NeuroMfaError(
    'missing',
    folder,
    states.length === 0
      ? 'no checkpoint is in this folder'
      : `no checkpoint is in this folder, only states of training: ${listed(states)}`,
    nextFolder(folder),
  );
}

/** @throws NeuroMfaError for a file whose name, or those beside it, say that it is a part of a checkpoint. */
function refusePart(path: string): void {
  const name = basename(path);
  const { shard, ranks } = partsOf(name);
  if (ranks.length === 0 && (shard?.of ?? 1) === 1) return;
  const { checkpoints } = checkpointsAmong(fileNames(dirname(path)), true);
  const whole = checkpoints.find(({ files }) => files.includes(name));
  if (whole?.entry !== null) return;
  throw shard && whole.index !== null
    ? new NeuroMfaError(
        'missing',
        path,
        `this is shard ${shard.n} of ${shard.of}, and the index that joins them is not beside it`,
        `Download ${whole.index} and all shards into the folder`,
      )
    : ranksOf(path, whole);
}

/** The index beside the file at `path` that names it as a shard. */
function indexOfShard(path: string): string | undefined {
  const [folder, name] = [dirname(path), basename(path)];
  const beside = (): string[] =>
    localFiles
      .list(folder)
      .map((entry) => entry.name)
      .sort();
  return indexesBeside(name, beside)
    .map((index) => join(folder, index))
    .find((index) => mentions(index, JSON.stringify(name)));
}

/** Whether the text of an index holds `words`: no more is asked of it here, the reader checks the rest. */
export function mentions(index: string, words: string): boolean {
  try {
    return Buffer.from(readSmallFile(index, MAX_INDEX_BYTES, INDEX_WORDS)).includes(words);
  } catch {
    return false;
  }
}

/** Visible files and links of `folder`, sorted. Names with a leading dot are other programs' notes. */
export function fileNames(folder: string): string[] {
  return localFiles
    .list(folder)
    .filter(({ kind, name }) => kind !== 'folder' && !name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();
}

function several(folder: string, checkpoints: readonly NamedCheckpoint[]): NeuroMfaError {
  const first = checkpoints[0]!;
  if (checkpoints.length === 1 && first.index === null) return ranksOf(folder, first);
  const shards = checkpoints.every(({ entry, index }) => entry === null && index !== null);
  const names = checkpoints.flatMap(({ entry, files }) => entry ?? files);
  return shards
    ? new NeuroMfaError(
        'missing',
        folder,
        `these are shards without their index: ${listed(names)}`,
        `Download ${first.index!} into the folder`,
      )
    : new NeuroMfaError(
        'unsupported',
        folder,
        `several checkpoints are in this folder: ${listed(names)}`,
        'Choose one of them',
      );
}

function ranksOf(path: string, { files }: NamedCheckpoint): NeuroMfaError {
  return new NeuroMfaError(
    'unsupported',
    path,
    `these are parts of one model that was split over ${files.length === 1 ? 'several' : files.length} processes, not checkpoints: ${listed(files)}`,
    'Join them with the program that wrote them, and save the whole model as safetensors',
  );
}

function listed(names: readonly string[]): string {
  const rest = names.length - LISTED_FILES;
  return names.slice(0, LISTED_FILES).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** Points from a run's folder to the checkpoints in it. */
function nextFolder(folder: string): string {
  const child = localFiles
    .list(folder)
    .filter(({ kind }) => kind === 'folder')
    .map((entry) => entry.name)
    .sort()
    .find((name) => isReadableCheckpointFolder(join(folder, name)));
  return child ? `Choose a checkpoint inside it, such as ${join(folder, child)}` : `Choose ${CHOOSABLE}`;
}

function isReadableCheckpointFolder(folder: string): boolean {
  try {
    return fileNames(folder).some(isCheckpointName);
  } catch {
    return false;
  }
}
