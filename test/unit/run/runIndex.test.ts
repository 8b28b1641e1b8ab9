import { describe, expect, it } from 'vitest';
import { factText } from '../../../src/protocol/factWords';
import type { FoundFile } from '../../../src/core/storage/walkFolder';
import { RunIndex } from '../../../src/core/run/runIndex';

let clock = 0;
/** Files of 1,000 bytes, each written after the one before it. */
const files = (...paths: string[]): FoundFile[] =>
  paths.map((path) => ({ path, bytes: 1000, modified: ++clock }));

function indexOf(found: readonly FoundFile[], notes: Record<string, string> = {}): RunIndex {
  const index = new RunIndex();
  index.add(found);
  for (const [path, text] of Object.entries(notes)) index.give(path, text);
  return index;
}

/** Each run as its folder, how it is ordered, and its checkpoints by name and step. */
const shown = (index: RunIndex): unknown[] =>
  index.runs.map(({ path, orderedBy, checkpoints }) => [
    path,
    orderedBy,
    ...checkpoints.map(({ name, step }) => `${name}:${step}`),
  ]);

describe('steps in names', () => {
  it.each<[string, string[], unknown[]]>([
    [
      'folders',
      ['/r/step1000/model.safetensors', '/r/step64/model.safetensors', '/r/step0/model.safetensors'],
      ['/r', 'step', 'step0:0', 'step64:64', 'step1000:1000'],
    ],
    [
      'Trainer',
      ['/r/checkpoint-1000/model.safetensors', '/r/checkpoint-500/model.safetensors'],
      ['/r', 'step', 'checkpoint-500:500', 'checkpoint-1000:1000'],
    ],
    [
      'DeepSpeed',
      ['/r/global_step20/mp_rank_00/model.safetensors', '/r/global_step10/mp_rank_00/model.safetensors'],
      ['/r', 'step', 'global_step10:10', 'global_step20:20'],
    ],
    [
      'Lightning',
      ['/r/epoch=3-step=2000.safetensors', '/r/epoch=1-step=1000.safetensors'],
      ['/r', 'step', 'epoch=1-step=1000:1000', 'epoch=3-step=2000:2000'],
    ],
    [
      'Lightning with a measure',
      ['/r/epoch=3-val_loss=0.25-step=2000.safetensors', '/r/epoch=1-val_loss=1.5e-1-step=1000.safetensors'],
      ['/r', 'step', 'epoch=1-val_loss=1.5e-1-step=1000:1000', 'epoch=3-val_loss=0.25-step=2000:2000'],
    ],
    [
      'Megatron',
      ['/r/iter_0001000/model.safetensors', '/r/iter_0000500/model.safetensors'],
      ['/r', 'step', 'iter_0000500:500', 'iter_0001000:1000'],
    ],
    [
      'files',
      ['/r/model_00500.safetensors', '/r/model_01500.safetensors'],
      ['/r', 'step', 'model_00500:500', 'model_01500:1500'],
    ],
    [
      'tokens that count on',
      ['/r/stage1-step7000-tokens30B/model.safetensors', '/r/stage1-step9000-tokens38B/model.safetensors'],
      ['/r', 'step', 'stage1-step7000-tokens30B:7000', 'stage1-step9000-tokens38B:9000'],
    ],
  ])('of %s', (_, paths, expected) => {
    expect(shown(indexOf(files(...paths)))).toEqual([expected]);
  });

  it('two models in one folder are two runs, named apart', () => {
    const { runs } = indexOf(
      files(
        ...['70m', '160m'].flatMap((size) =>
          [1, 2].map((step) => `/m/pythia-${size}-step${step}/model.safetensors`),
        ),
      ),
    );
    expect(runs.map(({ name, checkpoints }) => [name, checkpoints.length])).toEqual([
      ['m (pythia-70m-step#)', 2],
      ['m (pythia-160m-step#)', 2],
    ]);
    expect(new Set(runs.map(({ id }) => id)).size).toBe(2);
  });

  it('runs beside each other stay apart', () => {
    const index = indexOf(
      files(
        ...['a', 'b'].flatMap((run) => [0, 1].map((step) => `/runs/${run}/step${step}/model.safetensors`)),
      ),
    );
    expect(index.runs.map(({ path, name }) => [path, name])).toEqual([
      ['/runs/a', 'a'],
      ['/runs/b', 'b'],
    ]);
  });

  it('one checkpoint is no run', () => {
    expect(shown(indexOf(files('/r/step5/model.safetensors')))).toEqual([]);
  });

  it('a last checkpoint in the run’s own folder makes no run of the folder around it', () => {
    const paths = ['a', 'b'].flatMap((run) => [
      `/runs/${run}/model.safetensors`,
      ...[1, 2].map((step) => `/runs/${run}/checkpoint-${step}/model.safetensors`),
    ]);
    expect(indexOf(files(...paths)).runs.map(({ path }) => path)).toEqual(['/runs/a', '/runs/b']);
  });
});

