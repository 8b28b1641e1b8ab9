/** The one door to checkpoints: finds out what a path is, by content before name, and opens it. */
import { readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { NeuroMfaError } from '../../protocol/errors';
import { fileError } from './fileError';
import { foreignFile, HEAD_BYTES } from './foreign';
import type { CheckpointFormat } from './format';
import { safetensors } from './safetensors';
import { shardedSafetensors } from './sharded';
import { withFile } from './source';
import type { Checkpoint } from './types';

/** In order of preference: a folder's index stands for the shards beside it. */
const FORMATS: readonly CheckpointFormat[] = [shardedSafetensors, safetensors];

/** What other programs' checkpoints are called; they are looked at only to say what they are. */
const FOREIGN_NAME = /\.(bin|pt|pth|ckpt|gguf|h5|hdf5|keras|onnx)$/i;

/** Sentences list at most this many files. */
const LISTED_FILES = 8;

/** Where `path` is a checkpoint by its name: for finding checkpoints without opening them. */
export function isCheckpointName(fileName: string): boolean {
  return FORMATS.some((format) => format.named(fileName));
}

/**
 * Opens the checkpoint at `path`: a file, an index, or a folder holding one checkpoint. Its headers are read and
 * checked, no values. The caller closes it.
 * @param onTensors told now and then how many tensors have been found: as long as it is, something is being read, also for
 *   the fingerprint later.
 * @throws NeuroMfaError `missing`, `unreadable`, `damaged` or `unsupported`.
 */
export function openCheckpoint(path: string, onTensors?: (count: number) => void): Checkpoint {
  const file = resolveCheckpoint(path);
  const head = withFile(file, (source) => source.slice(0, Math.min(source.size, HEAD_BYTES)));
  // A file whose name alone promises a format is opened as such, for the reader to say what is wrong with it.
  const format =
    FORMATS.find((each) => each.sniffs(head)) ?? FORMATS.find((each) => each.named(basename(file)));
  if (format) return format.open(file, onTensors);
  throw (
    foreignFile(file, head) ??
    new NeuroMfaError(
      'unsupported',
      file,
      'this is not a checkpoint of a known format',
      'Choose a .safetensors file, a .safetensors.index.json or a folder that holds one',
    )
  );
}

/**
 * The absolute path of the file that stands for the checkpoint at `path`: itself, or the one in the folder.
 * @throws NeuroMfaError `missing` or `unreadable`; `unsupported` for a folder with several checkpoints.
 */
export function resolveCheckpoint(path: string): string {
  const absolute = resolve(path);
  let names: string[];
  try {
    if (!statSync(absolute).isDirectory()) return absolute;
    names = fileNames(absolute);
  } catch (error) {
    throw fileError(error, absolute);
  }
  for (const format of FORMATS) {
    const candidates = names.filter((name) => format.named(name));
    if (candidates.length > 1) throw several(absolute, candidates);
    if (candidates.length === 1) return join(absolute, candidates[0]!);
  }
  const foreign = names.find((name) => FOREIGN_NAME.test(name));
  if (foreign) return join(absolute, foreign);
  throw new NeuroMfaError('missing', absolute, 'no checkpoint is in this folder', nextFolder(absolute));
}

/** Visible files and links of `folder`, sorted. Names with a leading dot are other programs' notes. */
function fileNames(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();
}

function several(folder: string, names: readonly string[]): NeuroMfaError {
  const shards = names.every((name) => /-\d+-of-\d+\.safetensors$/.test(name));
  const rest = names.length - LISTED_FILES;
  const list = names.slice(0, LISTED_FILES).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
  return shards
    ? new NeuroMfaError(
        'missing',
        folder,
        `these are shards without their index: ${list}`,
        'Download model.safetensors.index.json into the folder',
      )
    : new NeuroMfaError(
        'unsupported',
        folder,
        `several checkpoints are in this folder: ${list}`,
        'Choose one of them',
      );
}

/** Points from a run's folder to the checkpoints in it. */
function nextFolder(folder: string): string {
  const child = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .find((name) => isReadableCheckpointFolder(join(folder, name)));
  return child
    ? `Choose a checkpoint inside it, such as ${join(folder, child)}`
    : 'Choose a folder that holds a .safetensors file or a .safetensors.index.json';
}

function isReadableCheckpointFolder(folder: string): boolean {
  try {
    return fileNames(folder).some(isCheckpointName);
  } catch {
    return false;
  }
}
