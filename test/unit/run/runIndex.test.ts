import { describe, expect, it } from 'vitest';
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
      ['m (pythia-70m-step#/model)', 2],
      ['m (pythia-160m-step#/model)', 2],
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
  const paths = ['/r/late/model.safetensors', '/r/early/model.safetensors'];

  it('are ordered by time, and the run says so', () => {
    const found = files(...paths);
    expect(shown(indexOf(found))).toEqual([['/r', 'time', 'late:null', 'early:null']]);
    const swapped = found.map((file, i) => ({ ...file, modified: -i }));
    expect(shown(indexOf(swapped))).toEqual([['/r', 'time', 'early:null', 'late:null']]);
  });

  it('may be files of one folder', () => {
    expect(shown(indexOf(files('/r/a.safetensors', '/r/b.safetensors')))).toEqual([
      ['/r', 'time', 'a:null', 'b:null'],
    ]);
  });

  it('are no run where sizes tell different models', () => {
    const found = files(...paths, '/r/other/model.safetensors');
    found[2]!.bytes = 5000;
    expect(shown(indexOf(found))).toEqual([]);
    found[2]!.bytes = 1005;
    expect(shown(indexOf(found))).toHaveLength(1);
  });

  it('take their steps from the trainer’s states, which are asked for where they matter', () => {
    const states = paths.map((path) => path.replace('model.safetensors', 'trainer_state.json'));
    const index = indexOf(
      files(...paths, ...states, '/q/step1/model.safetensors', '/q/step1/trainer_state.json'),
    );
    expect(index.wanted()).toEqual(states);
    index.give(states[0]!, '{"global_step": 900, "log_history": []}');
    expect(shown(index)).toEqual([['/r', 'time', 'late:900', 'early:null']]);
    index.give(states[1]!, '{"global_step": 100}');
    expect(shown(index)).toEqual([['/r', 'step', 'early:100', 'late:900']]);
    expect(index.wanted()).toEqual([]);
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
    const states = paths.map((path) => path.replace('model.safetensors', 'trainer_state.json'));
    const index = indexOf(files(...paths, ...states), Object.fromEntries(states.map((path) => [path, text])));
    expect(shown(index)).toEqual([['/r', 'time', 'late:null', 'early:null']]);
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
    expect(indexOf(files(...parts)).runs.map(({ name }) => name)).toEqual([
      'o/m (unet/diffusion_pytorch_model)',
      'o/m (vae/diffusion_pytorch_model)',
    ]);
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
    const state = '/r/a/trainer_state.json';
    const index = indexOf(files('/r/a/model.safetensors', '/r/b/model.safetensors', state), {
      [state]: '{"global_step": 5}',
    });
    expect(shown(index)).toEqual([['/r', 'time', 'a:5', 'b:null']]);
    index.add(files(state));
    expect(index.wanted()).toEqual([state]);
    index.remove([state]);
    expect(shown(index)).toEqual([['/r', 'time', 'a:null', 'b:null']]);
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

it('takes more shards and more loose checkpoints than fit a call', () => {
  const numbers = Array.from({ length: 200_000 }, (_, i) => i);
  const shards = indexOf(numbers.flatMap((i) => files(`/r/model-${i}-of-200000.safetensors`)));
  expect(shards.checkpoints.map(({ path }) => path)).toEqual(['/r']);
  const loose = indexOf(numbers.flatMap((i) => files(`/r/m${i}x.safetensors`)));
  expect(loose.runs.map(({ checkpoints }) => checkpoints.length)).toEqual([200_000]);
});
