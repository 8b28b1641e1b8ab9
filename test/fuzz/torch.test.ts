/** Files of PyTorch whose bytes, or whose pickles, are changed at random: tensors that can be read, or a refusal. */
import { afterAll, expect } from 'vitest';
import { DTYPE_BITS } from '../../src/core/checkpoint/dtype';
import { openCheckpoint } from '../../src/core/checkpoint/open';
import { openFiles } from '../unit/checkpoint/build';
import {
  Call,
  Items,
  legacyTorchFile,
  Named,
  pickle,
  Tensor,
  torchFile,
  zip,
  type Pickled,
} from '../unit/support/torchFiles';
import { mutateSome } from './support/bytes';
import { expectRefusal } from './support/expectations';
import { Folder } from './support/folder';
import { inspectIt } from './support/inspected';
import type { Random } from './support/random';
import { fuzz, type Outcome } from './support/target';

const NAME = 'model.pt';
const folder = new Folder();
const path = folder.at(NAME);
const filesBefore = openFiles();
afterAll(() => {
  expect(openFiles()).toBe(filesBefore);
});

/** Larger tensors than any that is written are made by changes alone: their values are not read. */
const MAX_ELEMENTS = 100_000;

interface Input {
  file: Uint8Array;
}

function make(random: Random): Input {
  const root = anyRoot(random);
  const protocol = random.pick([2, 4] as const);
  switch (random.below(3)) {
    case 0:
      return { file: mutateSome(random, torchFile(root, { protocol, zip64: random.chance(0.3) }), 0.2) };
    case 1:
      return { file: mutateSome(random, legacyTorchFile(root), 0.2) };
    default: {
      // An archive that is sound around a pickle that is not.
      const { bytes, storages } = pickle(root, { protocol });
      const members = storages.map(({ values }, key) => ({ name: `archive/data/${key}`, content: values }));
      const content = mutateSome(random, bytes, 0);
      return { file: zip([{ name: 'archive/data.pkl', content, deflated: random.chance(0.2) }, ...members]) };
    }
  }
}

function anyRoot(random: Random): Pickled {
  const weights = anyWeights(random);
  const state = new Map<Pickled, Pickled>([['state', [anyTensor(random, [3])]]]);
  const inside = new Call(
    new Named('a.package', 'Layer'),
    [new Items([1, 'x'])],
    new Map<Pickled, Pickled>([['_parameters', weights]]),
  );
  return random.pick<Pickled>([
    weights,
    new Map<Pickled, Pickled>([
      ['epoch', random.below(100)],
      ['seed', 2n ** 70n],
      ['loss', 0.5],
      ['state_dict', weights],
      ['ema', anyWeights(random)],
      ['optimizer', state],
    ]),
    new Call(
      new Named('a.package', 'Model'),
      [],
      new Map<Pickled, Pickled>([['_modules', new Map<Pickled, Pickled>([['0', inside]])]]),
    ),
  ]);
}

function anyWeights(random: Random): Map<Pickled, Pickled> {
  return new Map(
    random.list(1, 4, (i) => [
      `layers.${i}.mlp.${random.pick(['up_proj', 'down_proj'])}.weight`,
      anyTensor(random, [random.between(1, 8), random.between(1, 8)]),
    ]),
  );
}

function anyTensor(random: Random, shape: readonly number[]): Tensor {
  const elements = shape.reduce((product, size) => product * size, 1);
  const dtype = random.pick(['F32', 'F16', 'BF16', 'F64', 'I64', 'BOOL'] as const);
  const values = random.bytes((elements * DTYPE_BITS[dtype]) / 8);
  // As it is, or turned.
  return random.chance(0.7)
    ? new Tensor(values, dtype, shape)
    : new Tensor(values, dtype, shape, turned(shape));
}

function turned(shape: readonly number[]): number[] {
  return shape.map((_, i) => shape.slice(0, i).reduce((product, size) => product * size, 1));
}

function check({ file }: Input): Outcome {
  folder.fill({ [NAME]: file });
  let checkpoint;
  try {
    checkpoint = openCheckpoint(path);
  } catch (error) {
    return expectRefusal(error, path);
  }
  try {
    expect(new Set(checkpoint.tensors.map(({ name }) => name)).size).toBe(checkpoint.tensors.length);
    for (const tensor of checkpoint.tensors) {
      const elements = tensor.shape.reduce((product, size) => product * size, 1);
      if (elements === 0 || elements > MAX_ELEMENTS) continue;
      checkpoint.read(tensor, 0, new Uint8Array((elements * DTYPE_BITS[tensor.dtype]) / 8));
    }
    expect(checkpoint.fingerprint()).toMatch(/^[0-9a-f]{64}$/);
  } finally {
    checkpoint.close();
  }
  inspectIt(path);
  return 'taken';
}

fuzz({ name: 'torch', make, check });