/** Files of 1,000 bytes that were all written at one time. */
const copied = (...paths: string[]): FoundFile[] => files(...paths).map((file) => ({ ...file, modified: 5 }));
const inFolders = (...names: string[]): string[] => names.map((name) => `/r/${name}/model.safetensors`);

describe('the order of training', () => {
  it.each<[string, string[], unknown[]]>([
    [
      'of units',
      inFolders('step-1431k-3T', 'step-480k-1T', 'step-50K-105b'),
      ['step', 'step-50K-105b:50000', 'step-480k-1T:480000', 'step-1431k-3T:1431000'],
    ],
    [
      'of numbers alone',
      inFolders('1000', '10000', '2000'),
      ['step', '1000:1000', '2000:2000', '10000:10000'],
    ],
    [
      'of epochs',
      inFolders('epoch_0', 'epoch_10', 'epoch_2'),
      ['epoch', 'epoch_0:null', 'epoch_2:null', 'epoch_10:null'],
    ],
    ['of tokens', inFolders('tokens-100B', 'tokens-20B'), ['tokens', 'tokens-20B:null', 'tokens-100B:null']],
    [
      'of stages',
      inFolders('stage2-step400', 'stage1-step40', 'stage1-step320'),
      ['step', 'stage1-step40:40', 'stage1-step320:320', 'stage2-step400:400'],
    ],
    [
      'of steps that each epoch counts anew',
      inFolders('epoch1-step5', 'epoch1-step10', 'epoch2-step5'),
      ['epoch', 'epoch1-step5:null', 'epoch1-step10:null', 'epoch2-step5:null'],
    ],
    [
      'of folders of epochs',
      ['/r/epoch_2/step_30/model.safetensors', '/r/epoch_1/step_20/model.safetensors'],
      ['step', 'epoch_1/step_20:20', 'epoch_2/step_30:30'],
    ],
    [
      'of numbers in names of files',
      ['/r/w-9.safetensors', '/r/w-10.safetensors', '/r/w.safetensors'],
      ['number', 'w-9:null', 'w-10:null', 'w:null'],
    ],
    [
      'of versions of an artifact',
      inFolders('model:v10', 'model:v9'),
      ['number', 'model:v9:null', 'model:v10:null'],
    ],
    [
      'of names in capitals',
      ['/r/STEP-2/MODEL.SAFETENSORS', '/r/Step-10/model.safetensors'],
      ['step', 'STEP-2:2', 'Step-10:10'],
    ],
  ])('%s', (_, paths, expected) => {
    for (const found of [copied(...paths), copied(...paths.toReversed())]) {
      expect(shown(indexOf(found))).toEqual([['/r', ...expected]]);
    }
  });

  it('comes from what files say of themselves', () => {
    const paths = ['/r/x-000004.safetensors', '/r/x-000008.safetensors', '/r/x.safetensors'];
    const index = indexOf(copied(...paths));
    expect(index.wanted()).toEqual(paths);
    expect(shown(index)).toEqual([['/r', 'epoch', 'x-000004:null', 'x-000008:null', 'x:null']]);
    for (const [i, path] of paths.entries()) {
      index.give(path, JSON.stringify({ ss_steps: String(100 * (i + 1)), ss_epoch: String(4 * (i + 1)) }));
    }
    expect(shown(index)).toEqual([['/r', 'step', 'x-000004:100', 'x-000008:200', 'x:300']]);
    expect(index.wanted()).toEqual([]);
  });

  it('is that of the folders of LeRobot, whose other files are none of it', () => {
    const found = copied(
      ...['005000', '010000'].flatMap((step) => [
        `/r/${step}/pretrained_model/model.safetensors`,
        `/r/${step}/pretrained_model/policy_preprocessor_step_5_normalizer_processor.safetensors`,
        `/r/${step}/training_state/optimizer_state.safetensors`,
        `/r/${step}/training_state/rng_state.safetensors`,
      ]),
    );
    expect(shown(indexOf(found))).toEqual([['/r', 'step', '005000:5000', '010000:10000']]);
    const last = files(
      '/l/last/pretrained_model/model.safetensors',
      '/l/last/training_state/training_step.json',
    );
    const index = indexOf(last, { '/l/last/training_state/training_step.json': '{"step": 7}' });
    expect(index.series.map(({ checkpoints }) => checkpoints[0]!.step)).toEqual([7]);
  });
});

