/** State-space models: `modeling_mamba.py`, `modeling_mamba2.py`. */
import { family, fused, separate, stack, step, unit, type Step, type Unit } from '../family';
import { LLAMA_ATTENTION, LLAMA_MLP, LLAMA_OUT, mixture } from './decoders';
import { attention, GROUPED, mlp, qkv, SIGN, ungated } from './transformer';

/** A kernel of 4: every source has 4 edges, so its nodes always drop. */
const KERNEL = { channels: 'depthwise' } as const;

function mixer(path: string, optional: boolean): Unit {
  const at = (name: string): string => `${path}.${name}`;
  return unit(
    'mixer',
    [
      [
        step('ssm.in', 'input', [fused(at('in_proj'), ['inner', 'inner'], 'in-turn', ['x', 'z'])]),
        step('ssm.conv', 'inner', [separate([at('conv1d')], 'inner')], KERNEL),
        step('ssm.parameters', 'inner', [
          fused(at('x_proj'), ['time step', 'B and C', 'B and C'], 'in-turn', ['Δ', 'B', 'C']),
        ]),
        step('ssm.time_step', 'time step', [separate([at('dt_proj')], 'inner')]),
        step('ssm.out', 'inner', [separate([at('out_proj')], 'output')]),
      ],
      [
        // Mamba-2 fuses z, x, B, C and the time steps; the kernel runs over x, B and C.
        step('ssm.in', 'input', [separate([at('in_proj')], 'projected')]),
        step('ssm.conv', 'x, B and C', [separate([at('conv1d')], 'x, B and C')], KERNEL),
        step('ssm.out', 'inner', [separate([at('out_proj')], 'output')]),
      ],
    ],
    { optional },
  );
}

const MAMBA = family(
  'mamba',
  [stack('layers.#', [[mixer('mixer', false)]])],
  ['mamba', 'mamba2', 'falcon_mamba'],
);

/**
 * A mixer, attention, or both side by side in every block: `modeling_jamba.py`, `modeling_bamba.py`,
 * `modeling_granitemoehybrid.py`, `modeling_falcon_h1.py`. Without any mixer it is Llama.
 */
const HYBRID = family(
  'mamba_hybrid',
  [
    stack(
      'layers.#',
      [
        [attention(LLAMA_ATTENTION, LLAMA_OUT, { optional: true }), { ...mixer('mamba', true), sign: true }],
        LLAMA_MLP,
      ],
      { whole: true },
    ),
  ],
  ['jamba', 'bamba', 'granitemoehybrid', 'falcon_h1'],
);

/** Between the activations and the fewer that experts read and write (Nemotron 3 Super). */
const latent = (name: string, tensor: string, from: string, to: string): Unit =>
  unit(name, [[step('linear', from, [separate([tensor], to)])]], { optional: true });

/** An expert's steps where it reads and writes those fewer. */
const ofLatent = (steps: readonly Step[]): Step[] =>
  steps.map((each) => ({
    ...each,
    from: each.from === 'input' ? './latent input' : each.from,
    weights: each.weights.map((way) => ({
      ...way,
      to: way.to.map((layer) => (layer === 'output' ? './latent output' : layer)),
    })),
  }));

/**
 * One mixer in every block, all under one name: Mamba-2, attention, an MLP or experts. NVIDIA's
 * `modeling_nemotron_h.py`. Without any but Mamba-2 it is `mamba`.
 */
const NEMOTRON_H = family('nemotron_h', [
  stack(
    'layers.#',
    [
      [
        attention([qkv('mixer.q_proj', 'mixer.k_proj', 'mixer.v_proj', GROUPED)], ['mixer.o_proj'], SIGN),
        mixer('mixer', true),
        mlp([ungated('mixer.up_proj')], ['mixer.down_proj'], SIGN),
        latent('latent input', 'mixer.fc1_latent_proj', 'input', './latent input'),
        ...mixture('mixer').map((each) => ({
          ...each,
          variants: [...each.variants, ...each.variants.map(ofLatent)],
          sign: true,
        })),
        latent('latent output', 'mixer.fc2_latent_proj', './latent output', 'output'),
      ],
    ],
    { whole: true },
  ),
]);

/** Gated DeltaNet in place of attention in most blocks: `modeling_qwen3_next.py`, `modeling_qwen3_5.py`. */
const DELTA_NET = unit(
  'linear attention',
  [
    [
      step('attention.qkv', 'input', [
        separate(
          ['linear_attn.in_proj_qkvz', 'linear_attn.in_proj_ba'],
          ['q, k, v and z', 'rates'],
          ['query, key, value and gate', 'rate and decay'],
        ),
        separate(
          ['in_proj_qkv', 'in_proj_z', 'in_proj_b', 'in_proj_a'].map((name) => `linear_attn.${name}`),
          ['q, k and v', 'values', 'rates', 'rates'],
          ['query, key and value', 'gate', 'rate', 'decay'],
        ),
      ]),
      step('conv.depthwise', 'q, k and v', [separate(['linear_attn.conv1d'], 'q, k and v')], KERNEL),
      step('attention.out', 'values', [separate(['linear_attn.out_proj'], 'output')]),
    ],
  ],
  SIGN,
);

const QWEN3_NEXT = family(
  'qwen3_next',
  [
    stack('layers.#', [[attention(LLAMA_ATTENTION, LLAMA_OUT, { optional: true }), DELTA_NET], LLAMA_MLP], {
      whole: true,
    }),
  ],
  ['qwen3_next', 'qwen3_5', 'qwen3_5_text', 'qwen3_5_moe', 'qwen3_5_moe_text'],
);

/** A short convolution, gated before and behind, in place of attention in most blocks: `modeling_lfm2.py`. */
const SHORT_CONVOLUTION = unit(
  'mixer',
  [
    [
      step('ssm.in', 'input', [
        fused('conv.in_proj', ['inner', 'inner', 'inner'], 'in-turn', ['B', 'C', 'x']),
      ]),
      step('ssm.conv', 'inner', [separate(['conv.conv'], 'inner')], KERNEL),
      step('ssm.out', 'inner', [separate(['conv.out_proj'], 'output')]),
    ],
  ],
  SIGN,
);

const LFM2 = family(
  'lfm2',
  [
    stack(
      'layers.#',
      [
        [attention(LLAMA_ATTENTION, ['self_attn.out_proj'], { optional: true }), SHORT_CONVOLUTION],
        LLAMA_MLP,
      ],
      { whole: true },
    ),
  ],
  ['lfm2', 'lfm2_moe', 'lfm2_vl'],
);

export const STATE_SPACE = [HYBRID, NEMOTRON_H, QWEN3_NEXT, LFM2, MAMBA];
