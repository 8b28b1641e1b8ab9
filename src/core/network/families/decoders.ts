/** Decoder-only language models. Names and shapes: the Hugging Face model definitions named beside each. */
import { family, fused, separate, stack, type Family, type Stack, type Unit, type Weights } from '../family';
import {
  attention,
  EQUAL,
  expert,
  fusedGated,
  fusedQkv,
  gated,
  GROUPED,
  HIDDEN,
  mlp,
  qkv,
  ungated,
} from './transformer';

const BLOOM_MLP = mlp([ungated('mlp.dense_h_to_4h')], ['mlp.dense_4h_to_h']);
/** Conv1D stores [in, out]; some ports store the same names as Linear. */
const CONV1D = { layouts: ['in-out', 'out-in'] } as const;

/** `modeling_gpt_neox.py`; q, k and v interleaved by head, taken as stored, as the paper's program does. */
const GPT_NEOX = family('gpt_neox', [
  stack('layers.#', [
    [attention([fusedQkv('attention.query_key_value', 'by-head-as-stored')], ['attention.dense'])],
    [BLOOM_MLP],
  ]),
]);

/**
 * Megatron-LM before Megatron-core, `megatron/model/transformer.py`. By version 0 of its checkpoints the rows of q, k and v are
 * [3, heads, size], by version 1 [heads, size, 3], since then [heads, 3, size]; tensors do not give the version.
 */
const megatronBlock = (block: string, attentionPath: string): Stack =>
  stack(block, [
    [
      attention(
        [fusedQkv(`${attentionPath}.query_key_value`, 'either', GROUPED)],
        [`${attentionPath}.dense`],
      ),
    ],
    [mlp([fused('mlp.dense_h_to_4h', HIDDEN, 'gated', ['gate', 'up'])], ['mlp.dense_4h_to_h'])],
  ]);
const MEGATRON = family('megatron', [
  megatronBlock('language_model.encoder.layers.#', 'self_attention'),
  megatronBlock('language_model.transformer.layers.#', 'attention'),
]);

/** GLM 1, `modeling_glm.py` of THUDM: the names of GPT-NeoX, but q, k and v in turn. */
const GLM = family('glm', [
  stack('layers.#', [
    [attention([fusedQkv('attention.query_key_value', 'in-turn')], ['attention.dense'])],
    [BLOOM_MLP],
  ]),
]);

/** `modeling_bloom.py`: q, k and v interleaved by head. */
const BLOOM = family('bloom', [
  stack('h.#', [
    [attention([fusedQkv('self_attention.query_key_value', 'by-head')], ['self_attention.dense'])],
    [BLOOM_MLP],
  ]),
]);

/** `modeling_falcon.py`: the queries of a key-value head, its key, its value; then the next. */
const FALCON = family(
  'falcon',
  [
    stack('h.#', [
      [attention([fusedQkv('self_attention.query_key_value', 'by-head', GROUPED)], ['self_attention.dense'])],
      [BLOOM_MLP],
    ]),
  ],
  ['falcon', 'RefinedWeb', 'RefinedWebModel'],
);

/** `modeling_gpt2.py`: Conv1D; Jais has the same names and a gate. */
const GPT2 = family(
  'gpt2',
  [
    stack('h.#', [
      [attention([fusedQkv('attn.c_attn', 'in-turn')], ['attn.c_proj'], CONV1D)],
      [mlp([gated('mlp.c_fc2', 'mlp.c_fc'), ungated('mlp.c_fc')], ['mlp.c_proj'], CONV1D)],
    ]),
  ],
  ['gpt2', 'imagegpt', 'jais'],
);

/** `modeling_gpt_bigcode.py`: GPT-2's names on Linear, one key-value head. */
const GPT_BIGCODE = family('gpt_bigcode', [
  stack('h.#', [
    [attention([fusedQkv('attn.c_attn', 'by-head', GROUPED)], ['attn.c_proj'])],
    [mlp([ungated('mlp.c_fc')], ['mlp.c_proj'])],
  ]),
]);

/** `modeling_gptj.py`; `modeling_codegen.py` fuses q, v and k in runs of its own order, taken as stored. */
const GPTJ = family(
  'gptj',
  [
    stack('h.#', [
      [
        attention(
          [qkv('attn.q_proj', 'attn.k_proj', 'attn.v_proj'), fused('attn.qkv_proj', EQUAL, 'in-turn')],
          ['attn.out_proj'],
        ),
      ],
      [mlp([ungated('mlp.fc_in')], ['mlp.fc_out'])],
    ]),
  ],
  ['gptj', 'codegen'],
);

/** `modeling_gpt_neo.py`. */
const GPT_NEO = family('gpt_neo', [
  stack('h.#', [
    [
      attention(
        [qkv('attn.attention.q_proj', 'attn.attention.k_proj', 'attn.attention.v_proj')],
        ['attn.attention.out_proj'],
      ),
    ],
    [mlp([ungated('mlp.c_fc')], ['mlp.c_proj'])],
  ]),
]);