describe('the last checkpoint', () => {
  /** Each run as its checkpoints, and those left out. */
  const withLeftOut = (found: readonly FoundFile[], notes?: Record<string, string>): unknown[] =>
    indexOf(found, notes).runs.map(({ checkpoints, leftOut }) => [
      checkpoints.map(({ name }) => name),
      leftOut.map(({ fact }) => factText(fact)),
    ]);

  it.each(['main', 'final', 'final_model', 'last', 'checkpoint-final'])(
    '%s has no place among steps',
    (name) => {
      expect(withLeftOut(files(...inFolders('step1', 'step2', name)))).toEqual([
        [['step1', 'step2'], [`left out of the run: the step of ${name} is unknown`]],
      ]);
    },
  );

  it('in the run’s own folder is used where a state tells its step, and left out where the step is there', () => {
    const state = '/r/trainer_state.json';
    const found = files(...inFolders('checkpoint-1', 'checkpoint-2'), '/r/model.safetensors', state);
    expect(withLeftOut(found, { [state]: '{"global_step": 3}' })).toEqual([
      [['checkpoint-1', 'checkpoint-2', 'r'], []],
    ]);
    expect(withLeftOut(found, { [state]: '{"global_step": 2}' })).toEqual([
      [['checkpoint-1', 'checkpoint-2'], ['left out of the run: r has step 2, like checkpoint-2']],
    ]);
  });

  it('that is the best one is left out', () => {
    expect(withLeftOut(files(...inFolders('epoch_1', 'epoch_2', 'best', 'last')))).toEqual([
      [
        ['epoch_1', 'epoch_2', 'last'],
        ['left out of the run: the name of best does not say when it was saved'],
      ],
    ]);
  });

  it('is none of another size or place', () => {
    const [other, ...found] = files(...inFolders('final', 'step1', 'step2'), '/r/vae/final/x.safetensors');
    expect(withLeftOut([{ ...other!, bytes: 5000 }, ...found])).toEqual([[['step1', 'step2'], []]]);
  });
});

