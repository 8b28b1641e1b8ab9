/** Distributed checkpoints of PyTorch: the same weights give the same bits, and pieces that do not fit are refused by name. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DTYPE_BITS } from '../../../src/core/checkpoint/dtype';
import { checkpointName } from '../../../src/core/checkpoint/name';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import { searchFolder } from '../../../src/core/run/searchFolder';
import { samplePath } from '../support/analyze';
import { cutAlong, dcpFiles, type DcpOptions, type DcpTensor, type Tile } from '../support/dcpFiles';
import { figuresOf } from '../support/decodedAs';
import { Call, Items, Named, pickle, torchFile, type Pickled } from '../support/torchFiles';
import { valuesOf, withFile } from '../support/opened';
import { at, expectFault, openFiles, write } from './build';

const FIXTURE = join(import.meta.dirname, '../../fixtures/formats/dcp');

/** Writes a checkpoint into a folder. */
function writeDcp(name: string, tensors: ReadonlyMap<string, DcpTensor>, options: DcpOptions = {}): string {
  for (const [file, content] of Object.entries(dcpFiles(tensors, options))) write(`${name}/${file}`, content);
  return at(name);
}

/** Counting float32. */
const counting = (...shape: number[]): DcpTensor => {
  const elements = shape.reduce((all, size) => all * size, 1);
  const values = Float32Array.from({ length: elements }, (_, i) => i);
  return { dtype: 'F32', shape, bytes: new Uint8Array(values.buffer) };
};

/** The weights of a checkpoint of the sample run. @param cut the tiles of one. */
const sample = (
  cut: (shape: readonly number[]) => Tile[] | undefined,
  path?: (name: string) => string[],
): Map<string, DcpTensor> =>
  withFile(
    samplePath(1000),
    (checkpoint) =>
      new Map(
        checkpoint.tensors.map((tensor) => {
          const { name, dtype, shape } = tensor;
          const tiles = cut(shape);
          const own = { dtype, shape, bytes: valuesOf(checkpoint, tensor) };
          return [
            path?.(name).join('.') ?? name,
            { ...own, ...(tiles && { tiles }), ...(path && { path: path(name) }) },
          ];
        }),
      ),
  );

it('a checkpoint that PyTorch has written in two processes holds what PyTorch says', () => {
  const expected = JSON.parse(readFileSync(join(FIXTURE, 'expected.json'), 'utf8')) as Record<
    string,
    [number[], string, string]
  >;
  const before = openFiles();
  withFile(FIXTURE, (checkpoint) => {
    expect(checkpoint.format).toBe('dcp');
    expect(checkpoint.metadata).toEqual({ 'objects that are no tensors': 'step' });
    expect(checkpoint.tensors.map(({ name }) => name).sort()).toEqual(Object.keys(expected).sort());
    for (const tensor of checkpoint.tensors) {
      const [shape, , sha] = expected[tensor.name]!;
      expect(tensor.shape).toEqual(shape);
      expect(createHash('sha256').update(valuesOf(checkpoint, tensor)).digest('hex')).toBe(sha);
    }
  });
  expect(openFiles()).toBe(before);
});

describe('the same weights', () => {
  const grid = (shape: readonly number[]): Tile[] =>
    shape.length < 2
      ? cutAlong(shape, 0, 3)
      : cutAlong(shape, 0, 2).flatMap((row) =>
          cutAlong(shape, 1, 3).map((column) => ({
            starts: [row.starts[0]!, column.starts[1]!],
            sizes: [row.sizes[0]!, column.sizes[1]!],
          })),
        );
  const CUTS: readonly [string, (shape: readonly number[]) => Tile[] | undefined, number][] = [
    ['whole tensors in one file', () => undefined, 1],
    ['rows of four processes', (shape) => cutAlong(shape, 0, 4), 4],
    ['columns', (shape) => cutAlong(shape, shape.length - 1, 3), 2],
    ['grids', grid, 3],
  ];
  const MODES = [{ samples: 2 }, { mode: 'full' }] as const;
  it.each(CUTS)('in %s give the same bits, and rows alone are read', async (name, cut, files) => {
    const path = writeDcp(`same/${name}`, sample(cut), { files });
    for (const mode of MODES)
      expect(await figuresOf(path, mode)).toEqual(await figuresOf(samplePath(1000), mode));
    withFile(path, (checkpoint) => {
      for (const tensor of checkpoint.tensors.filter(({ shape }) => shape.length === 2)) {
        const [, columns = 0] = tensor.shape;
        const row = new Uint8Array((columns * DTYPE_BITS[tensor.dtype]) / 8);
        const before = checkpoint.bytesRead;
        checkpoint.read(tensor, row.length, row);
        expect(checkpoint.bytesRead - before).toBe(row.length);
      }
    });
  });
});

