/** TensorFlow.js: weights across files, quantized or not, and what topologies say of them. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planAnalysis } from '../../../src/core/analysis/plan';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import type { Checkpoint } from '../../../src/core/checkpoint/types';
import { buildNetwork } from '../../../src/core/network/readNetwork';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { withRows } from '../support/analyze';
import { expectFault, write } from './build';

interface Weight {
  name: string;
  shape: number[];
  dtype: string;
  quantization?: { dtype: string; scale?: number; min?: number };
  bytes: Uint8Array;
}

function opened<T>(path: string, use: (checkpoint: Checkpoint) => T): T {
  const checkpoint = openCheckpoint(path);
  try {
    return use(checkpoint);
  } finally {
    checkpoint.close();
  }
}

/** Writes a model whose weights are cut into files of so many bytes. */
function model(folder: string, weights: readonly Weight[], more: object | null, shard: number): string {
  const data = Buffer.concat(weights.map(({ bytes }) => bytes));
  const count = Math.max(1, Math.ceil(data.length / shard));
  const paths = Array.from({ length: count }, (_, i) => `group1-shard${i + 1}of${count}.bin`);
  const entries = weights.map(({ name, shape, dtype, quantization }) => ({
    name,
    shape,
    dtype,
    quantization,
  }));
  const groups = [{ paths, weights: entries }];
  const path = write(
    join(folder, more ? 'model.json' : 'net-weights_manifest.json'),
    JSON.stringify(more ? { ...more, weightsManifest: groups } : groups),
  );
  for (const [i, name] of paths.entries())
    writeFileSync(join(dirname(path), name), data.subarray(i * shard, (i + 1) * shard));
  return path;
}

const generator = new Mt19937(7);
const product = (shape: readonly number[]): number => shape.reduce((all, side) => all * side, 1);

function floats(name: string, shape: number[]): Weight {
  const values = Float32Array.from({ length: product(shape) }, () => generator.uint32() / 2 ** 31 - 1);
  return { name, shape, dtype: 'float32', bytes: new Uint8Array(values.buffer) };
}

function codes(name: string, shape: number[], type: 'uint8' | 'uint16', scale: number, min: number): Weight {
  const bytes = Uint8Array.from({ length: product(shape) * (type === 'uint8' ? 1 : 2) }, () =>
    generator.uint32(),
  );
  return { name, shape, dtype: 'float32', quantization: { dtype: type, scale, min }, bytes };
}

/** All values of a tensor as they are handed over. */
function valuesOf(checkpoint: Checkpoint, name: string): Float32Array {
  const tensor = checkpoint.tensors.find((each) => each.name === name)!;
  const values = new Float32Array(product(tensor.shape));
  checkpoint.read(tensor, 0, new Uint8Array(values.buffer));
  return values;
}

