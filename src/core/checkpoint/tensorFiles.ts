/** A checkpoint made of files with tensors in them: what single and sharded formats share. */
import { dirname, join } from '../storage/paths';
import { CONFIG_NAME, readConfig } from './config';
import { DTYPE_BITS } from './dtype';
import { fingerprint } from './fingerprint';
import { stampAt, type StampedFile } from '../storage/stamp';
import { readAt, type ByteRange, type ByteSource } from '../storage/storage';
import { recipeKind } from '../weights/recipes/table';
import type { Checkpoint, TensorInfo } from './types';

/** One opened data file with its header read. */
export interface TensorFile {
  source: ByteSource;
  /** Where it says what it holds: all of it goes into the checkpoint's fingerprint. */
  headers: readonly ByteRange[];
  tensors: readonly TensorInfo[];
  metadata: Readonly<Record<string, string>>;
}

export interface JoinOptions {
  /** Files that the checkpoint was found by, such as an index. */
  others?: readonly StampedFile[];
  /** Told how many tensors there are, while more of the files is read. */
  onTensors?: ((count: number) => void) | undefined;
  /** What the files themselves say of the architecture, where they do: `config.json` is not looked for then. */
  config?: Checkpoint['config'];
  /** Settings of a training in the files, which say it less surely: for where no `config.json` is. */
  settings?: Checkpoint['config'];
}

/**
 * Joins `files` to a checkpoint, which from then on owns their descriptors.
 * @param path absolute path of what the user chose; `config.json` is looked up beside it, not beside the target of a
 *   link, because Hugging Face's cache links to files named by their hash.
 * @throws NeuroMfaError for a damaged config; the descriptors are closed then.
 */
export function joinTensorFiles(
  path: string,
  format: Checkpoint['format'],
  files: readonly TensorFile[],
  { others = [], onTensors = () => undefined, config: own, settings = null }: JoinOptions = {},
): Checkpoint {
  const sources = new Map(files.map(({ source }) => [source.id.path, source]));
  const close = () => {
    for (const source of sources.values()) source.close();
  };
  let stamps: StampedFile[];
  let config: Checkpoint['config'];
  try {
    // Before it is read: what changes after this is seen when the stamp is checked.
    const configuration = own === undefined ? [stampAt(join(dirname(path), CONFIG_NAME))] : [];
    stamps = [...files.map(({ source }) => source.id), ...others, ...configuration];
    config = own === undefined ? (readConfig(dirname(path)) ?? settings) : own;
  } catch (error) {
    close();
    throw error;
  }
  const tensors = files.length === 1 ? files[0]!.tensors : files.flatMap((file) => file.tensors);
  const sourceOf = (file: StampedFile): ByteSource => {
    const source = sources.get(file.path);
    if (!source) throw new Error(`${file.path} is not part of ${path}`);
    return source;
  };
  return {
    path,
    format,
    files: files.map(({ source }) => ({ path: source.id.path, bytes: source.size })),
    stamps,
    tensors,
    // Shards repeat one another's metadata; where they differ, the first one counts.
    metadata: Object.fromEntries(files.toReversed().flatMap(({ metadata }) => Object.entries(metadata))),
    config,
    get bytesRead() {
      return files.reduce((sum, { source }) => sum + source.bytesRead, 0);
    },
    read(tensor, start, into) {
      const elements = tensor.shape.reduce((product, size) => product * size, 1);
      const size = DTYPE_BITS[tensor.dtype] / 8;
      if (start < 0 || start + into.length > elements * size)
        throw new RangeError(`a read outside ${tensor.name}`);
      if (!tensor.recipe) readAt(sourceOf(tensor.file), tensor.offset + start, into);
      else
        recipeKind(tensor.recipe)
          .open(tensor.recipe, { dtype: tensor.dtype, elements }, sourceOf)
          .read(start / size, into);
    },
    fingerprint: () =>
      fingerprint(files, () => {
        onTensors(tensors.length);
      }),
    close,
  };
}
