/** Packed weights have the values that NumPy computes from the libraries' definitions (`test/fixtures/formats/packed/write.py`). */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { DType } from '../../../src/core/checkpoint/dtype';
import { modelAt, valuesOf } from '../support/decodedAs';
import { writeCheckpoint, type Written } from '../support/writeCheckpoint';

interface Packed {
  tensors: Record<string, { dtype: DType; shape: number[]; bytes: string }>;
  config: object;
  shape: number[];
  /** Of the values, in float32. */
  sha256: string;
}

const FILE = join(import.meta.dirname, '../../fixtures/formats/packed/packed.json');
const CASES = Object.entries(JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, Packed>);

const written: Written[] = [];
afterAll(() => {
  for (const each of written) each.remove();
});

it('are of every packing', () => {
  expect(CASES.length).toBe(21);
});

it.each(CASES)('%s', (_, { tensors, config, shape, sha256 }) => {
  const stored = Object.entries(tensors).map(([name, { dtype, shape: own, bytes }]) => ({
    name,
    dtype,
    shape: own,
    bytes: Uint8Array.from(Buffer.from(bytes, 'base64')),
  }));
  const folder = writeCheckpoint(stored, config);
  written.push(folder);
  const model = modelAt(folder.path);
  try {
    const tensor = model.tensors.find(({ name }) => name === 'model.layers.0.mlp.up_proj.weight')!;
    expect([tensor.dtype, tensor.shape]).toEqual(['F32', shape]);
    const values = valuesOf(model.checkpoint, tensor);
    expect(createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex')).toBe(sha256);
  } finally {
    model.close();
  }
});
