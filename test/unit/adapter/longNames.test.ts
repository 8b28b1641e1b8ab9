import { expect, it } from 'vitest';
import { adapterTensors } from '../../../src/core/adapter/halves';
import type { TensorInfo } from '../../../src/core/checkpoint/types';
import { NeuroMfaError } from '../../../src/protocol/errors';

const tensor = (name: string, shape: number[]): TensorInfo => ({
  name,
  dtype: 'F32',
  shape,
  file: { path: '/a', stamp: null },
  offset: 0,
  bytes: 0,
});

/** Many beginnings of what is looked for, and no end. */
const LONG = 'x.lora_A\n'.repeat(1_000_000);

it('an adapter with names of megabytes is read in one pass, and told of in few words', () => {
  const pair = [tensor('q.lora_A.weight', [2, 4]), tensor('q.lora_B.weight', [4, 2])];
  expect(adapterTensors([...pair, tensor(LONG, [1])], 'a')?.whole).toHaveLength(1);
  expect(adapterTensors([...pair, tensor(`${LONG}.bias`, [1])], 'a')?.skipped).toEqual([
    { tensor: `${LONG}.bias`, reason: { code: 'bias' } },
  ]);
  const half = tensor(`${LONG.replaceAll('\n', '')}.lora_A.weight`, [2, 4]);
  let thrown: unknown;
  try {
    adapterTensors([half], 'a');
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(NeuroMfaError);
  expect((thrown as NeuroMfaError).message).toMatch(/has no other half/);
  expect((thrown as NeuroMfaError).message.length).toBeLessThan(1000);
});
