import { openCheckpoint } from '../core/checkpoint/open';
import type { Checkpoint } from '../core/checkpoint/types';

/** Opens a checkpoint for as long as `use` takes. */
export function withCheckpoint<T>(path: string, use: (checkpoint: Checkpoint) => T): T {
  const checkpoint = openCheckpoint(path);
  try {
    return use(checkpoint);
  } finally {
    checkpoint.close();
  }
}
