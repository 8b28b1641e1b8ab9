/** Opens a checkpoint of any format, reads all of its values, and looks at its inspection. */
import { expect } from 'vitest';
import { DTYPE_BITS } from '../../../src/core/checkpoint/dtype';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import type { Checkpoint } from '../../../src/core/checkpoint/types';
import { expectRefusal } from './expectations';
import { inspectIt } from './inspected';
import type { Outcome } from './target';

/** Larger tensors than any that is written are made by changes alone: their values are not read. */
const MAX_ELEMENTS = 100_000;

/** Values of a tensor, by its name; null where it has too many. */
export type Values = (name: string) => Uint8Array | null;

/**
 * @param subject what a refusal names: the checkpoint, or the folder of all that belongs to it.
 * @param compare with what was written; null where the input was changed and may be refused.
 */
export function readAll(
  path: string,
  compare: ((checkpoint: Checkpoint, values: Values) => void) | null,
  subject = path,
): Outcome {
  let checkpoint: Checkpoint;
  try {
    checkpoint = openCheckpoint(path);
  } catch (error) {
    if (compare) throw error;
    return expectRefusal(error, subject);
  }
  try {
    const { tensors } = checkpoint;
    expect(new Set(tensors.map(({ name }) => name)).size).toBe(tensors.length);
    const values: Values = (name) => {
      const tensor = tensors.find((each) => each.name === name)!;
      const elements = tensor.shape.reduce((product, size) => product * size, 1);
      if (elements === 0 || elements > MAX_ELEMENTS || DTYPE_BITS[tensor.dtype] < 8) return null;
      const bytes = new Uint8Array((elements * DTYPE_BITS[tensor.dtype]) / 8);
      checkpoint.read(tensor, 0, bytes);
      return bytes;
    };
    // What has no place, such as texts, says why it is no weight.
    for (const { name, use } of tensors) if (!use) values(name);
    expect(checkpoint.fingerprint()).toMatch(/^[0-9a-f]{64}$/);
    compare?.(checkpoint, values);
  } catch (error) {
    if (compare) throw error;
    return expectRefusal(error, subject);
  } finally {
    checkpoint.close();
  }
  inspectIt(path, null, subject);
  return 'taken';
}
