/** What a PyTorch file says about itself, without looking for its tensors, because searches ask many files. */
import { anyFiles } from '../../../storage/anywhere';
import { sliceOf, type ByteSource } from '../../../storage/storage';
import { HEAD_BYTES } from '../foreign';
import { isLegacy, isZip } from '../heads';
import { metadataIn } from './about';
import { readLegacy } from './legacy';
import { TorchArchive } from './torchFile';

/**
 * Largest pickle and directory to read: enough for 10,000 weights with their optimizer's state, in a quarter of a
 * second.
 */
const MAX_PICKLE_BYTES = 4 * 2 ** 20;

/** The single values at the top of a file, as JSON; empty for other files, and where they cannot be read. */
export function torchNote(path: string): string {
  let source: ByteSource | undefined;
  try {
    source = anyFiles.open(path);
    const head = sliceOf(source, 0, Math.min(source.size, HEAD_BYTES));
    if (isZip(head)) {
      const archive = new TorchArchive(source, 0, source.size, MAX_PICKLE_BYTES);
      return noteOf(archive.read('data.pkl', 'data', MAX_PICKLE_BYTES));
    }
    return isLegacy(head) ? noteOf(readLegacy(source, undefined, MAX_PICKLE_BYTES).root) : '';
  } catch {
    return '';
  } finally {
    source?.close();
  }
}

const noteOf = (root: unknown): string => JSON.stringify(metadataIn(root));
