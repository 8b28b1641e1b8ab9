import { describe, expect, it } from 'vitest';
import { readName } from '../../../src/core/checkpoint/step';

/** What a name tells, without what it does not. */
const told = (name: string, isFile = false): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(readName(name, isFile)).filter(
      ([key, value]) =>
        key !== 'apart' && value !== null && value !== false && !(Array.isArray(value) && value.length === 0),
    ),
  );

describe('folders and files', () => {
  it.each<[string, Record<string, unknown>]>([
    ['step1000', { step: 1000, pattern: 'step#' }],
    ['step-50K-105b', { step: 50_000, pattern: 'step-#-#' }],
    ['iter-100k', { step: 100_000, pattern: 'iter-#' }],
    ['step-1.5M', { step: 1_500_000, pattern: 'step-#' }],
    ['step1000-tokens4B', { step: 1000, tokens: 4e9, pattern: 'step#-tokens#' }],
    ['stage2-step-400000', { stage: 2, step: 400_000, pattern: 'stage#-step-#' }],
    ['step1000-unsharded', { step: 1000, pattern: 'step#-unsharded' }],
    ['ep0-ba100', { epoch: 0, step: 100, pattern: 'ep#-ba#' }],
    ['epoch=3-step=1000', { epoch: 3, step: 1000, pattern: 'epoch=#-step=#' }],
    ['epoch=3-step=1000-v1', { epoch: 3, step: 1000, pattern: 'epoch=#-step=#-v1' }],
    [
      'name--val_loss=2.31-epoch=1-step=500-consumed_samples=64000.0',
      { epoch: 1, step: 500, pattern: 'name--val_loss=#-epoch=#-step=#-consumed_samples=#' },
    ],
    ['checkpoint_3_1000', { epoch: 3, step: 1000, pattern: 'checkpoint_#_#' }],
    ['rl_model_1000_steps', { step: 1000, pattern: 'rl_model_#_steps' }],
    ['epoch_11', { epoch: 11, pattern: 'epoch_#' }],
    ['epoch_3_step_100', { epoch: 3, step: 100, pattern: 'epoch_#_step_#' }],
    ['pythia-70m-step3000', { step: 3000, pattern: 'pythia-70m-step#' }],
    ['step100-seed2', { step: 100, pattern: 'step#-seed2' }],
    ['4B-tokens', { tokens: 4e9, pattern: '#-tokens' }],
    ['checkpoint-500-merged', { step: 500, pattern: 'checkpoint-#-merged' }],
    ['phase1_step100_step200', { stage: 1, step: 200, pattern: 'phase#_step100_step#' }],
    ['model-run:v12', { numbers: [12], pattern: 'model-run:v#' }],
    ['000100-of-run', { numbers: [100], pattern: '#-of-run' }],
  ])('%s', (name, expected) => {
    expect(told(name)).toEqual(expected);
  });
});

describe('files', () => {
  it.each<[string, Record<string, unknown>]>([
    ['model_0001249', { step: 1249, pattern: 'model_#', weak: true }],
    ['lora-000004', { epoch: 4, pattern: 'lora-#' }],
    ['lora-step00000500', { step: 500, pattern: 'lora-step#' }],
    ['my_lora_000000250', { step: 250, pattern: 'my_lora_#' }],
    ['0000100_adapters', { step: 100, pattern: '#_adapters' }],
    ['2024-01-31_12-00-00-save-1000-10-20', { step: 1000, epoch: 10, pattern: '#-save-#-#-#' }],
    ['voice_e20_s1000', { epoch: 20, step: 1000, pattern: 'voice_e#_s#' }],
    ['D_10000', { step: 10_000, pattern: 'D_#', weak: true }],
    ['net_d_1000', { step: 1000, pattern: 'net_d_#', weak: true }],
    ['net_g_ema_1000', { step: 1000, pattern: 'net_g_ema_#', weak: true }],
    ['do_00005000', { step: 5000, pattern: 'do_#', weak: true }],
    ['5_net_D_A', { epoch: 5, pattern: '#_net_D_A' }],
    ['weights.05-0.31', { numbers: [5], pattern: 'weights.#-#' }],
  ])('%s', (name, expected) => {
    expect(told(name, true)).toEqual(expected);
  });
});

describe('names that tell nothing of the kind', () => {
  it.each([
    'llama-7b',
    'pythia-160m',
    'seed_0',
    'lr1e-4',
    'fold-3',
    'v2',
    'llama-3.1',
    'sd_xl_base_1.0',
    'flux1-dev',
    'v0-20240101',
    'misstep5',
  ])('%s', (name) => {
    expect(told(name)).toMatchObject({ pattern: name.replace('20240101', '#') });
    expect(readName(name, false)).toMatchObject({ step: null, epoch: null, tokens: null });
  });
});
