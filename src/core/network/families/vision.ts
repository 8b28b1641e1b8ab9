/** Vision transformers. Names and shapes: the public model definitions named beside each. */
import { family, fused, separate, stack, step, unit, type Family, type Unit, type Weights } from '../family';
import { attention, fusedGated, fusedQkv, gated, mlp, qkv, ungated } from './transformer';

/** `modeling_clip.py`, `modeling_siglip.py`, `modeling_blip.py`: a text and a vision tower; OpenCLIP's `transformer.py`. */
const CLIP = family(
  'clip',
  [
    stack('encoder.layers.#', [
      [
        attention(
          [
            qkv('self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj'),
            fusedQkv('self_attn.qkv', 'in-turn'), // BLIP
          ],
          ['self_attn.out_proj', 'self_attn.projection'],
        ),
      ],
      [mlp([ungated('mlp.fc1')], ['mlp.fc2'])],
    ]),
    stack('resblocks.#', [
      [attention([fusedQkv('attn.in_proj_weight', 'in-turn')], ['attn.out_proj'])],
      [mlp([ungated('mlp.c_fc')], ['mlp.c_proj'])],
    ]),
  ],
  ['clip', 'siglip'],
);

const TIMM_ATTENTION = attention(
  [fusedQkv('attn.qkv', 'in-turn'), qkv('attn.q_proj', 'attn.k_proj', 'attn.v_proj')],
  ['attn.proj'],
);
const TIMM_MLP = mlp(
  [
    ungated('mlp.fc1'),
    gated('mlp.fc1_g', 'mlp.fc1_x'), // EVA-02
    fusedGated('mlp.w12'), // DINOv2
    gated('mlp.gate_proj', 'mlp.up_proj'), // Qwen 2.5-VL
    ungated('mlp.linear_fc1'), // Qwen 3-VL
    ungated('mlp.lin1'), // SAM
  ],
  ['mlp.fc2', 'mlp.w3', 'mlp.down_proj', 'mlp.linear_fc2', 'mlp.lin2'],
);

/**
 * `modeling_vit.py`, `modeling_deit.py`, `modeling_dinov2.py`, `modeling_dinov3_vit.py`, `modeling_sam.py`; the vision
 * towers of `modeling_qwen2_vl.py` and its successors; timm's `vision_transformer.py` and `eva.py`; torchvision's
 * `vision_transformer.py`.
 */
const VIT = family(
  'vit',
  [
    stack('layer.#', [
      [
        attention(
          [
            qkv('attention.attention.query', 'attention.attention.key', 'attention.attention.value'),
            qkv('attention.q_proj', 'attention.k_proj', 'attention.v_proj'), // DINOv3
          ],
          ['attention.output.dense', 'attention.o_proj'],
        ),
      ],
      [
        mlp(
          [
            ungated('intermediate.dense'),
            ungated('mlp.fc1'), // DINOv2
            fusedGated('mlp.weights_in'),
            gated('mlp.gate_proj', 'mlp.up_proj'),
            ungated('mlp.up_proj'),
          ],
          ['output.dense', 'mlp.fc2', 'mlp.weights_out', 'mlp.down_proj'],
        ),
      ],
    ]),
    stack('blocks.#', [[TIMM_ATTENTION], [TIMM_MLP]]),
    // DINOv2 in chunks: the second number counts on.
    stack('blocks.#.#', [[TIMM_ATTENTION], [TIMM_MLP]], { gaps: true }),
    // SAM and InternVL.
    stack('layers.#', [[TIMM_ATTENTION], [TIMM_MLP]]),
    stack('encoder_layer_#', [
      [attention([fusedQkv('self_attention.in_proj_weight', 'in-turn')], ['self_attention.out_proj'])],
      [mlp([ungated('mlp.linear_1'), ungated('mlp.0')], ['mlp.linear_2', 'mlp.3'])],
    ]),
  ],
  ['vit', 'deit', 'vit_mae', 'vit_msn', 'dinov2', 'dinov3_vit', 'beit', 'sam'],
);

/** Joins the four patches of a window: 4·width to 2·width. */
const merging = (tensor: string): Unit =>
  unit('patch merging', [[step('resample', 'input', [separate([tensor], 'output')])]]);