describe('no steps of one training', () => {
  it.each<[string, string[]]>([
    ['ranks in files', ['/r/rank0.safetensors', '/r/rank1.safetensors']],
    ['a model and what was tuned from it', inFolders('base', 'sft', 'dpo')],
    ['models of several languages', ['/r/en.safetensors', '/r/de.safetensors', '/r/fr.safetensors']],
    ['models that are told apart by a letter', ['/r/model_a.safetensors', '/r/model_b.safetensors']],
    ['runs of several days', inFolders('2026-01-02_10-00-00', '2026-01-03_10-00-00')],
    ['versions of a model', ['/r/sd-v1-4.safetensors', '/r/sd-v1-5.safetensors']],
    ['models of several depths', inFolders('distil-6layer', 'distil-3layer')],
    ['models of the layers of another', inFolders('blocks.0.hook', 'blocks.1.hook')],
    ['runs that are called by their day', inFolders('20260102', '20260103')],
    ['the best and the last of a training', ['/r/best.safetensors', '/r/last.safetensors']],
    ['merges of models', inFolders('slerp-0.3', 'slerp-0.5', 'ties')],
    ['tensor-parallel folders', inFolders('tp_0', 'tp_1', 'tp_2')],
    ['ranks in folders', ['/r/rank_0/model.safetensors', '/r/rank_1/model.safetensors']],
    [
      'editions in files',
      ['/r/model.safetensors', '/r/model.fp16.safetensors', '/r/model.non_ema.safetensors'],
    ],
    ['editions in folders', inFolders('m', 'm-fp16', 'm-GPTQ', 'm_ema')],
    ['seeds', inFolders('seed_0', 'seed_1')],
    ['learning rates', inFolders('lr1e-4', 'lr3e-4')],
    ['an actor and its critic', inFolders('actor', 'critic')],
    ['resolutions of one size', inFolders('64', '128', '256')],
    ['resolutions in files', ['/r/model_224.safetensors', '/r/model_384.safetensors']],
    ['seeds by bare numbers', ['/r/seeds/1/model.safetensors', '/r/seeds/2/model.safetensors']],
    ['folds by bare numbers', ['/r/fold/0/model/model.safetensors', '/r/fold/1/model/model.safetensors']],
    ['dimensions', ['/r/emb_d64.safetensors', '/r/emb_d128.safetensors']],
  ])('%s', (_, paths) => {
    expect(shown(indexOf(files(...paths)))).toEqual([]);
  });

  it('ranks of each step', () => {
    const ranks = [10, 20].flatMap((step) =>
      [0, 1].map((rank) => `/r/global_step${step}/mp_rank_0${rank}/model.safetensors`),
    );
    expect(shown(indexOf(files(...ranks)))).toEqual([]);
  });
});

describe('bare numbers', () => {
  const sized = (names: readonly string[], bytes: readonly number[]): FoundFile[] =>
    files(...inFolders(...names)).map((file, i) => ({ ...file, bytes: bytes[i]! }));

  it('are steps where the checkpoints are alike, and sizes of models where not', () => {
    const names = ['1000', '2000', '3000'];
    expect(shown(indexOf(sized(names, [1000, 1000, 1000])))).toEqual([
      ['/r', 'step', '1000:1000', '2000:2000', '3000:3000'],
    ]);
    const { runs, series } = indexOf(sized(names, [1000, 2000, 3000]));
    expect(runs).toEqual([]);
    expect(series.map(({ checkpoints }) => checkpoints[0]!.step)).toEqual([null, null, null]);
  });

  it('of every so many steps, or filled up with zeros, are no resolutions', () => {
    for (const names of [
      ['256', '512', '768'],
      ['000256', '000512'],
    ]) {
      expect(indexOf(files(...inFolders(...names))).runs).toHaveLength(1);
    }
  });

  it('are what notes tell of them', () => {
    const names = ['64', '128'];
    const index = indexOf(sized(names, [1000, 2000]));
    const notes = names.map((name) => `/r/${name}/trainer_state.json`);
    index.add(files(...notes));
    expect(index.wanted()).toEqual(notes);
    expect(index.runs).toEqual([]);
    for (const [i, path] of notes.entries()) index.give(path, `{"global_step": ${(i + 1) * 500}}`);
    expect(shown(index)).toEqual([['/r', 'step', '64:500', '128:1000']]);
  });
});

it('a generator and its discriminator are two series, the generator first', () => {
  for (const [first, second] of [
    ['net_g_#', 'net_d_#'],
    ['G_#', 'D_#'],
    ['g_#', 'do_#'],
    ['#_net_G', '#_net_D'],
  ] as const) {
    const found = [first, second].flatMap((name, i) =>
      files(...['1000', '5000'].map((step) => `/r/${name.replace('#', step)}.safetensors`)).map((file) => ({
        ...file,
        bytes: 1000 * (i + 1),
      })),
    );
    expect(indexOf(found).runs.map(({ label }) => label)).toEqual([first, second]);
  }
});

