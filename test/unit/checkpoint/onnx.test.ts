/** ONNX: where values are, and what the graph says of them, against what python-onnx says (`test/fixtures/onnx/make.py`). */
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planAnalysis } from '../../../src/core/analysis/plan';
import { decode, DTYPE_BITS } from '../../../src/core/checkpoint/dtype';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import type { Checkpoint, TensorInfo } from '../../../src/core/checkpoint/types';
import { buildNetwork } from '../../../src/core/network/readNetwork';
import { factText } from '../../../src/protocol/factWords';
import { withRows } from '../support/analyze';
import { ROOT } from '../support/golden';
import { at, expectFault, write } from './build';
import { attribute, field, graphOf, modelOf, nodeOf, tensorOf, text, varint } from './onnxBytes';

const FOLDER = join(ROOT, 'test/fixtures/onnx');
type Row = [name: string, sources: number, targets: number, groups: number, digest: string];
const TABLE = JSON.parse(readFileSync(join(FOLDER, 'table.json'), 'utf8')) as Record<string, Row[]>;

function opened<T>(path: string, use: (checkpoint: Checkpoint) => T): T {
  const checkpoint = openCheckpoint(path);
  try {
    return use(checkpoint);
  } finally {
    checkpoint.close();
  }
}

const fixture = (name: string): string => join(FOLDER, `${name}.onnx`);

/** The values of a layer as the table has them: [sources, targets, taps], of grouped kernels by group. */
function rowOf(tensor: TensorInfo, checkpoint: Checkpoint): Row {
  const { name, dtype, shape, axes, groups = 1 } = tensor;
  const size = shape.reduce((product, side) => product * side, 1);
  const bytes = new Uint8Array((size * DTYPE_BITS[dtype]) / 8);
  checkpoint.read(tensor, 0, bytes);
  const values = new Float64Array(size);
  decode(dtype, bytes, values);
  const planes = axes!.startsWith('kernel-');
  const [rows, columns] = (planes ? shape.slice(-2) : shape) as [number, number];
  const taps = size / rows / columns;
  const targetRows = axes!.endsWith('out-in');
  const [sources, targets] = targetRows ? [columns * groups, rows] : [rows, columns * groups];
  const own = targets / groups;
  const ordered = new Float32Array(size);
  for (let source = 0, to = 0; source < sources; source++) {
    const group = Math.floor(source / (sources / groups));
    for (let target = 0; target < own; target++) {
      const [row, column] = targetRows ? [group * own + target, source % columns] : [source, target];
      for (let tap = 0; tap < taps; tap++)
        ordered[to++] =
          values[planes ? (tap * rows + row) * columns + column : (row * columns + column) * taps + tap]!;
    }
  }
  const digest = createHash('sha256').update(new Uint8Array(ordered.buffer)).digest('hex');
  return [name, sources, targets, groups, digest];
}

describe('what the graph multiplies', () => {
  it.each(Object.keys(TABLE))('%s: sources, targets, groups and values are those of python-onnx', (name) => {
    const expected = TABLE[name]!;
    opened(fixture(name), (checkpoint) => {
      const layers = checkpoint.tensors.filter(({ axes }) => axes !== undefined);
      const again = checkpoint.tensors
        .filter(({ use }) => use?.code === 'stored-again')
        .map((each) => each.name);
      const rows = layers.map((tensor) => rowOf(tensor, checkpoint));
      const sorted = (list: readonly Row[]): Row[] => [...list].sort(([a], [b]) => (a < b ? -1 : 1));
      expect(sorted(rows)).toEqual(sorted(expected.filter(([tensor]) => !again.includes(tensor))));
    });
  });

  it('has the same layers in the network, in order of execution', () => {
    const network = opened(fixture('kernels'), (checkpoint) => buildNetwork(checkpoint, 'test'));
    expect(
      network.projections.map(({ name, sources, targets, role }) => `${name} ${sources}→${targets} ${role}`),
    ).toEqual([
      'W 8→12 conv.inner',
      'depthwise 12→12 conv.depthwise',
      'grouped 12→9 conv.inner',
      'V 9→10 conv.transposed',
      'groupedV 10→14 conv.transposed',
      'planes 14→16 conv.inner',
      'Wl 16→20 linear',
      'Rl 5→20 linear',
      'Wg[0] 5→18 linear',
      'Wg[1] 5→18 linear',
      'Rg[0] 6→18 linear',
      'Rg[1] 6→18 linear',
    ]);
    expect(network.skipped.map(({ tensor, reason }) => `${tensor}: ${factText(reason)}`)).toEqual(
      expect.arrayContaining(['bW: bias', 'stem: stem: reads raw input', 'Bl: bias']),
    );
  });

  it('leaves everything else out, with what it is for', () => {
    const uses = opened(fixture('uses'), ({ tensors }) =>
      Object.fromEntries(tensors.flatMap(({ name, use }) => (use ? [[name, factText(use)]] : []))),
    );
    expect(uses).toEqual({
      table: 'a lookup table, not multiplied',
      added: 'added, not multiplied: connects no two layers',
      factor: 'multiplies element by element: connects no two layers',
      norm: 'normalization',
      normb: 'normalization',
      packed: 'weights of the operation MatMulNBits, which cannot be read',
      scales: 'read by the operation MatMulNBits, which connects no two layers',
      summed: 'weights of the operation Einsum, which cannot be read',
      sizes: 'read by the operation Resize, which connects no two layers',
      unused: 'no operation of the model uses it',
    });
  });

  it('counts equal weights in branches once, and unequal ones each', () => {
    opened(fixture('branches'), ({ tensors }) => {
      const said = tensors.map(({ name, use }) => `${name}: ${use ? factText(use) : 'a layer'}`);
      expect(said).toEqual(
        expect.arrayContaining([
          'If_0.then_branch/K: stored again: the same as If_0.else_branch/K',
          'If_0.else_branch/K: a layer',
          'If_0.then_branch/L: a layer',
          'If_0.else_branch/L: a layer',
          'outer: a layer',
        ]),
      );
    });
  });

  it('hands the analysis the values that it hands everybody', () => {
    opened(fixture('quantized'), (checkpoint) => {
      const plan = planAnalysis(buildNetwork(checkpoint, 'test'), checkpoint.tensors);
      const [codes] = plan.projections[0]!.parts;
      const row = new Uint8Array(24 * 4);
      withRows((read) => {
        read(codes!, 5, row);
      });
      const own = new Uint8Array(24 * 4);
      checkpoint.read(
        checkpoint.tensors.find(({ name }) => name === 'codes')!,
        5 * row.length,
        own,
      );
      expect(row).toEqual(own);
      expect(checkpoint.tensors.find(({ name }) => name === 'codes')).toMatchObject({
        dtype: 'F32',
        stored: 'I8',
      });
    });
  });
});