describe('weights', () => {
  const [a, b, c] = [
    codes('a/kernel', [3, 3, 5, 7], 'uint8', 0.0123456789, -1.5),
    floats('b/kernel', [35, 6]),
    codes('c/kernel', [6, 11], 'uint16', 0.00001234, -0.4),
  ];

  it.each([1_000_000, 1000, 97, 5])('are the same in files of %i bytes', (shard) => {
    const path = model(`shards${shard}`, [a, b, c], null, shard);
    opened(path, (checkpoint) => {
      expect(checkpoint.format).toBe('tfjs');
      const expected = (own: Weight, at: (i: number) => number): Float32Array => {
        const { scale = 1, min = 0 } = own.quantization!;
        return Float32Array.from({ length: product(own.shape) }, (_, i) => at(i) * scale + min);
      };
      const wide = new DataView(c.bytes.buffer);
      expect(valuesOf(checkpoint, 'a/kernel')).toEqual(expected(a, (i) => a.bytes[i]!));
      expect(valuesOf(checkpoint, 'b/kernel')).toEqual(new Float32Array(b.bytes.buffer));
      expect(valuesOf(checkpoint, 'c/kernel')).toEqual(expected(c, (i) => wide.getUint16(2 * i, true)));
      const plan = planAnalysis(buildNetwork(checkpoint, path), checkpoint.tensors);
      expect(plan.projections.map(({ sources, targets, layout }) => [sources, targets, layout])).toEqual([
        [5, 7, 'in-out'],
        [35, 6, 'in-out'],
        [6, 11, 'in-out'],
      ]);
      // A row of a kernel is gathered from all its planes, whatever file they are in.
      const row = new Float32Array(7 * 9);
      withRows((read) => {
        read(plan.projections[0]!.parts[0]!, 3, new Uint8Array(row.buffer));
      });
      const all = valuesOf(checkpoint, 'a/kernel');
      for (let tap = 0; tap < 9; tap++)
        for (let out = 0; out < 7; out++) expect(row[9 * out + tap]).toBe(all[(tap * 5 + 3) * 7 + out]);
    });
  });

  it('are halves where they are quantized to float16', () => {
    const half = { ...floats('d/kernel', [4, 6]), quantization: { dtype: 'float16' } };
    const path = model('half', [{ ...half, bytes: half.bytes.subarray(0, 48) }], null, 100);
    opened(path, ({ tensors }) => {
      expect(tensors).toMatchObject([{ dtype: 'F16', bytes: 48, axes: 'in-out' }]);
    });
  });
});

describe('the topology', () => {
  const layer = (name: string, kind: string): object => ({ class_name: kind, config: { name } });

  it('of layers tells classes and order', () => {
    const weights = [
      floats('a/kernel', [2, 2, 9, 12]),
      floats('b/kernel', [3, 3, 8, 12]),
      floats('c/embeddings', [30, 8]),
      floats('d/kernel', [12, 8]),
    ];
    const layers = [
      layer('c', 'Embedding'),
      layer('d', 'Dense'),
      layer('b', 'Conv2D'),
      layer('a', 'Conv2DTranspose'),
    ];
    const topology = { model_config: { class_name: 'Functional', config: { name: 'm', layers } } };
    opened(
      model('layers', weights, { format: 'layers-model', modelTopology: topology }, 4096),
      (checkpoint) => {
        const { projections, skipped } = buildNetwork(checkpoint, 'test');
        expect(projections.map(({ name, sources, targets, role }) => [name, sources, targets, role])).toEqual(
          [
            ['d.kernel', 12, 8, 'linear'],
            ['b.kernel', 8, 12, 'conv.inner'],
            ['a.kernel', 12, 9, 'conv.transposed'],
          ],
        );
        expect(skipped).toEqual([{ tensor: 'c/embeddings', reason: { code: 'looked-up' } }]);
      },
    );
  });

  it('of a graph tells what its operations do', () => {
    const weights = [
      floats('one', [9, 6]),
      floats('two', [6, 9]),
      floats('three', [3, 3, 9, 1]),
      floats('four', [9, 9]),
      floats('five', [2, 2, 8, 9]),
    ];
    const node = (name: string, op: string, input: string[] = [], attr: object = {}): object => ({
      name,
      op,
      input,
      attr,
    });
    const topology = {
      node: [
        ...weights.map(({ name }) => node(name, 'Const')),
        node('read', 'Identity', ['one']),
        node('m', 'MatMul', ['x', 'read:0'], { transpose_b: { b: true } }),
        node('n', '_FusedMatMul', ['m', 'two'], {}),
        node('o', 'DepthwiseConv2dNative', ['n', 'three']),
        node('p', 'AddV2', ['o', 'four']),
        node('q', 'Conv2DBackpropInput', ['sizes', 'five', 'p']),
      ],
    };
    opened(
      model('graph', weights, { format: 'graph-model', modelTopology: topology }, 4096),
      (checkpoint) => {
        const { projections, skipped } = buildNetwork(checkpoint, 'test');
        expect(projections.map(({ name, sources, targets }) => [name, sources, targets])).toEqual([
          ['one', 6, 9],
          ['two', 6, 9],
          ['three', 9, 9],
          ['five', 9, 8],
        ]);
        expect(skipped).toEqual([{ tensor: 'four', reason: { code: 'added' } }]);
      },
    );
  });
});

