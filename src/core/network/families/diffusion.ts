/** Diffusion models. Names and shapes: the public model definitions named beside each. */
import { family, fused, separate, stack, step, unit, type Family, type Stack, type Unit } from '../family';
import type { Role } from '../types';
import { attention, crossAttention, fusedQkv, keysAndValues, mlp, qkv, ungated } from './transformer';

/** Shift, scale and gate of a block, from the embedding of time and class. */
const modulation = (tensor: string, optional: boolean): Unit =>
  unit('modulation', [[step('conditioning', '/conditioning', [separate([tensor], 'modulation')])]], {
    optional,
  });

/** Facebook's DiT `models.py`. */
const DIT = family('dit', [
  stack('blocks.#', [
    [attention([fusedQkv('attn.qkv', 'in-turn')], ['attn.proj']), modulation('adaLN_modulation.1', false)],
    [mlp([ungated('mlp.fc1')], ['mlp.fc2'])],
  ]),
]);

/** `attention.py` of diffusers: BasicTransformerBlock. */
const TRANSFORMER_BLOCK: readonly (readonly Unit[])[] = [
  [
    attention([qkv('attn1.to_q', 'attn1.to_k', 'attn1.to_v')], ['attn1.to_out.0']),
    modulation('norm1.linear', true),
  ],
  [
    crossAttention(
      ['attn2.to_q'],
      [keysAndValues('attn2.to_k', 'attn2.to_v')],
      ['attn2.to_out.0'],
      '/context',
      { optional: true },
    ),
  ],
  // GEGLU: the value, then the gate.
  [mlp([fused('ff.net.0.proj', ['hidden', 'hidden'], 'gated', ['up', 'gate'])], ['ff.net.2'])],
];

const DIFFUSERS_TRANSFORMER = family('diffusers_transformer', [
  stack('transformer_blocks.#', TRANSFORMER_BLOCK),
]);

/** `resnet.py` of diffusers: ResnetBlock2D. */
const RESNET_BLOCK = unit('convolutions', [
  [
    step('conv.first', 'input', [
      separate(['conv1', 'conv_shortcut'], ['middle', 'output']),
      separate(['conv1'], 'middle'),
    ]),
    step('conditioning', '/time embedding', [fused('time_emb_proj', ['middle', 'middle'], 'gated')], {
      optional: true,
    }),
    step('conv.inner', 'middle', [separate(['conv2'], 'output')]),
  ],
]);

const single = (name: string, role: Role, tensor: string): Unit =>
  unit(name, [[step(role, 'input', [separate([tensor], 'output')])]]);

function level(block: string, phase: number, samplers: readonly string[]): Stack[] {
  const free = { width: 'free', phase } as const;
  const companion = { ...free, gaps: true, companion: true };
  return [
    stack(`${block}.resnets.#`, [[RESNET_BLOCK]], free),
    stack(`${block}.attentions.#`, [[single('entry', 'linear', 'proj_in')]], companion),
    stack(`${block}.attentions.#.transformer_blocks.#`, TRANSFORMER_BLOCK, { width: 'block', phase }),
    stack(`${block}.attentions.#`, [[single('exit', 'linear', 'proj_out')]], companion),
    ...samplers.map((path) => stack(block, [[single('sampling', 'resample', path)]], companion)),
  ];
}

/** `unet_2d_condition.py` of diffusers, down, middle and up. */
const UNET = family('diffusers_unet', [
  ...level('down_blocks.#', 0, ['downsamplers.0.conv']),
  ...level('mid_block', 1, []),
  ...level('up_blocks.#', 2, ['upsamplers.0.conv']),
]);

export const DIFFUSION: readonly Family[] = [UNET, DIFFUSERS_TRANSFORMER, DIT];
