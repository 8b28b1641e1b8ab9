import { describe, expect, it } from 'vitest';
import { checkpointName } from '../../../src/core/checkpoint/name';
import { stepFromPath } from '../../../src/core/checkpoint/step';

describe('the step', () => {
  it.each([
    ['/runs/a/step1000/model.safetensors', 1000],
    ['/runs/a/step0/model.safetensors', 0],
    ['/runs/a/checkpoint-500/model.safetensors.index.json', 500],
    ['/runs/a/global_step20/mp_rank_00/model.safetensors', 20],
    ['/runs/a/epoch=3-step=1000.safetensors', 1000],
    ['/runs/a/iter_0001000/model.safetensors', 1000],
    ['/runs/a/model_00500.safetensors', 500],
    ['/runs/a/ckpt-12/model.safetensors', 12],
    ['/runs/a/stage1-step7000-tokens30B/model.safetensors', 7000],
    ['/runs/a/Step_9.safetensors', 9],
    ['/runs/step5/step10.safetensors', 10],
    ['/runs/a/step1k/model.safetensors', 1000],
    ['/runs/a/step-1431k-3T/model.safetensors', 1_431_000],
    ['C:\\runs\\step64\\model.safetensors', 64],
  ])('of %s is %d', (path, step) => {
    expect(stepFromPath(path)).toBe(step);
  });

  it.each([
    '/runs/a/model.safetensors',
    '/runs/a/model-00001-of-00002.safetensors',
    '/runs/llama-7b/model.safetensors',
    '/runs/step1x/model.safetensors',
    '/runs/misstep5/model.safetensors',
    '/runs/model-2/model.safetensors',
    '/step7/a/b/c/model.safetensors',
    '/runs/step99999999999999999999/model.safetensors',
    '',
  ])('of %s is not told', (path) => {
    expect(stepFromPath(path)).toBeNull();
  });
});

describe('the name', () => {
  it.each([
    ['/data/neox-1m/step4000/model.safetensors', 'neox-1m/step4000'],
    ['/data/neox-1m/step4000/model.safetensors.index.json', 'neox-1m/step4000'],
    ['/data/models/pythia-70m.safetensors', 'models/pythia-70m'],
    ['C:\\data\\run\\step1\\model.safetensors', 'run/step1'],
    ['/model.safetensors', 'model'],
    ['/a/model.safetensors', 'a'],
    [
      '/home/u/.cache/huggingface/hub/models--EleutherAI--pythia-70m/snapshots/a39f36b100fe8a5377810d56c3f4789b9c53ac42/model.safetensors',
      'EleutherAI/pythia-70m@a39f36b',
    ],
    ['/hub/models--o--m/snapshots/a39f36b1/unet/diffusion_pytorch_model.safetensors', 'o/m@a39f36b/unet'],
  ])('of %s is %s', (path, name) => {
    expect(checkpointName(path)).toBe(name);
  });
});