const SWIN_BLOCK = [
  [
    attention(
      [
        qkv('attention.self.query', 'attention.self.key', 'attention.self.value'),
        fusedQkv('attn.qkv', 'in-turn'),
      ],
      ['attention.output.dense', 'attn.proj'],
    ),
  ],
  [
    mlp(
      [ungated('intermediate.dense'), ungated('mlp.fc1'), ungated('mlp.0')],
      ['output.dense', 'mlp.fc2', 'mlp.3'],
    ),
  ],
];

/**
 * `modeling_swin.py`; Microsoft's and torchvision's `swin_transformer.py`, and timm's, which counts the merging to the
 * stage behind it.
 */
const SWIN = family('swin', [
  stack('layers.#.blocks.#', SWIN_BLOCK, { width: 'block' }),
  stack('layers.#', [[merging('downsample.reduction')]], { width: 'free', between: true, companion: true }),
  stack('features.#.#', SWIN_BLOCK, { width: 'block' }),
  stack('features.#', [[merging('reduction')]], { width: 'free', gaps: true, companion: true }),
]);

/** q reads the picture; k and v read what a kernel has made smaller, in the last stage the picture as well. */
function reducedAttention(
  query: string,
  reduce: string,
  keyValue: Weights,
  whole: Weights,
  out: string,
): Unit {
  const write = step('attention.out', 'heads', [separate([out], 'output')]);
  return unit('attention', [
    [
      step('attention.qkv', 'input', [separate([query], 'heads', ['query'])]),
      step('conv.inner', 'input', [separate([reduce], 'reduced')]),
      step('attention.qkv', 'reduced', [keyValue]),
      write,
    ],
    [step('attention.qkv', 'input', [whole]), write],
  ]);
}

/** A depthwise kernel over the hidden layer. */
const mixFeedForward = (up: string, kernels: readonly string[], down: string): Unit =>
  unit('MLP', [
    [
      step('mlp.up', 'input', [separate([up], 'hidden')]),
      step(
        'conv.depthwise',
        'hidden',
        kernels.map((kernel) => separate([kernel], 'hidden')),
        { channels: 'depthwise' },
      ),
      step('mlp.down', 'hidden', [separate([down], 'output')]),
    ],
  ]);

const embedding = (tensor: string): Unit =>
  unit('patch embedding', [[step('resample', 'input', [separate([tensor], 'output')])]]);
const PVT_BLOCK = [
  [
    reducedAttention(
      'attn.q',
      'attn.sr',
      fused('attn.kv', ['heads', 'heads'], 'in-turn', ['key', 'value']),
      separate(['attn.q', 'attn.kv'], ['heads', 'keys and values'], ['query', 'key and value']),
      'attn.proj',
    ),
  ],
  [mixFeedForward('mlp.fc1', ['mlp.dwconv.dwconv', 'mlp.dwconv'], 'mlp.fc2')],
];
const BETWEEN = { width: 'free', between: true, companion: true, gaps: true } as const;

/** `modeling_segformer.py`, `modeling_glpn.py`; NVIDIA's `mix_transformer.py` and `pvt_v2.py`, also in timm. */
const SEGFORMER = family(
  'segformer',
  [
    stack(
      'encoder.block.#.#',
      [
        [
          reducedAttention(
            'attention.self.query',
            'attention.self.sr',
            separate(['attention.self.key', 'attention.self.value'], 'heads', ['key', 'value']),
            qkv('attention.self.query', 'attention.self.key', 'attention.self.value'),
            'attention.output.dense',
          ),
        ],
        [mixFeedForward('mlp.dense1', ['mlp.dwconv.dwconv'], 'mlp.dense2')],
      ],
      { width: 'block' },
    ),
    stack('encoder.patch_embeddings.#', [[embedding('proj')]], { ...BETWEEN, from: 1 }),
    stack('block#.#', PVT_BLOCK, { width: 'block' }),
    stack('patch_embed#', [[embedding('proj')]], { ...BETWEEN, from: 2 }),
    stack('stages.#.blocks.#', PVT_BLOCK, { width: 'block' }),
    stack('stages.#', [[embedding('downsample.proj')]], { ...BETWEEN, from: 1 }),
  ],
  ['segformer', 'glpn', 'pvt_v2'],
);

export const VISION: readonly Family[] = [CLIP, SEGFORMER, SWIN, VIT];