it('nodes of a graph in another order than that of execution, and in loops', () => {
  const weights = [floats('one', [9, 6]), floats('two', [6, 9])];
  const topology = {
    node: [
      { name: 'm', op: 'MatMul', input: ['x', 'read'] },
      { name: 'n', op: 'MatMul', input: ['m', 'two'] },
      { name: 'read', op: 'Identity', input: ['cast:0'] },
      { name: 'cast', op: 'Cast', input: ['one'] },
      { name: 'round', op: 'Identity', input: ['about'] },
      { name: 'about', op: 'Identity', input: ['round'] },
      { name: 'o', op: 'MatMul', input: ['n', 'about'] },
      ...weights.map(({ name }) => ({ name, op: 'Const' })),
    ],
  };
  opened(
    model('disorder', weights, { format: 'graph-model', modelTopology: topology }, 4096),
    (checkpoint) => {
      expect(checkpoint.tensors.map(({ name, axes }) => [name, axes])).toEqual([
        ['one', 'in-out'],
        ['two', 'in-out'],
      ]);
    },
  );
});

describe('what is not read', () => {
  const one = floats('a/kernel', [4, 6]);
  const fault = (manifest: object, words: RegExp, code: 'damaged' | 'unsupported' = 'damaged'): void => {
    const path = write('fault/x-weights_manifest.json', JSON.stringify([manifest]));
    expectFault(() => openCheckpoint(path), code, path, words);
  };

  it('files outside the folder', () => {
    for (const path of ['../../etc/passwd', '/etc/passwd', 'C:\\x', 'https://example.org/x.bin', ''])
      fault({ paths: [path], weights: [] }, /only files in its folder are read/, 'unsupported');
  });

  it('weights that need more bytes, or fewer, than the files have', () => {
    const path = model('short', [{ ...one, shape: [5, 6] }], null, 100);
    expectFault(() => openCheckpoint(path), 'damaged', path, /needs 120 bytes, of which its files lack 24/);
    const long = model('long', [{ ...one, shape: [3, 6] }], null, 100);
    expectFault(
      () => openCheckpoint(long),
      'damaged',
      long,
      /its weights take 72 bytes, and their files have 96/,
    );
  });

  it('texts, types and quantizations that are not known, and entries that are none', () => {
    write('fault/x.bin', new Uint8Array(96));
    const entry = { name: 'a', shape: [4, 6], dtype: 'float32' };
    const weights = (own: object): object => ({ paths: ['x.bin'], weights: [{ ...entry, ...own }] });
    fault(weights({ dtype: 'string' }), /holds texts \("a"\), which are not read/, 'unsupported');
    fault(weights({ dtype: 'quaternion' }), /is of the type "quaternion"/);
    fault(
      weights({ quantization: { dtype: 'uint4', scale: 1, min: 0 } }),
      /quantized in a form that is not known/,
    );
    fault(weights({ quantization: { dtype: 'uint8', scale: 'x', min: 0 } }), /quantized in a form/);
    fault(weights({ shape: [-4, 6] }), /has the shape \[-4, 6\]/);
    fault(weights({ shape: 4 }), /has no shape or no type/);
    fault(weights({ name: '' }), /has no name/);
    fault({ paths: ['x.bin', 'x.bin'], weights: [] }, /names the file "x.bin" twice/);
    fault({ paths: ['x.bin'] }, /has no paths or no weights/);
  });

  it('files that are not there', () => {
    const path = write('gone/x-weights_manifest.json', JSON.stringify([{ paths: ['x.bin'], weights: [] }]));
    expectFault(
      () => openCheckpoint(path),
      'missing',
      join(dirname(path), 'x.bin'),
      /holds weights of .*, is missing/,
    );
  });
});
