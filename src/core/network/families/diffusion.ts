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

function residual(first: string, shortcut: string, time: string, second: string): Unit {
  return unit('convolutions', [
    [
      step('conv.first', 'input', [
        separate([first, shortcut], ['middle', 'output']),
        separate([first], 'middle'),
      ]),
      step('conditioning', '/time embedding', [fused(time, ['middle', 'middle'], 'gated')], {
        optional: true,
      }),
      step('conv.inner', 'middle', [separate([second], 'output')]),
    ],
  ]);
}

/** `resnet.py` of diffusers: ResnetBlock2D. */
const RESNET_BLOCK = residual('conv1', 'conv_shortcut', 'time_emb_proj', 'conv2');
/** `openaimodel.py` of CompVis and Stability: ResBlock. */
const RES_BLOCK = residual('in_layers.2', 'skip_connection', 'emb_layers.1', 'out_layers.3');

const single = (name: string, role: Role, tensor: string): Unit =>
  unit(name, [[step(role, 'input', [separate([tensor], 'output')])]]);

const free = (phase: number) => ({ width: 'free', phase }) as const;
/** Sits beside what makes the family. */
const companion = (phase: number) => ({ ...free(phase), gaps: true, companion: true }) as const;

/** A transformer between two layers that enter and leave it. */
function transformer(path: string, phase: number): Stack[] {
  return [
    stack(path, [[single('entry', 'linear', 'proj_in')]], companion(phase)),
    stack(`${path}.transformer_blocks.#`, TRANSFORMER_BLOCK, { width: 'block', phase }),
    stack(path, [[single('exit', 'linear', 'proj_out')]], companion(phase)),
  ];
}

const sampling = (path: string, layer: string, phase: number): Stack =>
  stack(path, [[single('sampling', 'resample', layer)]], companion(phase));

function level(block: string, phase: number, samplers: readonly string[]): Stack[] {
  return [
    stack(`${block}.resnets.#`, [[RESNET_BLOCK]], free(phase)),
    ...transformer(`${block}.attentions.#`, phase),
    ...samplers.map((layer) => sampling(block, layer, phase)),
  ];
}

/** The same in the names of the original code, where the blocks of all levels are counted through. */
function place(block: string, phase: number): Stack[] {
  return [
    stack(`${block}.0`, [[RES_BLOCK]], { ...free(phase), gaps: true }),
    ...transformer(`${block}.1`, phase),
  ];
}

/**
 * Down, middle and up: `unet_2d_condition.py` of diffusers; `openaimodel.py` of CompVis and Stability, as in the single
 * files of Stable Diffusion 1, 2 and XL.
 */
const UNET = family('diffusers_unet', [
  ...level('down_blocks.#', 0, ['downsamplers.0.conv']),
  ...level('mid_block', 1, []),
  ...level('up_blocks.#', 2, ['upsamplers.0.conv']),
  ...place('input_blocks.#', 0),
  sampling('input_blocks.#.0', 'op', 0),
  ...place('middle_block', 1),
  stack('middle_block.2', [[RES_BLOCK]], free(1)),
  ...place('output_blocks.#', 2),
  // Behind the transformer, or in its place.
  sampling('output_blocks.#.1', 'conv', 2),
  sampling('output_blocks.#.2', 'conv', 2),
]);

export const DIFFUSION: readonly Family[] = [UNET, DIFFUSERS_TRANSFORMER, DIT];
