/** Quantized weights whose headers and tensors are changed: values that can be read, or a reason why not. */
import { afterAll, expect } from 'vitest';
import { modelOf } from '../../src/core/adapter/model';
import { openCheckpoint } from '../../src/core/checkpoint/open';
import { openFiles } from '../unit/checkpoint/build';
import {
  AWQ,
  bnb4,
  BNB_INT8,
  FP8_BLOCKS,
  FP8_PLAIN,
  FP8_ROWS,
  gptq,
  INT8_ZEROS,
  mlx,
  packQuantized,
  type Quantizer,
} from '../unit/support/quantized';
import { mutateBytes } from './support/bytes';
import { expectRefusal } from './support/expectations';
import { Folder } from './support/folder';
import { inspectIt } from './support/inspected';
import { anyStyle, mutateJson, writeJson } from './support/json';
import type { Random } from './support/random';
import { fuzz, type Outcome } from './support/target';
import { fileOf, headerOf, type MadeTensor } from './support/tensorFiles';

const NAME = 'model.safetensors';
const folder = new Folder();
const path = folder.at(NAME);
const filesBefore = openFiles();
afterAll(() => {
  expect(openFiles()).toBe(filesBefore);
});

const SCHEMES: readonly [Quantizer, object][] = [
  [FP8_BLOCKS, { quantization_config: { weight_block_size: [128, 128] } }],
  [FP8_ROWS, {}],
  [FP8_PLAIN, {}],
  [BNB_INT8, {}],
  [INT8_ZEROS, {}],
  [bnb4(false), {}],
  [bnb4(true), {}],
  [gptq(4, { shuffled: true }), { quantization_config: { bits: 4, group_size: 32 } }],
  [gptq(3), {}],
  [AWQ, {}],
  [packQuantized(4, { zeros: true, shuffled: true }), {}],
  [packQuantized(8), {}],
  [mlx(4, 32), { quantization: { bits: 4, group_size: 32 } }],
  [mlx(6, 32), { quantization: { bits: 6, group_size: 32 } }],
];
/** Two layers that make a network, in every way. */
const STORED = SCHEMES.map(([quantize]) =>
  ['up_proj', 'down_proj'].flatMap((name, i) => quantize(`model.layers.0.mlp.${name}`, 32, 64, i).stored),
);
const MAX_READ = 2 ** 22;

interface Input {
  file: Uint8Array;
  config: string;
  /** Whether it is looked at as a whole too, which takes longer than its values. */
  inspected: boolean;
}

function make(random: Random): Input {
  const scheme = random.below(SCHEMES.length);
  let tensors: MadeTensor[] = STORED[scheme]!.map((each) => ({ ...each }));
  // Small tensors say how others are stored.
  if (random.chance(0.5)) {
    const at = random.below(tensors.length);
    const { bytes } = tensors[at]!;
    const changed = mutateBytes(random, Uint8Array.from(bytes)).subarray(0, bytes.length);
    tensors[at]!.bytes = Buffer.concat([changed, new Uint8Array(bytes.length - changed.length)]);
  }
  if (random.chance(0.2)) tensors = tensors.filter((_, i) => i === 0 || !random.chance(0.15));
  if (random.chance(0.2)) {
    const [one, other] = [random.pick(tensors), random.pick(tensors)];
    [one.name, other.name] = [other.name, one.name];
  }
  if (random.chance(0.2)) {
    const one = random.pick(tensors);
    one.shape = random.chance(0.5) ? one.shape.toReversed() : [1, ...one.shape];
  }
  const { header, values } = headerOf(tensors, null);
  const changed = random.chance(0.3) ? mutateJson(random, header) : header;
  const own = JSON.stringify(SCHEMES[scheme]![1]);
  const config = random.chance(0.2)
    ? JSON.stringify(SCHEMES[random.below(SCHEMES.length)]![1]).replace(/\d+/, () =>
        String(random.below(200)),
      )
    : own;
  return {
    file: fileOf(writeJson(random, changed, anyStyle(random)), values),
    config,
    inspected: random.chance(0.25),
  };
}

function check({ file, config, inspected }: Input): Outcome {
  folder.fill({ [NAME]: file, 'config.json': config });
  let decoded = 0;
  try {
    const checkpoint = openCheckpoint(path);
    let model;
    try {
      model = modelOf(checkpoint, null);
      for (const tensor of model.tensors) {
        if (tensor.stored === undefined) continue;
        const elements = tensor.shape.reduce((product, side) => product * side, 1);
        // What is made of a file stays as small as the file.
        expect(elements).toBeLessThanOrEqual(MAX_READ);
        checkpoint.read(tensor, 0, new Uint8Array(4 * elements));
        decoded++;
      }
    } finally {
      (model ?? checkpoint).close();
    }
  } catch (error) {
    return expectRefusal(error, path.slice(0, -NAME.length));
  }
  if (inspected) inspectIt(path, null, path.slice(0, -NAME.length));
  return decoded > 0 ? 'taken' : 'refused';
}

fuzz({ name: 'quantized', make, check });
