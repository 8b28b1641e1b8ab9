/** The facts about a checkpoint that every result carries. */
import type { CheckpointInfo } from '../../protocol/analysis';
import { STORED } from '../../protocol/weights';
import type { Model } from '../adapter/model';
import { checkpointName } from '../checkpoint/name';
import { progressIn } from '../checkpoint/ownWords';
import { stepFromPath } from '../checkpoint/step';
import type { TensorInfo } from '../checkpoint/types';

export function describeModel(model: Model, architecture: string): CheckpointInfo {
  const { checkpoint, base, adapter } = model;
  const tensors = weightsOf((base ?? checkpoint).tensors, model.set);
  const files = [...checkpoint.files, ...(base?.files ?? [])];
  return {
    path: checkpoint.path,
    name: checkpointName(checkpoint.path),
    format: checkpoint.format,
    dtype: storedTypes(tensors),
    parameters: tensors.reduce((sum, tensor) => sum + elements(tensor), 0),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    step: stepFromPath(checkpoint.path) ?? progressIn(checkpoint.metadata).step,
    architecture,
    fingerprint: model.fingerprint(),
    weights: STORED,
    ...(adapter && { adapter }),
  };
}

/**
 * Without optimizer states and other sets of weights. @param chosen the name of a set, or of a copy within the main
 * one.
 */
function weightsOf(tensors: readonly TensorInfo[], chosen: string | undefined): readonly TensorInfo[] {
  const isSet = chosen !== undefined && tensors.some(({ set }) => set?.name === chosen);
  return tensors.filter(
    ({ use, set }) =>
      use?.code !== 'optimizer-state' &&
      use?.code !== 'training-state' &&
      (!set || (isSet ? set.name === chosen : set.isMain)),
  );
}

/** The stored types, the one with most elements first. */
function storedTypes(tensors: readonly TensorInfo[]): string {
  const counts = new Map<string, number>();
  for (const tensor of tensors) {
    const type = tensor.stored ?? tensor.dtype;
    counts.set(type, (counts.get(type) ?? 0) + elements(tensor));
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([dtype]) => dtype)
    .join(', ');
}

function elements(tensor: TensorInfo): number {
  return tensor.shape.reduce((product, size) => product * size, 1);
}
