/** The facts about a checkpoint that every result carries. */
import type { CheckpointInfo } from '../../protocol/analysis';
import { checkpointName } from '../checkpoint/name';
import { stepFromPath } from '../checkpoint/step';
import type { Checkpoint, TensorInfo } from '../checkpoint/types';

export function describeCheckpoint(checkpoint: Checkpoint, architecture: string): CheckpointInfo {
  return {
    path: checkpoint.path,
    name: checkpointName(checkpoint.path),
    format: checkpoint.format,
    dtype: storedTypes(checkpoint.tensors),
    parameters: checkpoint.tensors.reduce((sum, tensor) => sum + elements(tensor), 0),
    bytes: checkpoint.files.reduce((sum, file) => sum + file.bytes, 0),
    step: stepFromPath(checkpoint.path),
    architecture,
    fingerprint: checkpoint.fingerprint(),
    synthetic: null,
  };
}

/** The stored types, the one with most elements first. */
function storedTypes(tensors: readonly TensorInfo[]): string {
  const counts = new Map<string, number>();
  for (const tensor of tensors) counts.set(tensor.dtype, (counts.get(tensor.dtype) ?? 0) + elements(tensor));
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([dtype]) => dtype)
    .join(', ');
}

function elements(tensor: TensorInfo): number {
  return tensor.shape.reduce((product, size) => product * size, 1);
}