describe('what is taken', () => {
  const adam = (path: string[]): [string, DcpTensor] => [path.join('.'), { ...counting(6, 4), path }];
  it('is the model; states of optimizers are left out with that reason', () => {
    const weights = sample(
      () => undefined,
      (name) => ['model', name],
    );
    const [first] = weights.keys();
    const path = writeDcp(
      'trained',
      new Map([...weights, adam(['optim', 'state', first!.slice(6), 'exp_avg'])]),
      { objects: ['lr_scheduler', 'step'] },
    );
    withFile(path, ({ tensors, metadata }) => {
      expect(tensors.map(({ name }) => name)).toContain(first!.slice('model.'.length));
      expect(tensors.filter(({ use }) => use).map(({ name, use }) => [name, use!.code])).toEqual([
        [`optim.state.${first!.slice(6)}.exp_avg`, 'optimizer-state'],
      ]);
      expect(metadata).toEqual({ 'objects that are no tensors': 'lr_scheduler, step' });
    });
  });

  it('is what names say where nothing else does, and other sets can be chosen', () => {
    const flat = writeDcp(
      'flat',
      new Map([
        ['model.a.weight', counting(3, 2)],
        ['optimizer.state.a.exp_avg', counting(3, 2)],
        ['head.weight', counting(2, 2)],
      ]),
    );
    withFile(flat, ({ tensors }) => {
      expect(tensors.map(({ name, use }) => [name, use?.code])).toEqual([
        ['model.a.weight', undefined],
        ['optimizer.state.a.exp_avg', 'optimizer-state'],
        ['head.weight', undefined],
      ]);
    });
    const sets = writeDcp('sets', new Map([adam(['ema', 'a']), adam(['model', 'a'])]));
    withFile(sets, ({ tensors }) => {
      expect(tensors.map(({ name, set }) => [name, set])).toEqual([
        ['a', { name: 'model', isMain: true }],
        ['ema.a', { name: 'ema', isMain: false }],
      ]);
    });
  });

  it('of layers that Megatron stacks, is every layer, with its arguments as a configuration', () => {
    const stacked = { ...counting(3, 4, 2), tiles: cutAlong([3, 4, 2], 0, 2) };
    const columns = { ...counting(3, 2, 4), tiles: cutAlong([3, 2, 4], 2, 2) };
    const path = writeDcp(
      'iter_0000100',
      new Map([
        ['embedding.word_embeddings.weight', counting(5, 2)],
        ['decoder.layers.mlp.linear_fc1.weight', stacked],
        ['decoder.layers.mlp.linear_fc2.weight', columns],
        ['decoder.layers.mlp.linear_fc1.layer_norm_weight', counting(3, 2)],
      ]),
      { list: new Named('megatron.core.dist_checkpointing.strategies.torch', 'MCoreMetadata') },
    );
    write('iter_0000100/metadata.json', '{"sharded_backend": "torch_dist", "sharded_backend_version": 1}');
    const args = new Call(new Named('argparse', 'Namespace'), [], new Map([['num_attention_heads', 2]]));
    write(
      'iter_0000100/common.pt',
      torchFile(
        new Map<Pickled, Pickled>([
          ['args', args],
          ['iteration', 100],
        ]),
      ),
    );
    withFile(path, (checkpoint) => {
      expect(checkpoint.config).toEqual({ num_attention_heads: 2 });
      expect(checkpoint.tensors.map(({ name, shape }) => [name, shape.join()])).toEqual([
        ['embedding.word_embeddings.weight', '5,2'],
        ...[0, 1, 2].map((i) => [`decoder.layers.${i}.mlp.linear_fc1.weight`, '4,2']),
        ...[0, 1, 2].map((i) => [`decoder.layers.${i}.mlp.linear_fc2.weight`, '2,4']),
        ...[0, 1, 2].map((i) => [`decoder.layers.${i}.mlp.linear_fc1.layer_norm_weight`, '2']),
      ]);
      const numbers = (name: string): number[] => {
        const bytes = valuesOf(
          checkpoint,
          checkpoint.tensors.find((each) => each.name === name)!,
        );
        return [...new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)];
      };
      const from = (first: number): number[] => Array.from({ length: 8 }, (_, i) => first + i);
      for (const i of [0, 1, 2]) {
        expect(numbers(`decoder.layers.${i}.mlp.linear_fc1.weight`)).toEqual(from(8 * i));
        expect(numbers(`decoder.layers.${i}.mlp.linear_fc2.weight`)).toEqual(from(8 * i));
      }
    });
  });
});

