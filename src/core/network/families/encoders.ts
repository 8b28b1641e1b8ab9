/** Encoders and encoder-decoders for text. Names and shapes: the Hugging Face model definitions named beside each. */
import { family, stack, type Family, type Weights } from '../family';
import {
  attention,
  crossAttention,
  expert,
  fusedGated,
  fusedQkv,
  gated,
  keysAndValues,
  mlp,
  qkv,
  SIGN,
  ungated,
} from './transformer';

/** `modeling_bert.py`, `modeling_roberta.py`, `modeling_electra.py`; `modeling_deberta_v2.py` adds `_proj`. */
const BERT = family(
  'bert',
  [
    stack('layer.#', [
      [
        attention(
          [
            qkv('attention.self.query', 'attention.self.key', 'attention.self.value'),
            qkv('attention.self.query_proj', 'attention.self.key_proj', 'attention.self.value_proj'),
            fusedQkv('attention.self.in_proj', 'by-head'), // DeBERTa 1
          ],
          ['attention.output.dense'],
        ),
      ],
      [mlp([ungated('intermediate.dense')], ['output.dense'])],
    ]),
  ],
  ['bert', 'roberta', 'xlm-roberta', 'electra', 'camembert', 'deberta', 'deberta-v2'],
);

const bertCross = (path: string): Weights => keysAndValues(`${path}.key`, `${path}.value`);

/**
 * BERT whose blocks, or some, read a second input too: the Q-Former of `modeling_blip_2.py` and LAVIS' `Qformer.py`, where
 * queries have an MLP of their own; BLIP's `modeling_blip_text.py`; BERT as a decoder.
 */
const QFORMER = family(
  'qformer',
  [
    stack('layer.#', [
      [
        attention(
          [
            qkv('attention.self.query', 'attention.self.key', 'attention.self.value'),
            qkv('attention.attention.query', 'attention.attention.key', 'attention.attention.value'),
          ],
          ['attention.output.dense'],
        ),
      ],
      [
        crossAttention(
          ['crossattention.self.query', 'crossattention.attention.query'],
          [bertCross('crossattention.self'), bertCross('crossattention.attention')],
          ['crossattention.output.dense'],
          '/context',
          SIGN,
        ),
      ],
      [
        mlp([ungated('intermediate.dense')], ['output.dense'], { optional: true }),
        { ...mlp([ungated('intermediate_query.dense')], ['output_query.dense'], SIGN), name: 'query MLP' },
      ],
    ]),
  ],
  ['blip_2_qformer', 'instructblip_qformer'],
);

/** `modeling_distilbert.py`. */
const DISTILBERT = family('distilbert', [
  stack('layer.#', [
    [attention([qkv('attention.q_lin', 'attention.k_lin', 'attention.v_lin')], ['attention.out_lin'])],
    [mlp([ungated('ffn.lin1')], ['ffn.lin2'])],
  ]),
]);

/** `modeling_albert.py`: one block, used again and again, counts once. */
const ALBERT = family('albert', [
  stack('albert_layer_groups.#.albert_layers.#', [
    [attention([qkv('attention.query', 'attention.key', 'attention.value')], ['attention.dense'])],
    [mlp([ungated('ffn')], ['ffn_output'])],
  ]),
]);

/** `modeling_modernbert.py`, whose gate is the first half of `Wi`; Nomic's `modeling_hf_nomic_bert.py`. */
const MODERNBERT = family(
  'modernbert',
  [
    stack('layers.#', [
      [attention([fusedQkv('attn.Wqkv', 'in-turn')], ['attn.Wo', 'attn.out_proj'])],
      [mlp([fusedGated('mlp.Wi'), gated('mlp.fc12', 'mlp.fc11'), ungated('mlp.fc1')], ['mlp.Wo', 'mlp.fc2'])],
    ]),
  ],
  ['modernbert', 'nomic_bert'],
);

/** `modeling_wav2vec2.py`; HuBERT, WavLM and others alike. */
const WAV2VEC2 = family(
  'wav2vec2',
  [
    stack('layers.#', [
      [attention([qkv('attention.q_proj', 'attention.k_proj', 'attention.v_proj')], ['attention.out_proj'])],
      [mlp([ungated('feed_forward.intermediate_dense')], ['feed_forward.output_dense'])],
    ]),
  ],
  ['wav2vec2', 'hubert', 'wavlm', 'unispeech', 'data2vec-audio'],
);

