/** Diffusion models. Names and shapes: the public model definitions named beside each. */
import {
  family,
  fused,
  separate,
  stack,
  step,
  unit,
  type Family,
  type Stack,
  type Unit,
  type Weights,
} from '../family';
import type { Role } from '../types';
import {
  attention,
  crossAttention,
  fusedQkv,
  gated,
  GROUPED,
  keysAndValues,
  mlp,
  qkv,
  ungated,
  modulation,
  SIGN,
} from './transformer';

/** Facebook's DiT `models.py`; PixArt's `PixArt.py`; HunyuanDiT's `models.py`, whose later half reads the earlier too. */
const DIT = family('dit', [
  stack('blocks.#', [
    [
      unit('skip', [[step('linear', 'input and skip', [separate(['skip_linear'], 'output')])]], {
        optional: true,
      }),
    ],
    [
      attention(
        [fusedQkv('attn.qkv', 'in-turn'), fusedQkv('attn1.Wqkv', 'in-turn')],
        ['attn.proj', 'attn1.out_proj'],
      ),
      modulation(['adaLN_modulation.1', 'default_modulation.1'], { sign: true }),
    ],
    [
      crossAttention(
        ['cross_attn.q_linear', 'attn2.q_proj'],
        ['cross_attn.kv_linear', 'attn2.kv_proj'].map((name) =>
          fused(name, ['heads', 'heads'], 'in-turn', ['key', 'value']),
        ),
        ['cross_attn.proj', 'attn2.out_proj'],
        '/context',
        SIGN,
      ),
    ],
    [mlp([ungated('mlp.fc1')], ['mlp.fc2'])],
  ]),
]);

/** Text, and where a video begins with a picture, that picture too. */
const WAN_CROSS_ATTENTION = unit('cross-attention', [
  [
    step('cross_attention.q', 'input', [
      separate(['cross_attn.q'], 'heads', ['query']),
      separate(['attn2.to_q'], 'heads', ['query']),
    ]),
    step('cross_attention.kv', '/context', [
      keysAndValues('cross_attn.k', 'cross_attn.v'),
      keysAndValues('attn2.to_k', 'attn2.to_v'),
    ]),
    step(
      'cross_attention.kv',
      '/picture',
      [
        keysAndValues('cross_attn.k_img', 'cross_attn.v_img'),
        keysAndValues('attn2.add_k_proj', 'attn2.add_v_proj'),
      ],
      { optional: true },
    ),
    step('cross_attention.out', 'heads', [
      separate(['cross_attn.o'], 'output'),
      separate(['attn2.to_out.0'], 'output'),
    ]),
  ],
]);

/** Wan 2: `wan/modules/model.py`; `transformer_wan.py` of diffusers. */
const WAN = family('wan', [
  stack('blocks.#', [
    [
      attention(
        [qkv('self_attn.q', 'self_attn.k', 'self_attn.v'), qkv('attn1.to_q', 'attn1.to_k', 'attn1.to_v')],
        ['self_attn.o', 'attn1.to_out.0'],
      ),
    ],
    [WAN_CROSS_ATTENTION],
    [mlp([ungated('ffn.0'), ungated('ffn.net.0.proj')], ['ffn.2', 'ffn.net.2'])],
  ]),
]);

/** `attention.py` of diffusers: BasicTransformerBlock. */
const TRANSFORMER_BLOCK: readonly (readonly Unit[])[] = [
  [
    attention([qkv('attn1.to_q', 'attn1.to_k', 'attn1.to_v')], ['attn1.to_out.0']),
    modulation(['norm1.linear']),
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
  [
    mlp([fused('ff.net.0.proj', ['hidden', 'hidden'], 'gated', ['up', 'gate'])], ['ff.net.2']),
    modulation(['norm2.linear']), // CogVideoX
  ],
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

/** Attention without a transformer around it. */
const plainAttention = (
  path: string,
  input: readonly Weights[],
  out: readonly string[],
  phase: number,
): Stack => stack(path, [[attention(input, out)]], { ...companion(phase), width: 'block' });

function level(block: string, phase: number, samplers: readonly string[]): Stack[] {
  const attn = [qkv('to_q', 'to_k', 'to_v'), qkv('query', 'key', 'value')];
  return [
    stack(`${block}.resnets.#`, [[RESNET_BLOCK]], free(phase)),
    plainAttention(`${block}.attentions.#`, attn, ['to_out.0', 'proj_attn'], phase),
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

/** `model.py` of CompVis' latent-diffusion: Encoder, Decoder and Model. `up` counts from the last level to the first. */
const LATENT_BLOCK = residual('conv1', 'nin_shortcut', 'temb_proj', 'conv2');

function latentLevel(block: string, phase: number, sampler: string, more: Partial<Stack> = {}): Stack[] {
  return [
    stack(`${block}.block.#`, [[LATENT_BLOCK]], { ...free(phase), ...more }),
    { ...plainAttention(`${block}.attn.#`, [qkv('q', 'k', 'v')], ['proj_out'], phase), ...more },
    { ...sampling(block, sampler, phase), ...more },
  ];
}

/** The autoencoder of Stable Diffusion and FLUX in its original names, and DDPM; in those of diffusers it is a U-Net's half. */
const AUTOENCODER = family('autoencoder', [
  ...latentLevel('down.#', 0, 'downsample.conv'),
  stack('mid.block_1', [[LATENT_BLOCK]], free(1)),
  plainAttention('mid.attn_1', [qkv('q', 'k', 'v')], ['proj_out'], 1),
  stack('mid.block_2', [[LATENT_BLOCK]], free(1)),
  ...latentLevel('up.#', 2, 'upsample.conv', { backwards: true }),
]);

/** Lumina's and Z-Image's blocks; those that refine the noise and the text come before those of both. */
function luminaBlock(path: string, phase: number): Stack {
  return stack(
    path,
    [
      [
        attention(
          [fusedQkv('attention.qkv', 'in-turn', GROUPED), ...['attention', 'attn'].map(separateQkv)],
          ['attention.out', 'attention.to_out.0', 'attn.to_out.0'],
        ),
        modulation(['adaLN_modulation.0', 'adaLN_modulation.1', 'norm1.linear']),
      ],
      [
        mlp(
          [
            gated('feed_forward.w1', 'feed_forward.w3'),
            gated('feed_forward.linear_1', 'feed_forward.linear_3'),
          ],
          ['feed_forward.w2', 'feed_forward.linear_2'],
        ),
      ],
    ],
    { stream: 'joint', phase },
  );
}

function separateQkv(path: string): Weights {
  return qkv(`${path}.to_q`, `${path}.to_k`, `${path}.to_v`, GROUPED);
}

/** `transformer_lumina2.py`, `transformer_z_image.py` of diffusers, and the original names. */
const LUMINA = family('lumina', [
  luminaBlock('noise_refiner.#', 0),
  luminaBlock('context_refiner.#', 1),
  luminaBlock('layers.#', 2),
]);

export const DIFFUSION: readonly Family[] = [UNET, AUTOENCODER, DIFFUSERS_TRANSFORMER, DIT, WAN, LUMINA];
