/** What both kinds of PyTorch files contain. */
import { NeuroMfaError } from '../../../../protocol/errors';
import type { ByteRange } from '../../../storage/storage';
import type { FoundTensor } from './sets';

/** The pickle of half a million tensors has 68 MB. */
export const MAX_PICKLE_BYTES = 256 * 2 ** 20;

/** The content of a pickle, with the storages of its tensors located. */
export interface TorchContent {
  root: unknown;
  found: readonly FoundTensor[];
  headers: readonly ByteRange[];
  metadata?: Readonly<Record<string, string>>;
}

/** The error for values written on a big-endian machine. */
export function otherByteOrder(path: string): NeuroMfaError {
  return new NeuroMfaError(
    'unsupported',
    path,
    'its values are big-endian',
    'Load it with PyTorch on a little-endian machine (x86, ARM) and save it again',
  );
}
