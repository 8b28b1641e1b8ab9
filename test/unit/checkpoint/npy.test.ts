/** Arrays of NumPy: the same weights give the same figures however an archive stores them, and nothing else is taken for weights. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import { figuresOf } from '../support/decodedAs';
import { zip } from '../support/torchFiles';
import { writeCheckpoint } from '../support/writeCheckpoint';
import { expectFault, openFiles, write } from './build';

const SHAPES: Readonly<Record<string, [number, number]>> = { 'a.weight': [48, 32], 'b.weight': [24, 48] };

/** Values of a matrix, row-major: seeded, and none zero. */
function valuesOf(name: string): Float32Array {
  const [rows, columns] = SHAPES[name]!;
  let state = name.charCodeAt(0);
  return Float32Array.from({ length: rows * columns }, () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647 - 0.49;
  });
}

/** A `.npy` file, version 1.0. @param values in the order in which they are stored */
function npy(descr: string, shape: readonly number[], values: ArrayBufferView, fortran = false): Buffer {
  const tuple = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
  const order = fortran ? 'True' : 'False';
  const text = `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${tuple}, }`;
  const header = Buffer.alloc(10 + 64 * Math.ceil((text.length + 1) / 64), ' ');
  header.write('\x93NUMPY\x01\x00', 'latin1');
  header.writeUInt16LE(header.length - 10, 8);
  header.write(text, 10);
  header.write('\n', header.length - 1);
  return Buffer.concat([header, Buffer.from(values.buffer, values.byteOffset, values.byteLength)]);
}

function float32(name: string, fortran: boolean): Buffer {
  const [rows, columns] = SHAPES[name]!;
  const values = valuesOf(name);
  const stored = fortran
    ? values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!)
    : values;
  return npy("'<f4'", [rows, columns], stored, fortran);
}

function archive({ fortran = false, deflated = false } = {}): Buffer {
  return zip(
    Object.keys(SHAPES).map((name) => ({ name: `${name}.npy`, content: float32(name, fortran), deflated })),
  );
}

describe('an archive of NumPy', () => {
  it.each<[string, Buffer]>([
    ['stored', archive()],
    ['compressed', archive({ deflated: true })],
    ['in Fortran order', archive({ fortran: true })],
    ['compressed, in Fortran order', archive({ fortran: true, deflated: true })],
  ])('%s gives the figures of safetensors, sampled and full', async (name, content) => {
    const path = write(`npz/${name}.npz`, content);
    const tensors = Object.entries(SHAPES).map(([key, shape]) => ({
      name: key,
      dtype: 'F32' as const,
      shape,
      bytes: new Uint8Array(valuesOf(key).buffer),
    }));
    const safetensors = writeCheckpoint(tensors);
    const other = join(safetensors.path, 'model.safetensors');
    for (const settings of [
      { mode: 'full', resamples: 0 },
      { mode: 'sampled', samples: 2, neurons: 16 },
    ] as const) {
      expect(await figuresOf(path, settings)).toEqual(await figuresOf(other, settings));
    }
    safetensors.remove();
  });

  it('leaves out arrays of objects and of big-endian values, with the reason', () => {
    const content = zip([
      { name: 'a.weight.npy', content: float32('a.weight', false) },
      { name: 'b.weight.npy', content: float32('b.weight', false) },
      { name: 'objects.npy', content: npy("'|O'", [1], Buffer.from('80044e2e', 'hex')) },
      { name: 'big.npy', content: npy("'>f4'", [2, 2], new Float32Array(4)) },
      { name: 'fields.npy', content: npy("[('x', '<f4')]", [1], new Float32Array(1)) },
    ]);
    const checkpoint = openCheckpoint(write('npz/others.npz', content));
    expect(checkpoint.tensors.map(({ name, stored, use }) => [name, stored, use?.code])).toEqual([
      ['a.weight', undefined, undefined],
      ['b.weight', undefined, undefined],
      ['objects', 'object (a pickle)', 'unreadable-type'],
      ['big', '>f4 (big-endian)', 'unreadable-type'],
      ['fields', 'structured', 'unreadable-type'],
    ]);
    checkpoint.close();
  });

  it.each<[string, 'damaged' | 'unsupported', Buffer, RegExp]>([
    [
      'with more bytes than its shape',
      'damaged',
      zip([{ name: 'a.npy', content: npy("'<f4'", [2, 2], new Float32Array(5)) }]),
      /has 20 bytes of values; 16 are expected/,
    ],
    [
      'with a header without a type',
      'damaged',
      zip([{ name: 'a.npy', content: Buffer.from('\x93NUMPY\x01\x00\x02\x00{}', 'latin1') }]),
      /says no type, order and shape/,
    ],
    [
      'with a header that never ends',
      'damaged',
      zip([{ name: 'a.npy', content: Buffer.from('\x93NUMPY\x02\x00\xff\xff\xff\x7f{', 'latin1') }]),
      /has a header of [\d,]+ bytes/,
    ],
    [
      'that unpacks to more than it may',
      'unsupported',
      zip([
        {
          name: 'a.npy',
          content: npy("'<f4'", [2 ** 13, 2 ** 13], new Float32Array(2 ** 26 + 1)),
          deflated: true,
        },
      ]),
      /is compressed; at most [\d,]+ are unpacked/,
    ],
  ])('%s is refused', (name, code, content, message) => {
    const before = openFiles();
    const path = write(`npz/bad/${name}.npz`, content);
    expectFault(() => openCheckpoint(path), code, path, message);
    expect(openFiles()).toBe(before);
  });
});

describe('a single array', () => {
  it('is one tensor', () => {
    const checkpoint = openCheckpoint(write('npy/a.npy', float32('a.weight', true)));
    expect(checkpoint.tensors.map(({ name, dtype, shape }) => [name, dtype, shape])).toEqual([
      ['array', 'F32', [48, 32]],
    ]);
    checkpoint.close();
  });

  it('of objects is refused', () => {
    const path = write('npy/objects.npy', npy("'|O'", [1], Buffer.from('80044e2e', 'hex')));
    expectFault(
      () => openCheckpoint(path),
      'unsupported',
      path,
      /Python objects \(a pickle\), which are never loaded/,
    );
  });
});
