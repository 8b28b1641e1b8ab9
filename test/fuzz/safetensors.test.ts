/** Any bytes as a safetensors file, against an independent reader of the format. */
import { afterAll, expect } from 'vitest';
import { openCheckpoint } from '../../src/core/checkpoint/open';
import { openFiles } from '../unit/checkpoint/build';
import { expectedOf, type Expected } from './oracle/safetensors';
import { mutateBytes, mutateSome } from './support/bytes';
import { expectRefusal } from './support/expectations';
import { Folder } from './support/folder';
import { inspectIt } from './support/inspected';
import { anyStyle, mutateJson, writeJson } from './support/json';
import { oddNumber, oddText } from './support/odd';
import type { Random } from './support/random';
import { fuzz, type Outcome } from './support/target';
import { BITS, fileOf, headerOf, madeTensor, type MadeTensor } from './support/tensorFiles';

const NAME = 'model.safetensors';
const folder = new Folder();
const path = folder.at(NAME);
const filesBefore = openFiles();
afterAll(() => {
  expect(openFiles()).toBe(filesBefore);
});

interface Input {
  file: Uint8Array;
}

function make(random: Random): Input {
  const tensors = random.list(0, 5, (i) => anyTensor(random, i));
  const metadata = random.chance(0.4)
    ? Object.fromEntries(random.list(0, 3, () => [oddText(random), oddText(random)]))
    : null;
  const { header, values } = headerOf(tensors, metadata);
  let changed: unknown = header;
  if (random.chance(0.5))
    for (let left = random.between(1, 2); left > 0; left--) changed = mutateJson(random, changed);
  let text = writeJson(random, changed, anyStyle(random)) + ' '.repeat(random.pick([0, 0, 0, 1, 7, 300]));
  if (random.chance(0.1))
    text = random.pick([' ', '\ufeff', '']) + text + random.pick(['\n', '\0', '{}', '']);
  const length = random.chance(0.04)
    ? BigInt(Math.max(0, Math.floor(oddNumber(random)))) & ((1n << 64n) - 1n)
    : undefined;
  const file = fileOf(text, values, length);
  return {
    file: mutateSome(random, random.chance(0.02) ? mutateBytes(random, file.subarray(0, 12)) : file, 0.7),
  };
}

function anyTensor(random: Random, index: number): MadeTensor {
  const dtype = random.pick(Object.keys(BITS));
  const shape = random.list(0, 4, () => random.pick([0, 1, 1, 2, 2, 3, 4, 8]));
  // Of what is narrower than a byte, whole bytes.
  if ((BITS[dtype]! * shape.reduce((a, b) => a * b, 1)) % 8 !== 0) shape.push(4);
  const plain = random.pick([`layers.${index}.mlp.up_proj.weight`, `h.${index}.attn.q.weight`, `w${index}`]);
  return madeTensor(random, random.chance(0.2) ? `${index}${oddText(random)}` : plain, dtype, shape);
}

function check({ file }: Input): Outcome {
  folder.fill({ [NAME]: file });
  const expected = expectedOf(file);
  let checkpoint;
  try {
    checkpoint = openCheckpoint(path);
  } catch (error) {
    if (expected && !expected.disputed) throw error;
    return expectRefusal(error, path);
  }
  try {
    if (!expected) expect.fail('taken, although it is no file of the format');
    expectEqual(expected, checkpoint.tensors, checkpoint.metadata);
    for (const tensor of checkpoint.tensors) {
      const bytes = new Uint8Array(tensor.bytes);
      checkpoint.read(tensor, 0, bytes);
      expect(Buffer.compare(bytes, file.subarray(tensor.offset, tensor.offset + tensor.bytes))).toBe(0);
    }
    expect(checkpoint.fingerprint()).toMatch(/^[0-9a-f]{64}$/);
  } finally {
    checkpoint.close();
  }
  inspectIt(path);
  return 'taken';
}

function expectEqual(
  { tensors, metadata, values }: Expected,
  found: ReturnType<typeof openCheckpoint>['tensors'],
  foundMetadata: Readonly<Record<string, string>>,
): void {
  expect(new Map(Object.entries(foundMetadata))).toEqual(metadata);
  const told = found.map(({ name, dtype, shape, offset, bytes }) => {
    const begin = offset - values;
    return [name, { dtype, shape: shape.map(Math.abs), begin, end: begin + bytes }] as const;
  });
  expect(told.length).toBe(tensors.size);
  expect(new Map(told)).toEqual(tensors);
}

fuzz({ name: 'safetensors', make, check });
