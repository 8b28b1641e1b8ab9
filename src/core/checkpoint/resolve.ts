/** Finds the file that opens the checkpoint at a path that somebody names. */
import { basename, dirname, join, resolve } from '../storage/paths';
import { NeuroMfaError } from '../../protocol/errors';
import { isRemote } from '../../protocol/subject';
import { checkpointsAmong, indexesBeside, type NamedCheckpoint } from './checkpointFiles';
import { partsOf } from './fileNames';
import { fileError } from '../storage/fileError';
import { CHOOSABLE, holdsNoModel, isPartOfFolder } from './formats/names';
import { MAX_INDEX_BYTES } from './formats/caps';
import { unreadableLayout, isState, recognize, recognizePart } from './layouts';
import { anyFiles } from '../storage/anywhere';
import { readSmallFile } from '../storage/smallFile';

/** Sentences list at most this many files. */
const LISTED_FILES = 8;
const INDEX_WORDS = { what: 'the index', nextStep: '' };

/**
 * The absolute path of the file that opens the checkpoint at `path`: that of the folder's own checkpoint, the index
 * that names the shard, or the file itself.
 * @throws NeuroMfaError `missing` or `unreadable`; `unsupported` for a folder with several checkpoints, and for a
 *   part of a checkpoint.
 */
export function resolveCheckpoint(path: string): string {
  const absolute = resolve(path);
  try {
    if (anyFiles.stat(absolute)?.kind === 'folder') return join(absolute, entryOf(absolute));
    const part = recognizePart(absolute);
    if (part) throw unreadableLayout(dirname(absolute), [part])!;
    return entryOfFolder(absolute) ?? indexOfShard(absolute) ?? entryOfPart(absolute) ?? absolute;
  } catch (error) {
    throw fileError(error, absolute);
  }
}

/** The name of the file that opens the checkpoint of `folder`. */
function entryOf(folder: string): string {
  const names = fileNames(folder);
  const paths = names.map((name) => join(folder, name));
  const parts = paths.map(recognizePart).filter((each) => each !== null);
  if (parts.length > 0) throw unreadableLayout(folder, parts)!;
  const { checkpoints, own } = checkpointsAmong(names, true);
  if (own && own.entry !== null) return entryIn(folder, own, own.entry);
  if (checkpoints.length > 0) throw several(folder, checkpoints);
  const model = modelFolder(folder);
  if (model !== null) return join(model, entryOf(join(folder, model)));
  const below = filesBelow(folder);
  const foreign = below.map(recognize).filter((each) => each !== null);
  // The content of a file says better than its name what it is.
  const whole = paths.find((path) => recognize(path));
  if (whole !== undefined && !foreign.some(({ layout }) => layout.isPart)) return basename(whole);
  const readable = nextFolder(folder);
  const instead = readable === null ? unreadableLayout(folder, foreign) : null;
  if (instead) throw instead;
  const states = names.filter((name) => isState(name) || holdsNoModel(partsOf(name).stem));
  const unfinished = names.find((name) => UNFINISHED.test(name));
  throw new NeuroMfaError(
    'missing',
    folder,
    unfinished !== undefined
      ? `no checkpoint is in this folder, but ${unfinished}, whose name says that it is not finished`
      : states.length === 0
        ? 'no checkpoint is in this folder'
        : `no checkpoint is in this folder, only states of training: ${listed(states)}`,
    readable === null ? `Choose ${CHOOSABLE}` : `Choose a checkpoint inside it, such as ${readable}`,
  );
}

/** @throws NeuroMfaError where the file is missing that describes the others. */
function entryIn(folder: string, { files }: NamedCheckpoint, entry: string): string {
  if (files.includes(entry) || anyFiles.stat(join(folder, entry)) !== null) return entry;
  throw new NeuroMfaError(
    'missing',
    join(folder, entry),
    `this file, which tells what ${listed(files)} hold, is missing`,
    'Copy it too, hidden files included; if the checkpoint is still being written, wait until that is done',
  );
}

/**
 * For one of the files of a format whose checkpoints are all files of a folder: the file that opens them; null for
 * other files.
 */
function entryOfFolder(path: string): string | null {
  if (!isPartOfFolder(basename(path))) return null;
  const { own } = checkpointsAmong([basename(path)]);
  return own?.entry == null ? null : join(dirname(path), entryIn(dirname(path), own, own.entry));
}

/** Names that programs give a file while they write it. */
const UNFINISHED = /\.safetensors\.(?:tmp|temp|part|partial|incomplete|download|crdownload)$/i;
/** Depth of the search below a folder, and number of files looked at. */
const MAX_LEVELS = 8;
const MAX_FILES = 5000;

/** Paths of files in `folder` and below it, as many as are needed to say what it holds. */
function filesBelow(folder: string): string[] {
  const files: string[] = [];
  let level = [folder];
  for (let depth = 0; depth <= MAX_LEVELS && files.length < MAX_FILES; depth++) {
    const next: string[] = [];
    for (const each of level.slice(0, MAX_FILES)) {
      try {
        for (const { name, kind } of anyFiles.list(each)) {
          if (kind === 'folder') next.push(join(each, name));
          else files.push(join(each, name));
        }
      } catch {
        // A folder that cannot be read contributes nothing.
      }
    }
    level = next;
  }
  return files;
}

