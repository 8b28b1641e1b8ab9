/** A checkpoint that is open for a while, and the values of its tensors. */
import { DTYPE_BITS } from '../../../src/core/checkpoint/dtype';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import type { Checkpoint, TensorInfo } from '../../../src/core/checkpoint/types';

export function withFile<T>(path: string, use: (checkpoint: Checkpoint) => T): T {
  const checkpoint = openCheckpoint(path);
  try {
    return use(checkpoint);
  } finally {
    checkpoint.close();
  }
}

/** All elements of a tensor, as its format hands them over. */
export function valuesOf(checkpoint: Checkpoint, tensor: TensorInfo): Buffer {
  const elements = tensor.shape.reduce((all, size) => all * size, 1);
  const bytes = Buffer.alloc((elements * DTYPE_BITS[tensor.dtype]) / 8);
  checkpoint.read(tensor, 0, bytes);
  return bytes;
}