/** `modeling_mpt.py` and, with fewer key-value heads, MosaicML's llm-foundry. */
const MPT = family('mpt', [
  stack('blocks.#', [
    [attention([fusedQkv('attn.Wqkv', 'in-turn', GROUPED)], ['attn.out_proj'])],
    [mlp([ungated('ffn.up_proj')], ['ffn.down_proj'])],
  ]),
]);

/** `modeling_opt.py`. */
const OPT = family('opt', [
  stack('layers.#', [
    [attention([qkv('self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj')], ['self_attn.out_proj'])],
    [mlp([ungated('fc1')], ['fc2'])],
  ]),
]);

/** `modeling_phi.py` (Phi-1, 1.5 and 2). */
const PHI = family('phi', [
  stack('layers.#', [
    [
      attention(
        [qkv('self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj', GROUPED)],
        ['self_attn.dense'],
      ),
    ],
    [mlp([ungated('mlp.fc1')], ['mlp.fc2'])],
  ]),
]);

/** `modeling_persimmon.py`, also in Fuyu: q, k and v interleaved by head. */
const PERSIMMON = family(
  'persimmon',
  [
    stack('layers.#', [
      [attention([fusedQkv('self_attn.query_key_value', 'by-head')], ['self_attn.dense'])],
      [BLOOM_MLP],
    ]),
  ],
  ['persimmon', 'fuyu'],
);

/** `modeling_chatglm.py` of ChatGLM 2, 3 and GLM-4. */
const CHATGLM = family('chatglm', [
  stack('layers.#', [
    [attention([fusedQkv('self_attention.query_key_value', 'in-turn', GROUPED)], ['self_attention.dense'])],
    [mlp([fused('mlp.dense_h_to_4h', HIDDEN, 'gated', ['gate', 'up'])], ['mlp.dense_4h_to_h'])],
  ]),
]);

/** OLMo 1 as it was first published (`olmo/model.py`): up before gate. */
const OLMO = family('olmo', [
  stack('blocks.#', [
    [attention([fusedQkv('att_proj', 'in-turn', GROUPED)], ['attn_out'])],
    [mlp([fused('ff_proj', HIDDEN, 'gated', ['up', 'gate'])], ['ff_out'])],
  ]),
]);

/** `modeling_rwkv.py`, and RWKV-LM's own names: the receptance of a block's second half gates what it writes. */
const RWKV = family('rwkv', [rwkvBlock('attention', 'feed_forward'), rwkvBlock('att', 'ffn')]);

function rwkvBlock(mixing: string, feedForward: string): Stack {
  const inputs = ['receptance', 'key', 'value', 'gate'].map((name) => `${mixing}.${name}`);
  const read = (count: number): Weights => separate(inputs.slice(0, count), 'heads', inputs.map(leaf));
  const [key, receptance] = [`${feedForward}.key`, `${feedForward}.receptance`];
  return stack('blocks.#', [
    [attention([read(4), read(3)], [`${mixing}.output`])],
    [
      mlp(
        [
          separate([key, receptance], ['hidden', 'output'], ['key', 'receptance']),
          separate([key], 'hidden', ['key']), // RWKV-7
        ],
        [`${feedForward}.value`],
      ),
    ],
  ]);
}

function leaf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

/** `modeling_qwen.py` of Qwen 1: the gate is w2. */
const QWEN1 = family('qwen', [
  stack('h.#', [
    [attention([fusedQkv('attn.c_attn', 'in-turn')], ['attn.c_proj'])],
    [mlp([gated('mlp.w2', 'mlp.w1')], ['mlp.c_proj'])],
  ]),
]);

/** `[experts, out, in]` in most, `[experts, in, out]` in Llama 4 and GPT-OSS. */
const STACKED = { stacked: true, layouts: ['out-in', 'in-out'] } as const;
const stackedExperts = (up: string, down: string): Unit =>
  // GPT-OSS interleaves gate and up, so neither has a label.
  expert('expert', [fusedGated(up, [])], [down], STACKED);

/** One expert at `path`, in the names that there are for it. */
function namedExpert(name: string, path: string): Unit {
  const at = (leaf: string): string => `${path}.${leaf}`;
  const up = [
    gated(at('gate_proj'), at('up_proj')),
    gated(at('w1'), at('w3')), // Mixtral
    fusedGated(at('gate_up_proj')),
    fusedGated(at('gate_and_up_proj')), // Hunyuan
    ungated(at('up_proj')), // Nemotron
  ];
  return expert(name, up, [at('down_proj'), at('w2')]);
}