/** `nn.TransformerEncoderLayer` of PyTorch, whose attention keeps q, k and v in one parameter. */
const TORCH_ENCODER = family('torch_encoder', [
  stack('layers.#', [
    [attention([fusedQkv('self_attn.in_proj_weight', 'in-turn')], ['self_attn.out_proj'])],
    [mlp([ungated('linear1')], ['linear2'])],
  ]),
]);

const t5Attention = (path: string) => attention([qkv(`${path}.q`, `${path}.k`, `${path}.v`)], [`${path}.o`]);

/** Layer `n` of a block of `modeling_t5.py`; experts as in `modeling_switch_transformers.py`. */
const t5Mlp = (n: number) => [
  mlp(
    [
      gated(`layer.${n}.DenseReluDense.wi_0`, `layer.${n}.DenseReluDense.wi_1`),
      ungated(`layer.${n}.DenseReluDense.wi`),
      ungated(`layer.${n}.mlp.wi`),
    ],
    [`layer.${n}.DenseReluDense.wo`, `layer.${n}.mlp.wo`],
    { optional: true },
  ),
  expert('expert', [ungated(`layer.${n}.mlp.experts.expert_#.wi`)], [`layer.${n}.mlp.experts.expert_#.wo`]),
];

const T5 = family(
  't5',
  [
    stack('encoder.block.#', [[t5Attention('layer.0.SelfAttention')], t5Mlp(1)], { stream: 'encoder' }),
    stack(
      'decoder.block.#',
      [
        [t5Attention('layer.0.SelfAttention')],
        [
          crossAttention(
            ['layer.1.EncDecAttention.q'],
            [keysAndValues('layer.1.EncDecAttention.k', 'layer.1.EncDecAttention.v')],
            ['layer.1.EncDecAttention.o'],
            '/encoder output',
          ),
        ],
        t5Mlp(2),
      ],
      { stream: 'decoder', phase: 1 },
    ),
  ],
  ['t5', 'mt5', 'umt5', 'longt5', 'switch_transformers'],
);

const bartAttention = attention(
  [qkv('self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj')],
  ['self_attn.out_proj'],
);
const BART_MLP = mlp([ungated('fc1')], ['fc2']);

/** OpenAI's `whisper/model.py`; MLX numbers the two layers of an MLP in its name. */
const openaiAttention = (path: string): readonly Weights[] => [
  qkv(`${path}.query`, `${path}.key`, `${path}.value`),
];
const OPENAI_MLP = mlp([ungated('mlp.0'), ungated('mlp1')], ['mlp.2', 'mlp2']);

/** `modeling_bart.py`; mBART, Marian, Pegasus, Whisper, M2M-100 and others alike. Whisper also in OpenAI's names. */
const BART = family(
  'bart',
  [
    stack('encoder.layers.#', [[bartAttention], [BART_MLP]], { stream: 'encoder' }),
    stack('encoder.blocks.#', [[attention(openaiAttention('attn'), ['attn.out'])], [OPENAI_MLP]], {
      stream: 'encoder',
    }),
    stack(
      'decoder.layers.#',
      [
        [bartAttention],
        [
          crossAttention(
            ['encoder_attn.q_proj'],
            [keysAndValues('encoder_attn.k_proj', 'encoder_attn.v_proj')],
            ['encoder_attn.out_proj'],
            '/encoder output',
          ),
        ],
        [BART_MLP],
      ],
      { stream: 'decoder', phase: 1 },
    ),
    stack(
      'decoder.blocks.#',
      [
        [attention(openaiAttention('attn'), ['attn.out'])],
        [
          crossAttention(
            ['cross_attn.query'],
            [keysAndValues('cross_attn.key', 'cross_attn.value')],
            ['cross_attn.out'],
            '/encoder output',
          ),
        ],
        [OPENAI_MLP],
      ],
      { stream: 'decoder', phase: 1 },
    ),
  ],
  ['bart', 'mbart', 'marian', 'pegasus', 'whisper', 'm2m_100'],
);

export const ENCODERS: readonly Family[] = [
  QFORMER,
  BERT,
  DISTILBERT,
  ALBERT,
  MODERNBERT,
  WAV2VEC2,
  T5,
  BART,
  TORCH_ENCODER,
];
