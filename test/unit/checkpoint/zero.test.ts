/** Checkpoints of DeepSpeed: whole weights of ZeRO-1 and 2, and those of ZeRO-3 out of the shares of all processes. */
import { createHash } from 'node:crypto';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decode } from '../../../src/core/checkpoint/dtype';
import { checkpointName } from '../../../src/core/checkpoint/name';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import { searchFolder } from '../../../src/core/run/searchFolder';
import { samplePath } from '../support/analyze';
import { figuresOf } from '../support/decodedAs';
import { Items, Tensor, torchFile, type Pickled } from '../support/torchFiles';
import { zeroFiles, type ZeroOptions } from '../support/zeroFiles';
import { valuesOf, withFile } from '../support/opened';
import { at, expectFault, openFiles, vectors, write } from './build';

const FIXTURE = join(import.meta.dirname, '../../fixtures/formats/zero3');
const FIRST = 'zero_pp_rank_0_mp_rank_00_model_states.pt';

type Weights = Parameters<typeof zeroFiles>[0];

/** The weights of a checkpoint of the sample run, as float32. */
const sample: Weights = withFile(
  samplePath(1000),
  (checkpoint) =>
    new Map(
      checkpoint.tensors.map((tensor) => {
        const values = new Float64Array(tensor.shape.reduce((all, size) => all * size, 1));
        decode(tensor.dtype, valuesOf(checkpoint, tensor), values);
        return [tensor.name, { shape: tensor.shape, values: Float32Array.from(values) }];
      }),
    ),
);

function writeZero(name: string, weights: Weights, options?: ZeroOptions): string {
  for (const [file, content] of Object.entries(zeroFiles(weights, options)))
    write(`${name}/${file}`, content);
  return at(name);
}

it('the shares of three processes make the weights that PyTorch had', () => {
  const expected = JSON.parse(readFileSync(join(FIXTURE, 'expected.json'), 'utf8')) as Record<
    string,
    [number[], string]
  >;
  const before = openFiles();
  withFile(FIXTURE, (checkpoint) => {
    expect(checkpoint.format).toBe('deepspeed-zero3');
    expect(checkpoint.metadata).toMatchObject({ global_steps: '40', ds_version: '0.14.0' });
    const found = checkpoint.tensors.map((tensor) => {
      const sha = createHash('sha256').update(valuesOf(checkpoint, tensor)).digest('hex');
      return [tensor.name, [tensor.shape, sha]];
    });
    expect(Object.fromEntries(found)).toEqual(expected);
  });
  expect(openFiles()).toBe(before);
});

describe('the same weights', () => {
  it('of three processes, in groups that end within weights, give the figures of one file', async () => {
    const path = writeZero('same', sample, { processes: 3, cuts: [1000, 1001, 5000] });
    const plain = new Map<Pickled, Pickled>(
      [...sample].map(([name, { shape, values }]) => [
        name,
        new Tensor(new Uint8Array(values.buffer), 'F32', shape),
      ]),
    );
    const whole = write('whole/model.pt', torchFile(plain));
    for (const mode of [{ samples: 2 }, { mode: 'full' }] as const)
      expect(await figuresOf(path, mode)).toEqual(await figuresOf(whole, mode));
    withFile(path, (checkpoint) => {
      const tensor = checkpoint.tensors.find(({ shape }) => shape.length === 2)!;
      const before = checkpoint.bytesRead;
      checkpoint.read(tensor, 400, new Uint8Array(400));
      expect(checkpoint.bytesRead - before).toBe(400);
    });
  });

  it('of ZeRO-1 and 2 are those of the module', () => {
    const module = new Map<Pickled, Pickled>([['a.weight', new Tensor(new Uint8Array(8), 'BF16', [2, 2])]]);
    const state = new Map<Pickled, Pickled>([
      ['module', module],
      ['param_shapes', [new Map([['a.weight', new Items([2, 2])]])]],
      ['global_steps', 20],
    ]);
    write('stage2/global_step20/mp_rank_00_model_states.pt', torchFile(state));
    write('stage2/global_step20/bf16_zero_pp_rank_0_mp_rank_00_optim_states.pt', torchFile(state));
    write('stage2/latest', 'global_step20\n');
    for (const path of ['stage2', 'stage2/global_step20'])
      withFile(at(path), ({ path: opened, tensors }) => {
        expect(checkpointName(opened)).toBe('stage2/global_step20');
        expect(tensors.map(({ name }) => name)).toEqual(['a.weight']);
      });
  });
});

