/** The one door to checkpoints: finds out what a path is, by content before name, and opens it. */
import { basename } from '../storage/paths';
import { NeuroMfaError } from '../../protocol/errors';
import { foreignFile, HEAD_BYTES } from './formats/foreign';
import type { CheckpointFile } from './formats/format';
import { CHOOSABLE, FILE_KINDS, isNamed } from './formats/names';
import { resolveCheckpoint } from './resolve';
import { anyFiles } from '../storage/anywhere';
import { sliceOf } from '../storage/storage';
import type { Checkpoint } from './types';

/**
 * Opens the checkpoint at `path`: a file, an index, a shard that an index names, or a folder holding one checkpoint.
 * Reads and checks its headers, but no values. The caller closes it.
 * @param onTensors called now and then with the number of tensors found so far: each call shows that reading makes
 *   progress, also when the fingerprint is taken later.
 * @throws NeuroMfaError `missing`, `unreadable`, `damaged` or `unsupported`.
 */
export function openCheckpoint(path: string, onTensors?: (count: number) => void): Checkpoint {
  const file = resolveCheckpoint(path);
  const { head, kind } = kindOf(file);
  if (kind) return kind.open(file, onTensors);
  throw (
    foreignFile(file, head) ??
    new NeuroMfaError(
      'unsupported',
      file,
      'this is not a checkpoint of a known format',
      `Choose ${CHOOSABLE}`,
    )
  );
}

/** The kind of a file, with its first bytes. */
function kindOf(file: string): { head: Uint8Array; kind: CheckpointFile | undefined } {
  const name = basename(file);
  const source = anyFiles.open(file);
  try {
    const head = sliceOf(source, 0, Math.min(source.size, HEAD_BYTES));
    const kind =
      FILE_KINDS.find((each) => each.sniffs(head, name)) ??
      // A file that only by its name has a format is opened as such, so that the reader says what is wrong with it.
      FILE_KINDS.find((each) => isNamed(name, each)) ??
      FILE_KINDS.find((each) => isNamed(name, each, true) && each.isFoundIn?.(source));
    return { head, kind };
  } finally {
    source.close();
  }
}
