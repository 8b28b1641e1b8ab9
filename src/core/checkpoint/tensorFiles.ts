/** Joins files with tensors into a checkpoint; used by single-file and sharded formats. */
import { dirname, join } from '../storage/paths';
import { CONFIG_NAME, readConfig } from './config';
import { DTYPE_BITS } from './dtype';
import { fingerprint } from './fingerprint';
import { stampAt, type StampedFile } from '../storage/stamp';
import { readAt, type ByteRange, type ByteSource } from '../storage/storage';
import { recipeKind } from '../weights/recipes/table';
import type { Checkpoint, TensorInfo } from './types';

/** An open data file whose header has been read. */
export interface TensorFile {
  source: ByteSource;
  /** The ranges in which it describes its content: all of these go into the checkpoint's fingerprint. */
  headers: readonly ByteRange[];
  tensors: readonly TensorInfo[];
  metadata: Readonly<Record<string, string>>;
}

export interface JoinOptions {
  /** Files that led to the checkpoint, such as an index. */
  others?: readonly StampedFile[];
  /** Called with the number of tensors while more of the files is read. */
  onTensors?: ((count: number) => void) | undefined;
  /** The architecture according to the files themselves: then `config.json` is not looked for. */
  config?: Checkpoint['config'];
  /** Settings of a training in the files, which are less reliable: used where there is no `config.json`. */
  settings?: Checkpoint['config'];
}

/**
 * Joins `files` into a checkpoint, which from then on owns their descriptors.
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
    // Before it is read: a later change is noticed when the stamp is checked.
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
    // Shards repeat each other's metadata; where they differ, the first one counts.
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