describe('several series', () => {
  const series = (...paths: string[]): string[] =>
    indexOf(files(...paths)).series.map(({ label, checkpoints }) => `${label} ${checkpoints.length}`);
  const steps = (...below: string[]): string[] =>
    [1, 2].flatMap((step) => below.map((file) => `/r/checkpoint-${step}/${file}.safetensors`));

  it.each<[string, string[], string[]]>([
    [
      'a model and its average',
      steps('unet_ema/diffusion_pytorch_model', 'unet/diffusion_pytorch_model'),
      ['checkpoint-#/unet 2', 'checkpoint-#/unet_ema 2'],
    ],
    [
      'a merged model and its adapter',
      steps('adapter_model', 'model'),
      ['checkpoint-# 2', 'checkpoint-#/adapter_model 2'],
    ],
    [
      'an actor and its critic',
      steps('critic/huggingface/model', 'actor/huggingface/model'),
      ['checkpoint-#/actor/huggingface 2', 'checkpoint-#/critic/huggingface 2'],
    ],
    [
      'a transformer and the module behind it',
      steps('2_Dense/model', 'model'),
      ['checkpoint-# 2', 'checkpoint-#/2_Dense 2'],
    ],
    ['editions', steps('model.fp16', 'model'), ['checkpoint-# 2', 'checkpoint-#/model.fp16 2']],
    [
      'seeds',
      [1, 2].flatMap((seed) => [1, 2].map((step) => `/r/seed${seed}-step${step}/model.safetensors`)),
      ['seed1-step# 2', 'seed2-step# 2'],
    ],
  ])('%s: the main one first', (_, paths, expected) => {
    expect(series(...paths)).toEqual(expected);
  });

  it('are the same whatever lies among the files, and in whatever order', () => {
    const paths = [...steps('model'), ...inFolders('epoch_1', 'epoch_2')];
    const others = [
      ...steps('optimizer', 'model.fp16', 'optimizer_0'),
      '/r/checkpoint-1/tokenizer.json',
      '/r/rng_state_0.safetensors',
    ];
    let state = 11;
    const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
    const found = new Map([...paths, ...others].map((path, i) => [path, { path, bytes: 1000, modified: i }]));
    const main = (all: readonly string[]): unknown =>
      indexOf(all.map((path) => found.get(path)!))
        .series.slice(0, 2)
        .map(({ label, checkpoints }) => [label, checkpoints]);
    const expected = main(paths);
    for (let i = 0; i < 40; i++) {
      const mixed = [...paths, ...others.filter(() => random() < 0.5)].sort(() => random() - 0.5);
      expect(main(mixed)).toEqual(expected);
    }
  });
});

describe('a checkpoint of several files is one', () => {
  it('an index stands for its shards', () => {
    const shards = [0, 1].flatMap((step) =>
      [
        'model-00001-of-00002.safetensors',
        'model-00002-of-00002.safetensors',
        'model.safetensors.index.json',
      ].map((name) => `/r/step${step}/${name}`),
    );
    const [run] = indexOf(files(...shards)).runs;
    expect(run!.checkpoints).toEqual([
      expect.objectContaining({ path: '/r/step0/model.safetensors.index.json', bytes: 3000 }),
      expect.objectContaining({ path: '/r/step1/model.safetensors.index.json', bytes: 3000 }),
    ]);
  });

  it('shards without an index stand for their folder', () => {
    const paths = [0, 1].map((step) => `/r/step${step}/model-00001-of-00002.safetensors`);
    expect(indexOf(files(...paths)).runs[0]!.checkpoints.map(({ path }) => path)).toEqual([
      '/r/step0',
      '/r/step1',
    ]);
  });

  it('sharded and single checkpoints of one run belong together', () => {
    const index = indexOf(
      files(
        '/r/step1/model.safetensors',
        '/r/step2/model.safetensors.index.json',
        '/r/step2/model-00001-of-00001.safetensors',
      ),
    );
    expect(shown(index)).toEqual([['/r', 'step', 'step1:1', 'step2:2']]);
  });
});