/**
 * The file that opens a checkpoint in several files without an index; null for a file that is not one of these.
 * @throws NeuroMfaError for a file that, by its name or those beside it, is part of another checkpoint.
 */
function entryOfPart(path: string): string | null {
  const name = basename(path);
  const { shard, ranks } = partsOf(name);
  if (ranks.length === 0 && (shard?.of ?? 1) === 1) return null;
  const { checkpoints } = checkpointsAmong(fileNames(dirname(path)), true);
  const whole = checkpoints.find(({ files }) => files.includes(name));
  if (whole?.entry !== null) return whole?.index === null ? join(dirname(path), whole.entry) : null;
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
export function indexOfShard(path: string): string | undefined {
  const [folder, name] = [dirname(path), basename(path)];
  const beside = (): string[] => namesIn(folder).sort();
  return indexesBeside(name, beside)
    .map((index) => join(folder, index))
    .find((index) => mentions(index, JSON.stringify(name)));
}

/** Names of indexes that programs give, for a server that lists no files. */
const USUAL_INDEXES = ['model.safetensors.index.json', 'pytorch_model.bin.index.json'];

/** All that is in a folder; of a remote one that nobody may list, the indexes that are there under their usual names. */
function namesIn(folder: string): string[] {
  try {
    return anyFiles.list(folder).map((entry) => entry.name);
  } catch (error) {
    const unlisted =
      error instanceof NeuroMfaError && (error.code === 'unsupported' || error.code === 'forbidden');
    if (!isRemote(folder) || !unlisted) throw error;
    return USUAL_INDEXES.filter((name) => anyFiles.stat(join(folder, name)) !== null);
  }
}

/** Whether the text of an index contains `words`: that is enough here, and the reader checks the rest. */
export function mentions(index: string, words: string): boolean {
  try {
    return Buffer.from(readSmallFile(index, MAX_INDEX_BYTES, INDEX_WORDS)).includes(words);
  } catch {
    return false;
  }
}

/** The visible files and links of `folder`, sorted. Names with a leading dot belong to other programs' notes. */
export function fileNames(folder: string): string[] {
  return anyFiles
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

/** A checkpoint in the folder of a run, as an example for a message; null for none. */
function nextFolder(folder: string): string | null {
  const latest = latestTag(folder);
  const child = anyFiles
    .list(folder)
    .filter(({ kind }) => kind === 'folder')
    .map((entry) => entry.name)
    .sort((a, b) => Number(b === latest) - Number(a === latest) || (a < b ? -1 : 1))
    .find((name) => {
      const path = join(folder, name);
      return isReadableCheckpointFolder(path) || modelFolder(path) !== null;
    });
  return child === undefined ? null : join(folder, child);
}

/** A tag is the name of a folder. */
const MAX_TAG_BYTES = 4096;

/** Names that programs give to the model's folder beside that of the training state: LeRobot's `pretrained_model`. */
const MODEL_FOLDER =
  /^(?:pretrained_model|model|(?:model_)?weights|hf|huggingface|hf_model|policy|(?:pytorch_)?model_fsdp_?\d*)$/i;

/** The name of the model's folder, if no other folder holds a checkpoint; null for none. */
function modelFolder(folder: string): string | null {
  const folders = anyFiles.list(folder).filter(({ kind }) => kind === 'folder');
  const holding = folders
    .map(({ name }) => name)
    .filter((name) => isReadableCheckpointFolder(join(folder, name)));
  const [only] = holding;
  return holding.length === 1 && (MODEL_FOLDER.test(only!) || only === latestTag(folder)) ? only! : null;
}

/** The folder of the newest checkpoint, which DeepSpeed names in a file beside it; null where there is none. */
function latestTag(folder: string): string | null {
  try {
    const words = { what: 'the tag', nextStep: '' };
    return Buffer.from(readSmallFile(join(folder, 'latest'), MAX_TAG_BYTES, words))
      .toString()
      .trim();
  } catch {
    return null;
  }
}

function isReadableCheckpointFolder(folder: string): boolean {
  try {
    const names = fileNames(folder).filter((name) => !isState(join(folder, name)));
    const isPart = names.some((name) => recognizePart(join(folder, name)) !== null);
    return !isPart && checkpointsAmong(names).checkpoints.length > 0;
  } catch {
    return false;
  }
}

/** Whether a path denotes one checkpoint: a file, or a folder that holds exactly one. */
export function isOneCheckpoint(path: string): boolean {
  // A remote address says what it holds only when it is asked.
  if (isRemote(path) || anyFiles.stat(resolve(path))?.kind !== 'folder') return true;
  try {
    resolveCheckpoint(path);
    return true;
  } catch {
    return false;
  }
}
