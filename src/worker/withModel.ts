import { modelOf, type Model } from '../core/adapter/model';
import { openCheckpoint } from '../core/checkpoint/open';
import type { Checkpoint } from '../core/checkpoint/types';
import { readableLocation, type Subject } from '../protocol/subject';

/**
 * Opens a checkpoint for as long as `use` takes.
 * @param onTensors called at intervals with the number of tensors found so far.
 */
export function withCheckpoint<T>(
  path: string,
  use: (checkpoint: Checkpoint) => T,
  onTensors?: (count: number) => void,
): T {
  const checkpoint = openCheckpoint(path, onTensors);
  try {
    return use(checkpoint);
  } finally {
    checkpoint.close();
  }
}

/** Opens the model that a checkpoint is or, with its base, makes, for as long as `use` takes. */
export function withModel<T>(
  { at, base, weights }: Pick<Subject, 'at' | 'base'> & Partial<Pick<Subject, 'weights'>>,
  use: (model: Model) => T,
  onTensors?: (count: number) => void,
): T {
  const useModel = (checkpoint: Checkpoint): T => {
    const model = modelOf(checkpoint, base, onTensors, weights?.set);
    try {
      return use(model);
    } finally {
      model.close();
    }
  };
  return withCheckpoint(readableLocation(at), useModel, onTensors);
}
