/** Steps that checkpoints of PyTorch tell themselves, where their names tell none. */
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import { progressIn } from '../../../src/core/checkpoint/ownWords';
import { searchFolder } from '../../../src/core/run/searchFolder';
import { resultOf } from '../support/decodedAs';
import { legacyTorchFile, Tensor, torchFile, type Pickled } from '../support/torchFiles';

const folder = mkdtempSync(join(tmpdir(), 'neuromfa-own-steps-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Copied files have one time of writing. */
function write(name: string, content: Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  utimesSync(path, 1e9, 1e9);
  return path;
}

const weights = new Map<Pickled, Pickled>(
  ['up_proj', 'down_proj'].map((name) => [
    `layers.0.mlp.${name}.weight`,
    new Tensor(
      new Uint8Array(Float32Array.from({ length: 2304 }, (_, i) => 1 / (i + 1)).buffer),
      'F32',
      [48, 48],
    ),
  ]),
);
const saved = (...entries: [string, Pickled][]): Map<Pickled, Pickled> =>
  new Map<Pickled, Pickled>([['model', weights], ...entries]);

const shown = async (run: string): Promise<unknown> =>
  (await searchFolder(join(folder, run))).runs.map(({ orderedBy, checkpoints, leftOut }) => [
    orderedBy,
    ...checkpoints.map(({ name, step, epoch }) => `${name}:${step}:${epoch}`),
    ...leftOut.map(({ fact }) => fact.code === 'checkpoint-left-out' && fact.why),
  ]);

it.each<[string, (n: number) => Pickled, string]>([
  ['nanoGPT', (n) => saved(['iter_num', n], ['best_val_loss', 2.5]), 'step'],
  ['Lightning', (n) => saved(['global_step', n], ['epoch', 1]), 'step'],
  [
    'mmcv',
    (n) =>
      saved([
        'meta',
        new Map<Pickled, Pickled>([
          ['iter', n],
          ['epoch', 1],
        ]),
      ]),
    'step',
  ],
  ['Megatron', (n) => saved(['iteration', n]), 'step'],
  ['DeepSpeed', (n) => saved(['global_steps', n]), 'step'],
  ['epochs alone', (n) => saved(['epoch', n]), 'epoch'],
])('of %s order a run', async (program, root, by) => {
  // Against the order of the alphabet.
  for (const [name, step] of [
    ['late', 1000],
    ['early', 20],
    ['young', 300],
  ] as const)
    write(`${program}/${name}.pt`, (program === 'nanoGPT' ? legacyTorchFile : torchFile)(root(step)));
  const runs = (await shown(program)) as string[][];
  expect(
    runs.map(([orderedBy, ...names]) => [orderedBy, ...names.map((name) => name.split(':')[0])]),
  ).toEqual([[by, 'early', 'young', 'late']]);
});

it('put the last checkpoint of Lightning at its place, or leave out what is there twice', async () => {
  for (const step of [100, 200])
    write(`last/epoch=0-step=${step}.ckpt`, torchFile(saved(['global_step', step])));
  write('last/last.ckpt', torchFile(saved(['global_step', 250], ['epoch', 0])));
  expect(await shown('last')).toEqual([
    ['step', 'epoch=0-step=100:100:0', 'epoch=0-step=200:200:0', 'last:250:0'],
  ]);
  write('last/last.ckpt', torchFile(saved(['global_step', 200], ['epoch', 0])));
  expect(await shown('last')).toEqual([
    ['step', 'epoch=0-step=100:100:0', 'epoch=0-step=200:200:0', 'same-step'],
  ]);
});

it('are no run where files tell none, or cannot be read', async () => {
  for (const name of ['a', 'b']) write(`none/${name}.pt`, torchFile(saved(['step', -1], ['epoch', 0.5])));
  for (const name of ['a', 'b']) write(`broken/${name}.pt`, torchFile(saved(['step', 5])).subarray(0, 500));
  expect(await shown('none')).toEqual([]);
  expect(await shown('broken')).toEqual([]);
});

it('are shown of a single file', async () => {
  const path = write('one/ckpt.pt', torchFile(saved(['iter_num', 2000])));
  expect((await resultOf(path, { samples: 1 })).checkpoint.step).toBe(2000);
});

it('are whole numbers of at least 0, the surest name first', () => {
  expect(progressIn({ step: '7', global_step: '9', epoch: '2' })).toEqual({ step: 9, epoch: 2 });
  expect(progressIn({ step: '-1', iter_num: 'x', epoch: '1.5' })).toEqual({ step: null, epoch: null });
  expect(progressIn({ training_info: '{"step": 5, "epoch": 1}' })).toEqual({ step: 5, epoch: 1 });
  expect(progressIn({ training_info: '{' })).toEqual({ step: null, epoch: null });
});

it('belong to files of one tensor too, which has a name', () => {
  const checkpoint = openCheckpoint(write('bare.pt', torchFile(weights.values().next().value!)));
  expect(checkpoint.tensors.map(({ name, shape }) => [name, shape])).toEqual([['tensor', [48, 48]]]);
  checkpoint.close();
});

it('are not looked for in files whose directory alone would take long to read', async () => {
  const more = Array.from({ length: 60_000 }, (_, i) => ({
    name: `archive/${'x'.repeat(40)}${i}`,
    content: new Uint8Array(),
  }));
  for (const [name, step] of [
    ['b', 10],
    ['a', 20],
  ] as const)
    write(`many/${name}.pt`, torchFile(saved(['global_step', step]), { more }));
  expect(await shown('many')).toEqual([]);
});