describe('is refused', () => {
  const rows = (): Map<string, DcpTensor> =>
    new Map([
      ['a.weight', { ...counting(8, 4), tiles: cutAlong([8, 4], 0, 4) }],
      ['b.weight', counting(4, 4)],
    ]);
  let count = 0;
  const made = (options: DcpOptions, tensors = rows()): string =>
    writeDcp(`bad/${count++}`, tensors, options);
  const list = (folder: string): string => join(folder, '.metadata');
  const shifted =
    (change: (tile: Tile, i: number) => Tile | null): NonNullable<DcpOptions['said']> =>
    (tiles, name) =>
      name === 'a.weight' ? tiles.map(change).filter((tile) => tile !== null) : tiles;

  it('a list that holds something else, with the way to merge the pieces', () => {
    const folder = made({});
    writeFileSync(list(folder), Buffer.from('PK\x03\x04 and no more'));
    expectFault(
      () => openCheckpoint(folder),
      'damaged',
      list(folder),
      /PyTorch distributed checkpoint \(DCP\), and holds something else.*accelerate merge-weights/,
    );
  });

  it('a tensor with a gap, with overlapping pieces, or with one outside', () => {
    const gap = made({ said: shifted((tile, i) => (i === 1 ? null : tile)) });
    expectFault(
      () => openCheckpoint(gap),
      'damaged',
      list(gap),
      /pieces of "a\.weight" do not cover it: 8 of its 32 values/,
    );
    const wide = made({ said: shifted((tile) => ({ ...tile, sizes: [3, 4] })) });
    expectFault(
      () => openCheckpoint(wide),
      'damaged',
      list(wide),
      /"a\.weight".*(?:\[0, 0\] and \[2, 0\] overlap|indices 6 to 8)/,
    );
    const overlapping = made({ said: shifted((tile, i) => (i < 3 ? { ...tile, sizes: [3, 4] } : tile)) });
    expectFault(
      () => openCheckpoint(overlapping),
      'damaged',
      list(overlapping),
      /\[0, 0\] and \[2, 0\] overlap/,
    );
  });

  it('a piece of another size, of another type, or cut short', () => {
    const other = new Map([['a.weight', { ...counting(8, 4), dtype: 'F32' }]]);
    const size = made(
      { said: () => [{ starts: [0, 0], sizes: [8, 4] }] },
      new Map([['a.weight', { ...counting(8, 4), tiles: [{ starts: [0, 0], sizes: [4, 4] }] }]]),
    );
    expectFault(
      () => openCheckpoint(size),
      'damaged',
      join(size, '__0_0.distcp'),
      /"a\.weight" that begins at \[0, 0\] holds F32 \[4, 4\], where F32 \[8, 4\]/,
    );
    const cut = made({ files: 1 }, other);
    write(
      `${basename(dirname(cut))}/${basename(cut)}/__0_0.distcp`,
      readFileSync(join(cut, '__0_0.distcp')).subarray(0, 100),
    );
    expectFault(
      () => openCheckpoint(cut),
      'damaged',
      join(cut, '__0_0.distcp'),
      /ends at byte \d+, and the file has 100/,
    );
  });

  it('a piece that is not listed, or whose file is missing', () => {
    const missing = made({});
    rmSync(join(missing, '__1_0.distcp'));
    expectFault(
      () => openCheckpoint(missing),
      'missing',
      join(missing, '__1_0.distcp'),
      /of the checkpoint's 2 is missing/,
    );
    const added = made({ said: shifted((tile, i) => (i === 3 ? { ...tile, starts: [7, 0] } : tile)) });
    expectFault(
      () => openCheckpoint(added),
      'damaged',
      list(added),
      /nothing says where the piece of "a\.weight" is stored that begins at \[7, 0\]/,
    );
    const unlisted = made({});
    rmSync(list(unlisted));
    for (const path of [unlisted, join(unlisted, '__0_0.distcp')])
      expectFault(
        () => openCheckpoint(path),
        'missing',
        list(unlisted),
        /tells what __0_0\.distcp.* hold.*hidden files included/,
      );
  });

  it('a piece outside the folder, or one that only an extension can read', () => {
    for (const name of ['../../etc/passwd', '/etc/passwd', '..', 'a/b.distcp', 'C:\\x', '']) {
      const path = made({ entry: (entry) => new Map(entry).set('relative_path', name) });
      expectFault(() => openCheckpoint(path), 'damaged', list(path), /which is no plain file name/);
    }
    const packed = made({ entry: (entry) => new Map(entry).set('transform_descriptors', ['stream.zstd']) });
    expectFault(
      () => openCheckpoint(packed),
      'unsupported',
      join(packed, '__0_0.distcp'),
      /compressed or encrypted by an extension/,
    );
  });

  it('a name that is no name, and objects in objects without end', () => {
    const long = made({}, new Map([['n'.repeat(5000), counting(2, 2)]]));
    expectFault(() => openCheckpoint(long), 'damaged', list(long), /a tensor whose name has 5000 characters/);
    const path = Array.from({ length: 100 }, (_, i) => String(i));
    const deep = made({}, new Map([['a.weight', { ...counting(2, 2), path }]]));
    expectFault(() => openCheckpoint(deep), 'damaged', list(deep), /nests objects more than 64 deep/);
  });

  it('a tensor that Megatron has flattened', () => {
    const shape = new Items([8, 4]);
    const path = made({
      more: [
        ['mcore_data', new Map([['a.weight', new Map([['nd_reformulated_orig_global_shape', shape]])]])],
      ],
    });
    expectFault(() => openCheckpoint(path), 'unsupported', list(path), /Megatron has flattened "a\.weight"/);
  });

  it('what would do harm, in the list or in a piece, and nothing of it is run', () => {
    const canary = at('bad/canary');
    const harm = new Call(new Named('posix', 'system'), [`touch ${canary}`]);
    const metadata = new Call(
      new Named('torch.distributed.checkpoint.metadata', 'Metadata'),
      [],
      new Map<Pickled, Pickled>([['state_dict_metadata', harm]]),
    );
    const listed = made({});
    write(`bad/${basename(listed)}/.metadata`, pickle(metadata, { protocol: 4 }).bytes);
    expectFault(
      () => openCheckpoint(listed),
      'unsupported',
      list(listed),
      /it runs posix\.system; nothing was run here/,
    );
    const piece = torchFile(harm);
    const inside = made({ entry: (entry) => new Map(entry).set('length', piece.length).set('offset', 0) });
    write(`bad/${basename(inside)}/__0_0.distcp`, piece);
    expectFault(() => openCheckpoint(inside), 'unsupported', join(inside, '__0_0.distcp'), /posix\.system/);
    expect(existsSync(canary)).toBe(false);
  });
});

