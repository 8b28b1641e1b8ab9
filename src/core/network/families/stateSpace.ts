/** State-space models: `modeling_mamba.py`, `modeling_mamba2.py`. */
import { family, fused, separate, stack, step, unit, type Step, type Unit, type Weights } from '../family';
import { LLAMA_ATTENTION, LLAMA_MLP, LLAMA_OUT, mixture } from './decoders';
import { latentAttention } from './latentAttention';
import { attention, expert, fusedGated, gated, GROUPED, mlp, qkv, SIGN, ungated } from './transformer';

/** A kernel of 4: every source has 4 edges, so its nodes always drop. */
const KERNEL = { channels: 'depthwise' } as const;

const below =
  (path: string) =>
  (layer: string): string =>
    `${path}.${layer}`;

/** @param at the path of a layer of it. */
function mixer(at: (layer: string) => string, optional: boolean): Unit {
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
        // Zamba 1, whose parameters are apart for each of its heads.
        step('ssm.in', 'input', [fused(at('in_proj'), ['inner', 'inner'], 'in-turn', ['x', 'z'])]),
        step('ssm.conv', 'inner', [separate([at('conv1d')], 'inner')], KERNEL),
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

/** llama.cpp's names for the layers of a mixer, which lie in the block itself. */
const inGguf = (layer: string): string => `ssm_${layer.replace('_proj', '')}`;

const MAMBA = family(
  'mamba',
  [stack('layers.#', [[mixer(below('mixer'), false)]]), stack('blk.#', [[mixer(inGguf, false)]])],
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
        [
          attention(LLAMA_ATTENTION, LLAMA_OUT, { optional: true }),
          { ...mixer(below('mamba'), true), sign: true },
        ],
        LLAMA_MLP,
      ],
      { whole: true },
    ),
    stack(
      'blk.#',
      [
        [
          attention([qkv('attn_q', 'attn_k', 'attn_v', GROUPED)], ['attn_output'], { optional: true }),
          { ...mixer(inGguf, true), sign: true },
        ],
        [
          mlp([gated('ffn_gate', 'ffn_up')], ['ffn_down'], { optional: true }),
          expert('shared expert', [gated('ffn_gate_shexp', 'ffn_up_shexp')], ['ffn_down_shexp']),
          expert('expert', [gated('ffn_gate_exps', 'ffn_up_exps')], ['ffn_down_exps'], { stacked: true }),
        ],
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
        mixer(below('mixer'), true),
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

/** Kimi Delta Attention in most blocks, multi-head latent attention in the others: Moonshot's `modeling_kimi.py`. */
const KIMI_DELTA: readonly Step[] = [
  step('attention.qkv', 'input', [
    separate(
      ['q_proj', 'k_proj', 'v_proj', 'b_proj', 'f_a_proj', 'g_a_proj'].map((name) => `self_attn.${name}`),
      ['queries', 'keys', 'values', 'rates', 'decay latent', 'gate latent'],
      ['query', 'key', 'value', 'rate', 'decay', 'gate'],
    ),
  ]),
  ...[
    ['queries', 'q'],
    ['keys', 'k'],
    ['values', 'v'],
  ].map(([layer, name]) =>
    step('conv.depthwise', layer!, [separate([`self_attn.${name!}_conv1d`], layer!)], KERNEL),
  ),
  step('attention.qkv', 'decay latent', [separate(['self_attn.f_b_proj'], 'keys')]),
  step('attention.qkv', 'gate latent', [separate(['self_attn.g_b_proj'], 'values')]),
  step('attention.out', 'values', [separate(['self_attn.o_proj'], 'output')]),
];

const KIMI_LINEAR = family('kimi_linear', [
  stack('layers.#', [
    [unit('attention', [KIMI_DELTA, ...latentAttention('self_attn').variants], { sign: 'first' })],
    LLAMA_MLP,
  ]),
]);

/**
 * Lightning attention in most blocks: `modeling_minimax.py`, MiniMax's `modeling_minimax_text_01.py`. Its queries, keys and
 * values are stored head by head; a gate reads the same.
 */
const MINIMAX = family(
  'minimax',
  [
    stack('layers.#', [
      [
        unit(
          'attention',
          [
            [
              step('attention.qkv', 'input', [
                separate(
                  ['self_attn.qkv_proj', 'self_attn.output_gate'],
                  ['queries, keys and values', 'heads'],
                  ['query, key and value', 'gate'],
                ),
              ]),
              step('attention.out', 'heads', [separate(['self_attn.out_proj'], 'output')]),
            ],
            ...attention(LLAMA_ATTENTION, LLAMA_OUT).variants,
          ],
          { sign: 'first' },
        ),
      ],
      LLAMA_MLP,
    ]),
  ],
  ['minimax', 'minimax_text_01', 'minimax_m1', 'minimax_vl_01'],
);

/** Griffin's recurrence in most blocks, attention in the others: `modeling_recurrent_gemma.py`. */
const RECURRENT_GEMMA = family('recurrent_gemma', [
  stack(
    'layers.#',
    [
      [
        attention(
          [qkv('temporal_block.q_proj', 'temporal_block.k_proj', 'temporal_block.v_proj', GROUPED)],
          ['temporal_block.o_proj'],
          { optional: true },
        ),
        unit(
          'recurrence',
          [
            [
              step('ssm.in', 'input', [
                separate(['temporal_block.linear_x', 'temporal_block.linear_y'], 'inner', ['x', 'y']),
              ]),
              step('ssm.conv', 'inner', [separate(['temporal_block.conv_1d'], 'inner')], KERNEL),
              step('ssm.out', 'inner', [separate(['temporal_block.linear_out'], 'output')]),
            ],
          ],
          SIGN,
        ),
      ],
      [mlp([gated('mlp_block.gate_proj', 'mlp_block.up_proj')], ['mlp_block.down_proj'])],
    ],
    { whole: true },
  ),
]);

/**
 * Mamba-2 in every block, and before some of them a transformer that all share, which reads the activations and the embeddings
 * side by side: `modeling_zamba2.py`, `modeling_zamba.py`.
 */
const SHARED = 'shared transformer';
function sharedTransformer(path: string, up: Weights): Unit {
  const at = (leaf: string): string => `${path}.${leaf}`;
  const names = ['q_proj', 'k_proj', 'v_proj'].map((leaf) => at(`self_attn.${leaf}`)) as [
    string,
    string,
    string,
  ];
  return unit(
    SHARED,
    [
      [
        step('attention.qkv', '/input and embeddings', [qkv(...names, GROUPED)]),
        step('attention.out', 'heads', [separate([at('self_attn.o_proj')], 'attended')]),
        step('mlp.up', 'attended', [up]),
        step('mlp.down', 'hidden', [separate([at('feed_forward.down_proj')], './transformed')]),
      ],
    ],
    { optional: true },
  );
}

const ZAMBA = family(
  'zamba',
  [
    stack('layers.#', [
      [
        sharedTransformer('shared_transformer', fusedGated('shared_transformer.feed_forward.gate_up_proj')),
        sharedTransformer(
          'shared_transf',
          gated('shared_transf.feed_forward.gate_proj', 'shared_transf.feed_forward.up_proj'),
        ),
        unit('linear', [[step('linear', './transformed', [separate(['linear'], 'output')])]], SIGN),
      ],
      [mixer(below('mamba'), true), mixer(below('mamba_decoder.mamba'), true)],
    ]),
  ],
  ['zamba', 'zamba2'],
);

/**
 * A gated long convolution in most blocks, attention in the others: Together's `stripedhyena/model.py`, `vortex/model/model.py`. What
 * makes the long filter is a parameter per channel; its projections are split by head, as the configuration says.
 */
const STRIPED_HYENA = family(
  'stripedhyena',
  [
    stack(
      'blocks.#',
      [
        [
          attention(
            [
              fused('inner_mha_cls.Wqkv', ['heads', 'keys and values', 'keys and values'], 'in-turn', [
                'query',
                'key',
                'value',
              ]),
            ],
            ['inner_mha_cls.out_proj'],
            { optional: true },
          ),
          unit(
            'filter',
            [
              [
                step('ssm.in', 'input', [separate(['projections'], 'projected')]),
                step(
                  'ssm.conv',
                  'projected',
                  [separate(['filter.short_filter_weight'], 'projected')],
                  KERNEL,
                ),
                step('ssm.out', 'inner', [separate(['out_filter_dense'], 'output')]),
              ],
            ],
            SIGN,
          ),
        ],
        [mlp([gated('mlp.l1', 'mlp.l2')], ['mlp.l3'])],
      ],
      { whole: true },
    ),
  ],
  ['stripedhyena', 'evo', 'stripedhyena2'],
);

/** A matrix memory in every block, whose three gates read what its queries read: `modeling_xlstm.py`, NX-AI's `xlstm_large/model.py`. */
const memory = (q: string, k: string, v: string): Weights =>
  separate(
    [q, k, v, 'ogate_preact', 'igate_preact', 'fgate_preact'].map((name) => `mlstm_layer.${name}`),
    ['queries', 'queries', 'values', 'values', 'gates', 'gates'],
    ['query', 'key', 'value', 'output gate', 'input gate', 'forget gate'],
  );
const XLSTM = family('xlstm', [
  stack('blocks.#', [
    [
      unit('memory', [
        [
          step('attention.qkv', 'input', [
            memory('q', 'k', 'v'),
            memory('query', 'key', 'value'),
            separate(
              ['mlstm_layer.qkv_opreact', 'mlstm_layer.ifgate_preact'],
              ['queries, keys, values and output gates', 'gates'],
              ['query, key, value and output gate', 'input and forget gate'],
            ),
          ]),
          step('attention.out', 'values', [separate(['mlstm_layer.out_proj'], 'output')]),
        ],
      ]),
    ],
    [mlp([gated('ffn.proj_up_gate', 'ffn.proj_up'), fusedGated('ffn.proj_up_gate_z')], ['ffn.proj_down'])],
  ]),
]);

export const STATE_SPACE = [
  STRIPED_HYENA,
  XLSTM,
  KIMI_LINEAR,
  MINIMAX,
  RECURRENT_GEMMA,
  ZAMBA,
  HYBRID,
  NEMOTRON_H,
  QWEN3_NEXT,
  LFM2,
  MAMBA,
];