describe('is refused', () => {
  const weights: Weights = new Map([
    ['a.weight', { shape: [3, 5], values: Float32Array.from({ length: 15 }, (_, i) => i) }],
    ['b.weight', { shape: [4, 2], values: Float32Array.from({ length: 8 }, (_, i) => -i) }],
  ]);
  let count = 0;
  const made = (options: ZeroOptions = {}): string => writeZero(`bad/${count++}`, weights, options);

  it('a part that is missing, whichever', () => {
    for (const [rank, named] of [
      [1, 1],
      [0, 0],
      [2, 2],
    ] as const) {
      const folder = made({ processes: 3 });
      rmSync(join(folder, `bf16_zero_pp_rank_${rank}_mp_rank_00_optim_states.pt`));
      const error = (): unknown => openCheckpoint(folder);
      expect(error).toThrow(new RegExp(`zero_pp_rank_${named}_mp_rank_00_optim_states\\.pt: .*process`));
    }
    const none = made();
    for (const rank of [0, 1]) rmSync(join(none, `bf16_zero_pp_rank_${rank}_mp_rank_00_optim_states.pt`));
    expect(() => openCheckpoint(none)).toThrow(/vectors of all processes are missing/);
    const first = made();
    rmSync(join(first, FIRST));
    expectFault(() => openCheckpoint(first), 'missing', join(first, FIRST), /tells what .* hold/);
  });

  it('what does not add up', () => {
    const cases: [ZeroOptions, RegExp][] = [
      [
        { optimizer: (same) => new Map(same).set('partition_count', 1) },
        /tells of 1 processes, and the parts of 2/,
      ],
      [
        { optimizer: (same) => new Map(same).set('zero_stage', 2) },
        /of ZeRO stage 2, where stage 3 is expected/,
      ],
      [
        { optimizer: (same) => new Map(same).set('fp32_flat_groups', [null]) },
        /no vectors of weights \(fp32_flat_groups\)/,
      ],
      [
        {
          optimizer: (same, rank) =>
            rank === 0
              ? same
              : new Map(same).set('fp32_flat_groups', [new Tensor(new Uint8Array(8), 'F32', [2])]),
        },
        /vectors of process 1 have other lengths/,
      ],
      [
        { model: (same) => new Map(same).set('param_shapes', [new Map([['a.weight', new Items([3, 5])]])]) },
        /weights are 8 values of each process, and the vectors have 12/,
      ],
      [
        { model: (same) => new Map(same).set('param_shapes', [new Map([['a.weight', new Items([30, 5])]])]) },
        /"a\.weight" reaches beyond the 12 values/,
      ],
      [{ model: (same) => new Map([...same].filter(([key]) => key !== 'param_shapes')) }, /param_shapes/],
    ];
    for (const [options, message] of cases) {
      const folder = made(options);
      expectFault(() => openCheckpoint(folder), 'damaged', join(folder, FIRST), message);
    }
  });

  it('a slice of a model, or files of layers and experts', () => {
    const folder = made();
    cpSync(join(folder, FIRST), join(folder, FIRST.replace('mp_rank_00', 'mp_rank_01')));
    expectFault(() => openCheckpoint(folder), 'unsupported', folder, /tensor parallelism has cut/);
    for (const rank of [0, 1]) write(`sliced/mp_rank_0${rank}_model_states.pt`, torchFile(new Map()));
    expectFault(() => openCheckpoint(at('sliced')), 'unsupported', at('sliced'), /split over 2 processes/);
    for (const file of ['layer_00-model_00-model_states.pt', 'layer_1_expert_0_mp_rank_00_model_states.pt']) {
      write('layers/global_step1/mp_rank_00_model_states.pt', torchFile(new Map()));
      write(`layers/global_step1/${file}`, torchFile(new Map()));
      expectFault(
        () => openCheckpoint(at('layers/global_step1')),
        'unsupported',
        at('layers/global_step1'),
        /a file for each layer or expert/,
      );
    }
  });

  it('vectors alone, which are named by hand', () => {
    const path = join(FIXTURE, 'bf16_zero_pp_rank_0_mp_rank_00_optim_states.pt');
    withFile(path, ({ tensors }) => {
      expect(new Set(tensors.map(({ use }) => use?.code))).toEqual(new Set(['optimizer-state']));
    });
  });
});

describe('a run', () => {
  it('of a Trainer has one checkpoint for each step, and of a model beside it that one', async () => {
    for (const step of [10, 20]) {
      cpSync(FIXTURE, at(`trainer/checkpoint-${step}/global_step${step}`), { recursive: true });
      write(`trainer/checkpoint-${step}/latest`, `global_step${step}`);
      cpSync(dirname(at(`trainer/checkpoint-${step}/x`)), at(`beside/checkpoint-${step}`), {
        recursive: true,
      });
      write(`beside/checkpoint-${step}/model.safetensors`, vectors({ a: 4 }));
    }
    const shown = async (name: string): Promise<unknown> =>
      (await searchFolder(at(name))).runs.map(({ label, checkpoints }) => [
        label,
        ...checkpoints.map((each) => `${each.name}:${each.step}`),
      ]);
    expect(await shown('trainer')).toEqual([
      ['checkpoint-#/global_step#', 'checkpoint-10/global_step10:10', 'checkpoint-20/global_step20:20'],
    ]);
    expect(await shown('beside')).toEqual([['checkpoint-#', 'checkpoint-10:10', 'checkpoint-20:20']]);
    withFile(at('trainer/checkpoint-20'), ({ path }) => {
      expect(path).toBe(join(at('trainer/checkpoint-20/global_step20'), FIRST));
    });
    for (const step of [10, 20]) cpSync(FIXTURE, at(`engine/global_step${step}`), { recursive: true });
    write('engine/latest', 'global_step20');
    expect(await shown('engine')).toEqual([['global_step#', 'global_step10:10', 'global_step20:20']]);
    expectFault(() => openCheckpoint(at('engine')), 'missing', at('engine'), /such as .*global_step20/);
  });
});