describe('a run of', () => {
  const copies: [string, string, number[], string[]][] = [
    ['torchtitan', 'step-#', [100, 1000], ['step-100', 'step-1000']],
    [
      'Trainer under FSDP',
      'checkpoint-#/pytorch_model_fsdp_0',
      [500, 1000],
      ['checkpoint-500', 'checkpoint-1000'],
    ],
    ['Megatron', 'iter_000#', [1000, 2000], ['iter_0001000', 'iter_0002000']],
    ['NeMo', 'name--step=#/weights', [10, 20], ['name--step=10', 'name--step=20']],
    ['Composer', 'ep0-ba#', [10, 20], ['ep0-ba10', 'ep0-ba20']],
    ['Lightning', 'epoch=0-step=#.ckpt', [10, 20], ['epoch=0-step=10.ckpt', 'epoch=0-step=20.ckpt']],
  ];
  it.each(copies)('%s is found', async (name, pattern, steps, names) => {
    const run = at(`runs/${name}/x`);
    for (const step of steps) {
      const folder = join(dirname(run), pattern.replace('#', String(step)));
      cpSync(FIXTURE, folder, { recursive: true });
      if (name === 'Megatron') cpSync(join(FIXTURE, '__0_0.distcp'), join(folder, 'common.pt'));
      if (name.includes('FSDP')) {
        cpSync(FIXTURE, join(dirname(folder), 'optimizer_0'), { recursive: true });
        write(`runs/${name}/checkpoint-${step}/scheduler.pt`, 'x');
      }
      const checkpoint = name.includes('FSDP') || name === 'NeMo' ? dirname(folder) : folder;
      for (const path of [checkpoint, join(folder, '__1_0.distcp'), join(folder, '.metadata')])
        withFile(path, (opened) => {
          expect(opened.path).toBe(join(folder, '.metadata'));
          expect(checkpointName(opened.path)).not.toContain('metadata');
        });
    }
    const index = await searchFolder(dirname(run));
    expect(index.runs.map(({ checkpoints }) => checkpoints.map((each) => [each.name, each.step]))).toEqual([
      names.map((each, i) => [each, steps[i]]),
    ]);
    expect(index.series).toHaveLength(1);
    expect(index.others).toEqual([]);
  });
});