describe('what is not read', () => {
  const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
  const one = (tensor: Uint8Array, more: readonly Uint8Array[] = []): Uint8Array =>
    modelOf(graphOf([nodeOf('MatMul', ['x', 'w'], ['y'])], [tensor, ...more]));
  const location = (path: string, more: Record<string, string> = {}): Uint8Array =>
    tensorOf('w', [2, 3], 1, [
      field(14, varint(1)),
      ...Object.entries({ location: path, ...more }).map(([key, value]) =>
        field(13, Buffer.concat([field(1, text(key)), field(2, text(value))])),
      ),
    ]);

  it.each(['../../etc/passwd', '/etc/passwd', 'a/../../b', '..\\b', 'C:\\b', ''])(
    'a file outside the folder of the model: %j',
    (path) => {
      const file = write('outside/model.onnx', one(location(path)));
      expectFault(() => openCheckpoint(file), 'unsupported', file, /only files in the folder of the model/);
    },
  );

  it('a range outside such a file, a wrong length, a file that is not there', () => {
    write('ranges/data', floats(1, 2, 3, 4, 5, 6));
    const fault = (more: Record<string, string>, words: RegExp, path = 'data'): void => {
      const file = write('ranges/model.onnx', one(location(path, more)));
      expectFault(() => openCheckpoint(file), 'damaged', file, words);
    };
    fault({ offset: '4' }, /ends at byte 28 of "data", which has 24: that file is cut short/);
    fault({ length: '20' }, /has 20 bytes; 24 are expected/);
    fault({ offset: '-4' }, /the offset of tensor "w" is "-4"/);
    const missing = write('ranges/model.onnx', one(location('none')));
    expectFault(
      () => openCheckpoint(missing),
      'missing',
      at('ranges/none'),
      /holds the values of tensor "w".* of model\.onnx/,
    );
    const sound = write('ranges/model.onnx', one(location('data', { offset: '0', length: '24' })));
    opened(sound, ({ files }) => {
      expect(files.map(({ path }) => path)).toEqual([sound, at('ranges/data')]);
    });
  });

  it('values that are too few, or of no form that is known', () => {
    const fault = (fields: Uint8Array[], words: RegExp): void => {
      const file = write('values/model.onnx', one(tensorOf('w', [2, 3], 1, fields)));
      expectFault(() => openCheckpoint(file), 'damaged', file, words);
    };
    fault([field(9, floats(1, 2))], /tensor "w" has 8 bytes; 24 are expected/);
    fault([], /tensor "w" has no values/);
    const scattered = [1, 2, 3, 4, 5, 6].map((value) => Buffer.concat([varint(4 * 8 + 5), floats(value)]));
    const file = write('values/model.onnx', one(tensorOf('w', [2, 3], 1, scattered)));
    expectFault(
      () => opened(file, (checkpoint) => buildNetwork(checkpoint, file)),
      'unsupported',
      file,
      /value by value/,
    );
  });

  it('a model whose weights are packed for an operation, by its name', () => {
    const packed = nodeOf('MatMulNBits', ['x', 'w'], ['y'], [], 'com.microsoft');
    const bytes = modelOf(graphOf([packed], [tensorOf('w', [8, 4, 16], 2, [field(9, new Uint8Array(512))])]));
    const file = write('packed/model.onnx', bytes);
    opened(file, (checkpoint) => {
      expectFault(() => buildNetwork(checkpoint, file), 'unsupported', file, /MatMulNBits/);
    });
  });

  it('weights that are grouped the other way than they are stored', () => {
    const turned = nodeOf('Transpose', ['w'], ['v'], [attribute('perm', [1, 0, 2])]);
    const grouped = nodeOf('Conv', ['x', 'v'], ['y'], [attribute('group', 2)]);
    const bytes = modelOf(
      graphOf([turned, grouped], [tensorOf('w', [3, 4, 2], 1, [field(9, new Uint8Array(96))])]),
    );
    opened(write('grouped/model.onnx', bytes), ({ tensors }) => {
      expect(tensors.map(({ use }) => use)).toEqual([{ code: 'unread-operation', operation: 'Conv' }]);
    });
  });

  it('a file that is cut short anywhere', () => {
    const whole = readFileSync(fixture('uses'));
    for (let length = 0; length < whole.length; length += 97) {
      const file = write('cut/model.onnx', whole.subarray(0, length));
      expect(() => {
        openCheckpoint(file);
      }).toThrow(/model\.onnx/);
    }
  });

  it('another file of that name', () => {
    const page = write('page/model.onnx', '<!DOCTYPE html><html></html>');
    expectFault(() => openCheckpoint(page), 'unsupported', page, /web page/);
  });
});