describe('names without steps', () => {
  const paths = ['/r/late/model.safetensors', '/r/early/model.safetensors', '/r/other/model.safetensors'];
  const states = paths.map((path) => path.replace('model.safetensors', 'trainer_state.json'));

  it('take their steps from the trainer’s states, which are asked for where they matter', () => {
    const index = indexOf(
      files(...paths, ...states, '/q/step1/model.safetensors', '/q/step1/trainer_state.json'),
    );
    expect(index.wanted()).toEqual(states);
    index.give(states[0]!, '{"global_step": 900, "log_history": []}');
    expect(shown(index)).toEqual([]);
    index.give(states[1]!, '{"global_step": 100}');
    expect(shown(index)).toEqual([['/r', 'step', 'early:100', 'late:900']]);
    // What nothing tells the step of is a checkpoint of its own.
    expect(index.series.map(({ label }) => label)).toContain('other');
    index.give(states[2]!, '{"global_step": 1}');
    expect(shown(index)).toEqual([['/r', 'step', 'other:1', 'early:100', 'late:900']]);
    expect(index.wanted()).toEqual([]);
  });

  it('are no run where sizes tell different models', () => {
    const [first, second, third] = files(...paths, ...states);
    const notes = Object.fromEntries(states.map((path, i) => [path, `{"global_step": ${i}}`]));
    const sized = (bytes: number): RunIndex =>
      indexOf([first!, second!, { ...third!, bytes }, ...files(...states)], notes);
    expect(shown(sized(5000))).toEqual([]);
    expect(shown(sized(1005))).toHaveLength(1);
  });

  it.each([
    '',
    'no JSON',
    '[]',
    'null',
    '{"global_step": -1}',
    '{"global_step": "5"}',
    '{"global_step": 1.5}',
  ])('a state of %j tells nothing', (text) => {
    const index = indexOf(files(...paths, ...states), Object.fromEntries(states.map((path) => [path, text])));
    expect(shown(index)).toEqual([]);
  });
});

describe('Hugging Face’s cache', () => {
  const hub = '/hub/models--o--m';
  const at = (revision: string, file = 'model.safetensors'): string => `${hub}/snapshots/${revision}/${file}`;
  const [one, two, main] = ['a1', 'b2', 'c3'].map((start) => start.repeat(20)) as [string, string, string];

  it('revisions are a run where references tell their steps; others stay apart', () => {
    const references = [`${hub}/refs/main`, `${hub}/refs/step143000`, `${hub}/refs/step1000`];
    const index = indexOf(files(at(one), at(two), at(main), ...references));
    expect(shown(index)).toEqual([]);
    expect(index.wanted()).toEqual(references.slice(1));
    index.give(references[1]!, one);
    index.give(references[2]!, `${two}\n`);
    expect(shown(index)).toEqual([[hub, 'step', 'step1000:1000', 'step143000:143000']]);
    expect(index.runs[0]!.name).toBe('o/m');
    expect(index.checkpoints).toHaveLength(3);
  });

  it('revisions without steps are no run', () => {
    expect(shown(indexOf(files(at(one), at(two))))).toEqual([]);
  });

  it('a revision may be called by its step', () => {
    expect(shown(indexOf(files(at('step1'), at('step20'))))).toEqual([[hub, 'step', 'step1:1', 'step20:20']]);
  });

  it('parts of a pipeline are runs of their own', () => {
    const parts = ['unet', 'vae'].flatMap((part) =>
      ['step1', 'step2'].map((step) => at(step, `${part}/diffusion_pytorch_model.safetensors`)),
    );
    expect(indexOf(files(...parts)).runs.map(({ name }) => name)).toEqual(['o/m (unet)', 'o/m (vae)']);
  });
});

