/** Any bytes as a GGUF file: what is taken is what was written, and its values can be read. */
import { afterAll, expect } from 'vitest';
import { openCheckpoint } from '../../src/core/checkpoint/open';
import { DTYPE_BITS } from '../../src/core/checkpoint/dtype';
import { BLOCK_TYPES } from '../../src/core/weights/recipes/ggmlBlocks';
import { openFiles } from '../unit/checkpoint/build';
import { ggufFile, type GgufEntry, type GgufTensorToWrite } from '../unit/support/gguf';
import { mutateBytes, mutateSome } from './support/bytes';
import { expectRefusal } from './support/expectations';
import { Folder } from './support/folder';
import { inspectIt } from './support/inspected';
import { oddText } from './support/odd';
import type { Random } from './support/random';
import { fuzz, type Outcome } from './support/target';

const NAME = 'model.gguf';
const folder = new Folder();
const path = folder.at(NAME);
const filesBefore = openFiles();
afterAll(() => {
  expect(openFiles()).toBe(filesBefore);
});

interface Input {
  file: Uint8Array;
  /** Names and shapes, where the file is sound; null where it was changed. */
  written: [name: string, shape: number[]][] | null;
}

/** ggml's numbers of types, with the elements and bytes of a block. */
const TYPES: Readonly<Record<number, { elements: number; bytes: number }>> = {
  0: { elements: 1, bytes: 4 },
  1: { elements: 1, bytes: 2 },
  2: BLOCK_TYPES.Q4_0,
  8: BLOCK_TYPES.Q8_0,
  10: BLOCK_TYPES.Q2_K,
  12: BLOCK_TYPES.Q4_K,
  26: { elements: 1, bytes: 4 },
  28: { elements: 1, bytes: 8 },
  39: BLOCK_TYPES.MXFP4,
};

function make(random: Random): Input {
  const tensors = random.list(0, 6, (i) => anyTensor(random, i));
  const entries = random.list(0, 5, (i) => [`llama.key${i}`, anyEntry(random)] as const);
  const metadata: Record<string, GgufEntry> = {
    'general.architecture': ['text', 'llama'],
    ...Object.fromEntries(entries),
  };
  if (random.chance(0.3)) metadata['llama.attention.head_count'] = ['u32', random.pick([0, 1, 2, 7, 4096])];
  const whole = ggufFile(tensors, { metadata, version: random.pick([2, 3]) });
  const file = mutateSome(random, whole, 0.4);
  // Most of a file are its values: changes of the header alone tell more.
  const inHeader = random.chance(0.4) ? mutateBytes(random, Uint8Array.from(whole.subarray(0, 400))) : null;
  const changed = inHeader ? Buffer.concat([inHeader, whole.subarray(400)]) : file;
  const written =
    changed === whole ? tensors.map(({ name, shape }): [string, number[]] => [name, [...shape]]) : null;
  return { file: Uint8Array.from(changed), written };
}

function anyTensor(random: Random, index: number): GgufTensorToWrite {
  const type = random.pick(Object.keys(TYPES).map(Number));
  const { elements, bytes } = TYPES[type]!;
  const shape = [...random.list(0, 2, () => random.pick([1, 2, 3, 4])), elements * random.pick([1, 1, 2, 4])];
  const size = (shape.reduce((all, side) => all * side, 1) / elements) * bytes;
  const name = random.pick([
    `blk.${index % 2}.attn_q.weight`,
    `blk.${index}.ffn_up.weight`,
    `blk.0.ffn_down_exps${index}`,
  ]);
  return {
    name: `${name}${
      random.chance(0.1)
        ? oddText(random)
            .slice(0, 500)
            .replace(/[\ud800-\udfff]/g, '')
        : ''
    }${index}`,
    shape,
    type,
    bytes: random.bytes(size),
  };
}

function anyEntry(random: Random): GgufEntry {
  return random.pick<() => GgufEntry>([
    () => ['u32', random.u32()],
    () => ['u64', (BigInt(random.u32()) << 32n) | 5n],
    () => ['text', oddText(random)],
    () => ['texts', random.list(0, 4, () => oddText(random))],
    () => ['i32s', random.list(0, 5, () => random.below(100))],
    () => ['bool', random.chance(0.5)],
    () => ['f32', random.fraction()],
  ])();
}

function check({ file, written }: Input): Outcome {
  folder.fill({ [NAME]: file });
  let checkpoint;
  try {
    checkpoint = openCheckpoint(path);
  } catch (error) {
    if (written) throw error;
    return expectRefusal(error, path);
  }
  try {
    if (written) expect(checkpoint.tensors.map(({ name, shape }) => [name, [...shape]])).toEqual(written);
    for (const tensor of checkpoint.tensors) {
      const elements = tensor.shape.reduce((product, side) => product * side, 1);
      const bytes = new Uint8Array((elements * DTYPE_BITS[tensor.dtype]) / 8);
      // No more is there than the file has.
      expect(tensor.bytes).toBeLessThanOrEqual(file.length);
      checkpoint.read(tensor, 0, bytes);
    }
    expect(checkpoint.fingerprint()).toMatch(/^[0-9a-f]{64}$/);
  } finally {
    checkpoint.close();
  }
  inspectIt(path);
  return 'taken';
}

fuzz({ name: 'gguf', make, check });
