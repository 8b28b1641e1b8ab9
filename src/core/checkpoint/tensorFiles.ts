/** A checkpoint made of files in which every tensor is one run of bytes: what single and sharded formats share. */
import { dirname } from 'node:path';
import { readConfig } from './config';
import { fingerprint } from './fingerprint';
import type { FileSource } from './source';
import type { Checkpoint, TensorInfo } from './types';

/** One opened data file with its header read. */
export interface TensorFile {
  source: FileSource;
  /** Bytes before the first value. */
  headerBytes: number;
  tensors: readonly TensorInfo[];
  metadata: Readonly<Record<string, string>>;
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
): Checkpoint {
  const sources = new Map(files.map(({ source }) => [source.path, source]));
  const close = () => {
    for (const source of sources.values()) source.close();
  };
  let config: Checkpoint['config'];
  try {
    config = readConfig(dirname(path));
  } catch (error) {
    close();
    throw error;
  }
  return {
    path,
    format,
    files: files.map(({ source }) => ({ path: source.path, bytes: source.size })),
    tensors: files.flatMap(({ tensors }) => tensors),
    // Shards repeat one another's metadata; where they differ, the first one counts.
    metadata: Object.fromEntries(files.toReversed().flatMap(({ metadata }) => Object.entries(metadata))),
    config,
    get bytesRead() {
      return files.reduce((sum, { source }) => sum + source.bytesRead, 0);
    },
    read(tensor, start, into) {
      const source = sources.get(tensor.file);
      if (!source) throw new Error(`${tensor.file} is not part of ${path}`);
      if (start < 0 || start + into.length > tensor.bytes)
        throw new RangeError(`a read outside ${tensor.name}`);
      source.read(tensor.offset + start, into);
    },
    fingerprint: () => fingerprint(files),
    close,
  };
}