it('a model is known by its content, whatever its name', () => {
  const path = at('other/model.bin.old');
  copyFileSync(fixture('raw'), path);
  opened(path, ({ format, tensors }) => {
    expect(format).toBe('onnx');
    expect(tensors.map(({ name }) => name)).toEqual(['A', 'B', 'c']);
  });
});

it('weights that a graph computes from constants are said to be unread, and activations times a factor are not', () => {
  const value = (name: string, dims: readonly number[]): Uint8Array =>
    tensorOf(name, dims, 1, [
      field(9, Buffer.alloc(4 * dims.reduce((product, side) => product * side, 1), 1)),
    ]);
  const nodes = [
    nodeOf('Mul', ['a', 's'], ['scaled']),
    nodeOf('Transpose', ['scaled'], ['turned']),
    nodeOf('MatMul', ['x', 'turned'], ['h']),
    nodeOf('Reshape', ['flat', 'shape'], ['matrix']),
    nodeOf('MatMul', ['h', 'matrix'], ['i']),
    nodeOf('Mul', ['i', 'factor'], ['j']),
    nodeOf('MatMul', ['j', 'b'], ['y']),
  ];
  const constants = [
    ...[value('a', [4, 6]), value('s', [6]), value('flat', [24])],
    ...[value('shape', [2]), value('factor', [6, 1]), value('b', [6, 8])],
  ];
  const path = write('onnx/computed.onnx', modelOf(graphOf(nodes, constants)));
  opened(path, ({ tensors }) => {
    expect(Object.fromEntries(tensors.map(({ name, use, axes }) => [name, use?.code ?? axes]))).toEqual({
      ...{ a: 'unread-operation', s: 'unread-operation', flat: 'unread-operation' },
      ...{ shape: 'unread-operation', factor: 'factor', b: 'in-out' },
    });
  });
});

it('weights that an operation multiplies by a factor are said to be unread', () => {
  const alpha = (value: number): Uint8Array => {
    const bytes = Buffer.alloc(5, (2 << 3) | 5);
    bytes.writeFloatLE(value, 1);
    return Buffer.concat([field(1, text('alpha')), bytes]);
  };
  const nodes = [
    nodeOf('Gemm', ['x', 'a'], ['h'], [alpha(1), attribute('transB', 1)]),
    nodeOf('Gemm', ['h', 'b'], ['y'], [alpha(2)]),
  ];
  const constants = ['a', 'b'].map((name) => tensorOf(name, [6, 6], 1, [field(9, Buffer.alloc(144, 1))]));
  opened(write('onnx/alpha.onnx', modelOf(graphOf(nodes, constants))), ({ tensors }) => {
    expect(tensors.map(({ use, axes }) => use ?? axes)).toEqual([
      'out-in',
      { code: 'unread-operation', operation: 'Gemm (alpha 2.00)' },
    ]);
  });
});

it('sparse tensors are refused by name, not as damage', () => {
  const graph = Buffer.concat([
    graphOf([nodeOf('MatMul', ['x', 'w'], ['y'])], []),
    field(15, Buffer.alloc(0)),
  ]);
  const file = write('onnx/sparse.onnx', modelOf(graph));
  expectFault(() => openCheckpoint(file), 'unsupported', file, /holds sparse tensors/);
});

it('opening reads the graph alone, whatever its weights', () => {
  const big = tensorOf('w', [1024, 1024], 1, [field(9, new Uint8Array(4 * 2 ** 20))]);
  const path = write(
    'big/model.onnx',
    modelOf(graphOf([nodeOf('MatMul', ['x', 'w'], ['y'])], [big, big].slice(0, 1))),
  );
  opened(path, (checkpoint) => {
    expect(checkpoint.bytesRead).toBeLessThan(300_000);
    expect(checkpoint.tensors).toMatchObject([{ name: 'w', axes: 'in-out', order: 0 }]);
  });
});