describe('files that come and go', () => {
  const many = files(
    ...[1, 2, 3].flatMap((run) => [0, 1, 2].map((step) => `/runs/r${run}/step${step}/model.safetensors`)),
  );

  it('leave what they do not touch as it was: the same objects', () => {
    const index = indexOf(many);
    const before = index.runs;
    index.add(files('/runs/r2/step3/model.safetensors'));
    const after = index.runs;
    expect(after.map((run, i) => run === before[i])).toEqual([true, false, true]);
    expect(after[1]!.checkpoints).toHaveLength(4);
    expect(after[1]!.id).toBe(before[1]!.id);
  });

  it('in any order give the same runs', () => {
    const index = indexOf(many.toReversed());
    expect(index.runs).toEqual(indexOf(many).runs);
    index.remove(many.slice(3).map(({ path }) => path));
    expect(index.runs).toEqual(indexOf(many.slice(0, 3)).runs);
    index.add(many);
    expect(index.runs).toEqual(indexOf(many).runs);
  });

  it('may go with their folder', () => {
    const index = indexOf([
      ...many,
      ...files('/runs/r1-copy/step1/model.safetensors', '/runs/r1-copy/step2/model.safetensors'),
    ]);
    index.remove(['/runs/r1']);
    expect(index.runs.map(({ path }) => path)).toEqual(['/runs/r1-copy', '/runs/r2', '/runs/r3']);
    index.remove(['/runs', '/runs', '/nowhere/file']);
    expect([index.runs, index.checkpoints]).toEqual([[], []]);
  });

  it('may change what a trainer’s state says', () => {
    const [state, other] = ['/r/a/trainer_state.json', '/r/b/trainer_state.json'];
    const index = indexOf(files('/r/a/model.safetensors', '/r/b/model.safetensors', state, other), {
      [state]: '{"global_step": 5}',
      [other]: '{"global_step": 7}',
    });
    expect(shown(index)).toEqual([['/r', 'step', 'a:5', 'b:7']]);
    index.add(files(state));
    expect(index.wanted()).toEqual([state]);
    index.give(state, '{"global_step": 9}');
    expect(shown(index)).toEqual([['/r', 'step', 'b:7', 'a:9']]);
    index.remove([state]);
    expect(shown(index)).toEqual([]);
  });

  it('a shard that arrives late joins its checkpoint', () => {
    const index = indexOf(
      files('/r/s1/step1/model.safetensors.index.json', '/r/s1/step2/model.safetensors.index.json'),
    );
    index.add(files('/r/s1/step2/model-00001-of-00001.safetensors'));
    expect(index.runs[0]!.checkpoints.map(({ bytes }) => bytes)).toEqual([1000, 2000]);
  });

  it('that are no checkpoints do not matter', () => {
    expect(
      shown(indexOf(files('/r/step1/config.json', '/r/step2/optimizer.pt', '/r/step2/README.md'))),
    ).toEqual([]);
  });
});

/** A file that counts how often its path is asked for. */
class Counted implements FoundFile {
  static reads = 0;
  readonly bytes = 1;
  readonly modified = 1;
  constructor(private readonly where: string) {}
  get path(): string {
    Counted.reads++;
    return this.where;
  }
}

it('10,000 files cost a few looks at each, and one more file a few more', () => {
  const index = new RunIndex();
  const found = Array.from(
    { length: 10_000 },
    (_, i) => new Counted(`/runs/run${i % 100}/step${i}/model.safetensors`),
  );
  index.add(found);
  expect(index.runs).toHaveLength(100);
  expect(Counted.reads).toBeLessThan(20 * found.length);
  Counted.reads = 0;
  index.add([new Counted('/runs/run7/step20000/model.safetensors')]);
  expect(index.runs[7]!.checkpoints).toHaveLength(101);
  expect(Counted.reads).toBeLessThan(100);
});

describe('more than fit a call', () => {
  const numbers = Array.from({ length: 130_000 }, (_, i) => i);

  it('are taken of shards', () => {
    const shards = indexOf(numbers.flatMap((i) => files(`/r/model-${i}-of-130000.safetensors`)));
    expect(shards.checkpoints.map(({ path }) => path)).toEqual(['/r']);
  });

  it('are taken of loose checkpoints', () => {
    const loose = indexOf(numbers.flatMap((i) => files(`/r/m-${i}-x.safetensors`)));
    expect(loose.runs.map(({ checkpoints }) => checkpoints.length)).toEqual([numbers.length]);
  });
});
