import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import { unreadableLayout, LAYOUT_NAMES, recognize } from '../../../src/core/checkpoint/layouts';
import { searchFolder } from '../../../src/core/run/searchFolder';
import { at, expectFault, vectors, write } from './build';

/** Layout → the files of checkpoints in /run, and what is said of the folder. */
const RUNS: readonly [string, string[], RegExp][] = [
  [
    'verl',
    [100, 200].flatMap((step) => [
      `global_step_${step}/actor/model_world_size_2_rank_0.pt`,
      `global_step_${step}/actor/optim_world_size_2_rank_0.pt`,
      `global_step_${step}/data.pt`,
    ]),
    /^2 checkpoints of verl .*verl\.model_merger/,
  ],
  [
    'DeepSpeed, by layers',
    ['global_step10', 'global_step20'].flatMap((step) => [
      `${step}/layer_00-model_00-model_states.pt`,
      `${step}/mp_rank_00_model_states.pt`,
    ]),
    /^2 checkpoints of DeepSpeed .*: global_step10, global_step20\. .*convert_neox_to_hf\.py --input_dir \S*global_step10/,
  ],
  ['Megatron', ['iter_0000010/mp_rank_00/model_optim_rng.pt'], /^a checkpoint of Megatron is/],
  ['NeMo', ['model.nemo'], /^a checkpoint of NeMo is/],
  ['torchtune', ['epoch_0/hf_model_0001_0.pt', 'epoch_0/recipe_state.pt'], /^a checkpoint of torchtune/],
  [
    'TensorFlow',
    ['model.ckpt-10.index', 'model.ckpt-10.data-00000-of-00001'],
    /^a checkpoint of TensorFlow is .*: model\.ckpt-10\./,
  ],
  [
    'Orbax',
    ['10/default/_CHECKPOINT_METADATA', '10/default/manifest.ocdbt'],
    /^a checkpoint of Orbax .*: 10\./,
  ],
  ['Stable-Baselines3', ['rl_model_1000_steps.zip'], /^a checkpoint of Stable-Baselines3/],
  ['pickles', ['model.pdparams', 'optimizer.pkl'], /^a checkpoint of pickles is .*: model\.pdparams\./],
];

describe('a run of', () => {
  it.each(RUNS)('%s', (_, files, message) => {
    const found = files.map((file) => recognize(`/run/${file}`)).filter((each) => each !== null);
    const error = unreadableLayout('/run', found)!;
    expect(error.message.slice('/run: '.length)).toMatch(message);
  });
});

it('states of training, and what no program calls so, are no checkpoints', () => {
  for (const path of [
    'optimizer.pt',
    'optimizer.bin',
    'optimizer_0/__0_0.distcp',
    'rng_state.pth',
    'random_states_0.pkl',
    'training_args.bin',
    'scheduler.pt',
    'notes.txt',
    'archive.zip',
    'model.safetensors',
  ]) {
    expect(recognize(`/run/${path}`), path).toBeNull();
  }
});

it('folders and parts say what they are, wherever one points', () => {
  const tensor =
    'model/model/decoder/0/pp_block/attn/qkv_proj/model_weight_pp-rank-0-of-1_tp-rank-0-of-1.safetensors';
  write(`nanotron/10/${tensor}`, vectors({ data: 4 }));
  for (const [path, subject, message] of [
    ['nanotron/10', 'nanotron/10', /a checkpoint of nanotron .*convert_nanotron_to_hf\.py/],
    [
      `nanotron/10/${tensor}`,
      `nanotron/10/${tensor.slice(0, tensor.lastIndexOf('/'))}`,
      /a part of a checkpoint of nanotron/,
    ],
  ] as const) {
    expectFault(() => openCheckpoint(at(path)), 'unsupported', at(subject), message);
  }
});

it('a folder of states alone says so, and a file that is not finished', () => {
  write('states-only/optimizer.pt', 'x');
  expectFault(
    () => openCheckpoint(at('states-only')),
    'missing',
    at('states-only'),
    /only states of training: optimizer\.pt/,
  );
  write('unfinished/model.safetensors.tmp', 'x');
  expectFault(
    () => openCheckpoint(at('unfinished')),
    'missing',
    at('unfinished'),
    /model\.safetensors\.tmp, whose name says that it is not finished/,
  );
});

it('tensors of nanotron are no checkpoints of a run', async () => {
  for (const step of [10, 20]) {
    write(
      `tree/${step}/model/model/lm_head/pp_block/model_weight_pp-rank-0-of-1_tp-rank-0-of-1.safetensors`,
      vectors({ data: 4 }),
    );
  }
  const index = await searchFolder(at('tree'));
  expect(index.series).toEqual([]);
  expect(unreadableLayout(at('tree'), index.others)?.message).toMatch(
    /2 checkpoints of nanotron .*: 10, 20\./,
  );
});

it('the names that workspaces are searched for are plain globs', () => {
  // They become alternatives of one glob, and the editor knows no braces in braces.
  for (const name of LAYOUT_NAMES) expect(name).toMatch(/^[\w*.]+$/);
});
