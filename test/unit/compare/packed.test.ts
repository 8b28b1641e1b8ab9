/**
 * Facts and changes of packed weights are those of the values that their libraries decode: NumPy's and ggml's own float32
 * (`test/fixtures/formats/`), here in plain sums.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DType } from '../../../src/core/checkpoint/dtype';
import type { TensorComparison } from '../../../src/protocol/comparison';
import { storedSubject } from '../../../src/protocol/subject';
import type { TensorFacts } from '../../../src/protocol/tensorFacts';
import { Engine } from '../../../src/worker/engine';
import { modelAt, valuesOf } from '../support/decodedAs';
import { bundleWorkers, type WorkerBundle } from '../support/engine';
import { writeCheckpoint, type TensorToWrite, type Written } from '../support/writeCheckpoint';

const FORMATS = join(import.meta.dirname, '../../fixtures/formats');
const json = (file: string): unknown => JSON.parse(readFileSync(join(FORMATS, file), 'utf8'));

interface Packed {
  tensors: Record<string, { dtype: DType; shape: number[]; bytes: string }>;
  config: object;
  shape: number[];
  sha256: string;
}

const PACKINGS = Object.entries(json('packed/packed.json') as Record<string, Packed>);
const BY_GGML = json('gguf/tiny.json') as Record<string, { type: string; sha256: string }>;
const WEIGHT = 'model.layers.0.mlp.up_proj.weight';

let bundle: WorkerBundle;
let engine: Engine;
const written: Written[] = [];
beforeAll(async () => {
  bundle = await bundleWorkers();
  engine = Engine.local({ directory: bundle.directory, threads: 2 });
});
afterAll(async () => {
  await engine.dispose();
  bundle.remove();
  for (const each of written) each.remove();
});

function write(tensors: readonly TensorToWrite[], config?: object): string {
  const folder = writeCheckpoint(tensors, config);
  written.push(folder);
  return folder.path;
}

const sha256 = (values: Float32Array): string =>
  createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex');

const sum = (values: Float32Array, of: (value: number) => number): number =>
  values.reduce((total, value) => total + of(value), 0);

/** What plain sums say; of values whose bins touch either is right. */
function expectFacts({ values }: TensorFacts, all: Float32Array): void {
  const n = all.length;
  const mean = sum(all, (value) => value) / n;
  const [min, max] = [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))];
  const zeros = all.filter((value) => value === 0).length;
  expect(values).toMatchObject({ min, max, zeros, nan: 0, infinite: 0 });
  const scale = Math.max(-min, max);
  expect(Math.abs(values!.mean! - mean) / scale).toBeLessThan(1e-13);
  expect(values!.sd! / Math.sqrt(sum(all, (value) => (value - mean) ** 2) / n)).toBeCloseTo(1, 12);
  expect(values!.rms! / Math.sqrt(sum(all, (value) => value ** 2) / n)).toBeCloseTo(1, 12);
  const counts = new Array<number>(64).fill(0);
  for (const value of all) counts[Math.min(63, Math.floor((value - min) * (64 / (max - min))))]!++;
  expect(values!.histogram).toEqual({ min, max, counts });
}

const plain = (name: string, shape: readonly number[], values: Float32Array): TensorToWrite => ({
  name,
  dtype: 'F32',
  shape,
  bytes: new Uint8Array(values.buffer),
});

/** The facts of a checkpoint, and what became of its tensors in one that stores their values plainly. */
async function checked(
  path: string,
  hashes: Record<string, string>,
  inputsFirst = false,
): Promise<TensorFacts[]> {
  const model = modelAt(path);
  const decoded = Object.keys(hashes).map((name) => {
    const tensor = model.tensors.find((each) => each.name === name)!;
    return { name, shape: tensor.shape, values: valuesOf(model.checkpoint, tensor) };
  });
  model.close();
  const other = write(decoded.map(({ name, shape, values }) => plain(name, shape, values)));
  const { tensors } = await engine.facts(storedSubject(path));
  const changes = await engine.compare(storedSubject(path), storedSubject(other));
  const own = await engine.compare(storedSubject(path), storedSubject(path));
  for (const { name, values } of decoded) {
    // The values are what the library gives, and not merely what this program does.
    expect(sha256(values)).toBe(hashes[name]);
    expectFacts(
      tensors.find((each) => each.name === name)!,
      values,
    );
    const same = { equal: 1, relative: 0, cosine: 1, nonFinite: 0 };
    const change = ({ changed }: TensorComparison) => changed.find((each) => each.name === name);
    expect(change(own)).toMatchObject(same);
    // Of a matrix whose rows are known to be sources, and one of which nothing is known, equal shapes do not say that they are one.
    if (inputsFirst)
      expect(changes).toMatchObject({
        changed: [],
        reshaped: [{ name, a: tensors[0]!.shape, inputsFirst: 'a' }],
      });
    else expect(change(changes)).toMatchObject(same);
  }
  return tensors;
}

describe('packed weights in safetensors', () => {
  it.each(PACKINGS)('%s', async (packing, { tensors, config, shape, sha256: hash }) => {
    const stored = Object.entries(tensors).map(([name, { dtype, shape: own, bytes }]) => ({
      name,
      dtype,
      shape: own,
      bytes: Uint8Array.from(Buffer.from(bytes, 'base64')),
    }));
    const facts = await checked(write(stored, config), { [WEIGHT]: hash }, /GPTQ|AWQ/.test(packing));
    const { dtype, shape: own } = facts.find(({ name }) => name === WEIGHT)!;
    expect(own).toEqual(shape);
    // As people call what is stored, and not the type that it is decoded to.
    expect(dtype).not.toBe('F32');
  });
});

describe('blocks of ggml', () => {
  it('have the facts of the values that ggml gives, each by its own type', async () => {
    const path = join(FORMATS, 'gguf/tiny.gguf');
    const hashes = Object.fromEntries(Object.entries(BY_GGML).map(([name, { sha256: own }]) => [name, own]));
    const facts = await checked(path, hashes);
    expect(Object.fromEntries(facts.map(({ name, dtype }) => [name, dtype]))).toEqual(
      Object.fromEntries(Object.entries(BY_GGML).map(([name, { type }]) => [name, type])),
    );
  });
});

describe('8-bit floats without scales', () => {
  it('have the facts of their values; NaN is counted', async () => {
    // Of E4M3: 1, −2, 448, the least positive number, 0, −0 and NaN. Of E5M2: 1, −∞ and NaN.
    const path = write([
      {
        name: 'a.weight',
        dtype: 'F8_E4M3',
        shape: [1, 7],
        bytes: Uint8Array.of(0x38, 0xc0, 0x7e, 0x01, 0x00, 0x80, 0x7f),
      },
      { name: 'b.weight', dtype: 'F8_E5M2', shape: [1, 3], bytes: Uint8Array.of(0x3c, 0xfc, 0x7d) },
    ]);
    const { tensors } = await engine.facts(storedSubject(path));
    const [a, b] = ['a.weight', 'b.weight'].map(
      (name) => tensors.find((each) => each.name === name)!.values!,
    );
    expect(a).toMatchObject({ nan: 1, infinite: 0, zeros: 2, min: -2, max: 448 });
    expect(a!.mean).toBeCloseTo((1 - 2 + 448 + 2 ** -9) / 6, 12);
    expect(b).toMatchObject({ nan: 1, infinite: 1, zeros: 0, min: 1, max: 1, mean: 1, sd: 0 });
  });
});
