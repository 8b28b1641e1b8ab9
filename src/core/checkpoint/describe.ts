/** The facts about a checkpoint that every result carries. */
import type { CheckpointInfo } from '../../protocol/analysis';
import { displayName } from './name';
import { stepFromPath } from './step';
import type { Checkpoint, TensorInfo } from './types';

/** @throws NeuroMfaError when the fingerprint's blocks cannot be read. */
export function describeCheckpoint(checkpoint: Checkpoint, architecture: string): CheckpointInfo {
  return {
    path: checkpoint.path,
    name: displayName(checkpoint.path),
    format: checkpoint.format,
    dtype: dtypes(checkpoint.tensors),
    parameters: checkpoint.tensors.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
    bytes: checkpoint.files.reduce((sum, file) => sum + file.bytes, 0),
    step: stepFromPath(checkpoint.path),
    architecture,
    fingerprint: checkpoint.fingerprint(),
  };
}

/** The element types, the one that most tensors have first: "F16, F32". */
function dtypes(tensors: readonly TensorInfo[]): string {
  const counts = new Map<string, number>();
  for (const { dtype } of tensors) counts.set(dtype, (counts.get(dtype) ?? 0) + 1);
  return [...counts]
    .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
    .map(([dtype]) => dtype)
    .join(', ');
}