/** What a router chooses among below `path`, after the experts that are always there. */
function mixture(path: string): Unit[] {
  return [
    ...['shared_expert', 'shared_experts', 'shared_mlp'].map((name) =>
      namedExpert('shared expert', `${path}.${name}`),
    ),
    namedExpert('expert', `${path}.experts.#`),
    stackedExperts(`${path}.experts.gate_up_proj`, `${path}.experts.down_proj`),
    stackedExperts(`${path}.experts.w13_weight`, `${path}.experts.w2_weight`), // as vLLM holds them
    stackedExperts(`${path}.experts.fc1`, `${path}.experts.fc2`), // Aria
  ];
}

/**
 * A dense MLP, experts, or both side by side.
 * `modeling_mixtral.py`, `modeling_qwen2_moe.py`, `modeling_deepseek_v3.py`, `modeling_llama4.py`,
 * `modeling_gpt_oss.py`, `modeling_granitemoe.py`, `modeling_jamba.py`; Snowflake's `modeling_arctic.py`.
 */
const LLAMA_MLP: readonly Unit[] = [
  mlp(
    [
      gated('mlp.gate_proj', 'mlp.up_proj'),
      fusedGated('mlp.gate_up_proj'), // Phi-3
      fusedGated('mlp.gate_and_up_proj'), // Hunyuan
      gated('feed_forward.gate_proj', 'feed_forward.up_proj'), // Llama 4
      gated('feed_forward.w1', 'feed_forward.w3'), // as Meta and InternLM2 name them
      gated('block_sparse_moe.mlp.w1', 'block_sparse_moe.mlp.w3'), // Arctic, where there are no experts
      ungated('mlp.up_proj'), // Nemotron
      ungated('mlp.c_fc'), // StarCoder 2
      ungated('mlp.fc1'), // the vision tower of Llama 4
    ],
    [
      'mlp.down_proj',
      'feed_forward.down_proj',
      'feed_forward.w2',
      'block_sparse_moe.mlp.w2',
      'mlp.c_proj',
      'mlp.fc2',
    ],
    { optional: true },
  ),
  mlp([gated('residual_mlp.w1', 'residual_mlp.w3')], ['residual_mlp.w2'], { optional: true }), // Arctic
  expert('shared expert', [fusedGated('shared_mlp.input_linear')], ['shared_mlp.output_linear']), // Granite 4
  ...['mlp', 'feed_forward', 'block_sparse_moe'].flatMap(mixture),
  stackedExperts('block_sparse_moe.input_linear', 'block_sparse_moe.output_linear'),
];

const LLAMA_ATTENTION: readonly Weights[] = [
  qkv('self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj', GROUPED),
  fusedQkv('self_attn.qkv_proj', 'in-turn', GROUPED),
  fusedQkv('self_attn.W_pack', 'in-turn', GROUPED), // Baichuan
  qkv('attention.wq', 'attention.wk', 'attention.wv', GROUPED),
  fusedQkv('attention.wqkv', 'by-head', GROUPED), // InternLM 2
  qkv('attention.q_proj', 'attention.k_proj', 'attention.v_proj', GROUPED), // Pixtral
];
const LLAMA_OUT = ['self_attn.o_proj', 'attention.wo', 'attention.o_proj'];

/** `modeling_llama.py`; Mistral, Mixtral, Qwen 2 and 3, Gemma, Phi-3, OLMo, StableLM, StarCoder 2 and others alike. */
const LLAMA = family(
  'llama',
  [stack('layers.#', [[attention(LLAMA_ATTENTION, LLAMA_OUT)], LLAMA_MLP])],
  [
    'llama',
    'mistral',
    'mixtral',
    'qwen2',
    'qwen3',
    'qwen2_moe',
    'qwen3_moe',
    'gemma',
    'gemma2',
    'gemma3_text',
    'phi3',
  ],
);

/** Ling and Ring: `modeling_bailing_moe.py`, whose q, k and v are in turn, unlike those of GPT-NeoX in the same name. */
const BAILING = family(
  'bailing_moe',
  [
    stack(
      'layers.#',
      [
        [attention([fusedQkv('attention.query_key_value', 'in-turn', GROUPED)], ['attention.dense'])],
        LLAMA_MLP,
      ],
      { whole: true },
    ),
  ],
  ['bailing_moe', 'bailing_moe_v2'],
);

export const DECODERS: readonly Family[] = [
  MEGATRON,
  GPT_NEOX,
  GLM,
  BLOOM,
  FALCON,
  GPT2,
  GPT_BIGCODE,
  QWEN1,
  GPTJ,
  GPT_NEO,
  MPT,
  OPT,
  PHI,
  PERSIMMON,
  CHATGLM,
  OLMO,
  RWKV,
  LLAMA,
  BAILING,
];
export { LLAMA_ATTENTION, LLAMA_MLP, LLAMA_OUT, mixture };
