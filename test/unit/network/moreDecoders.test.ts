/** Transformers that fuse and name what others have in ways of their own. */
import { describe, expect, it } from 'vitest';
import { networkOf, reasons, repeat, sketch, weights, type Shapes } from './support';

const H = 12;
const ATTENTION = (qkv: string, out: string): string[] => [
  `attention.qkv 12→36 ${qkv}: input → attention heads, attention heads @12, attention heads @24`,
  `attention.out 12→12 ${out} 12x12: attention heads → MLP input`,
];
const GROUPED = (qkv: string, out: string): string[] => [
  `attention.qkv 12→20 ${qkv}: input → attention heads, attention keys and values @12, attention keys and values @16`,
  `attention.out 12→12 ${out} 12x12: attention heads → MLP input`,
];
const GATED = (up: string, down: string): string[] => [
  `mlp.up 12→64 ${up}: MLP input → MLP hidden, MLP hidden @32`,
  `mlp.down 32→12 ${down} 12x32: MLP hidden → next`,
];
const LLAMA_MLP: Shapes = { 'mlp.gate_proj': [32, H], 'mlp.up_proj': [32, H], 'mlp.down_proj': [H, 32] };

function blocks(at: string, layers: Shapes, config: Record<string, unknown> | null = null) {
  const network = networkOf(repeat(2, weights(`${at}.#.`, layers)), config);
  expect(network).toMatchObject({ blocks: 2, warnings: [] });
  return network;
}

const labels = (network: ReturnType<typeof networkOf>, projection: number): string[] =>
  network.projections[projection]!.segments.map(({ label, start }) => `${label} @${start}`);

describe('decoders', () => {
  it('OLMo 1 (olmo/model.py): up before gate', () => {
    const network = blocks('model.transformer.blocks', {
      att_proj: [36, H],
      attn_out: [H, H],
      ff_proj: [64, H],
      ff_out: [H, 32],
    });
    expect(network.architecture).toBe('olmo');
    expect(sketch(network).map((line) => line.replaceAll('model.transformer.blocks.0.', ''))).toEqual([
      'attention.qkv 12→36 att_proj 36x12: input → attention heads, attention heads @12, attention heads @24',
      'attention.out 12→12 attn_out 12x12: attention heads → MLP input',
      ...GATED('ff_proj 64x12', 'ff_out'),
    ]);
    expect(labels(network, 2)).toEqual(['up @0', 'gate @32']);
  });

  it('ChatGLM 2 to GLM-4 (modeling_chatglm.py): q, k and v in turn, gate and up in one', () => {
    const network = networkOf(
      {
        ...repeat(
          2,
          weights('transformer.encoder.layers.#.', {
            'self_attention.query_key_value': [20, H],
            'self_attention.dense': [H, H],
            'mlp.dense_h_to_4h': [64, H],
            'mlp.dense_4h_to_h': [H, 32],
          }),
        ),
        'transformer.embedding.word_embeddings.weight': [99, H],
        'transformer.output_layer.weight': [99, H],
        'transformer.rotary_pos_emb.inv_freq': [4],
      },
      { model_type: 'chatglm', num_attention_heads: 3 },
    );
    expect(network).toMatchObject({ architecture: 'chatglm', warnings: [] });
    expect(sketch(network)).toEqual([
      ...GROUPED('query_key_value 20x12', 'dense'),
      ...GATED('dense_h_to_4h 64x12', 'dense_4h_to_h'),
    ]);
    expect(labels(network, 0)).toEqual(['query @0', 'query @4', 'query @8', 'key @12', 'value @16']);
    expect(reasons(network)['transformer.output_layer.weight']).toBe('output head (unembedding)');
  });

  it('InternLM 2 (modeling_internlm2.py): the queries of a key-value head, its key, its value', () => {
    const network = blocks(
      'model.layers',
      {
        'attention.wqkv': [24, H],
        'attention.wo': [H, H],
        'feed_forward.w1': [32, H],
        'feed_forward.w3': [32, H],
        'feed_forward.w2': [H, 32],
      },
      { model_type: 'internlm2', num_attention_heads: 4, num_key_value_heads: 2 },
    );
    expect(network.architecture).toBe('llama');
    const rows = network.projections[0]!.parts.map(({ skip, rows: count }) => [skip / H, count]);
    // Heads of 3: two queries, a key and a value per group.
    expect(rows).toEqual([
      ...[
        [0, 6],
        [12, 6],
      ],
      ...[
        [6, 3],
        [18, 3],
      ],
      ...[
        [9, 3],
        [21, 3],
      ],
    ]);
  });

  it('Baichuan (modeling_baichuan.py): W_pack', () => {
    const network = blocks('model.layers', {
      'self_attn.W_pack': [36, H],
      'self_attn.o_proj': [H, H],
      ...LLAMA_MLP,
    });
    expect(sketch(network)).toEqual([
      'attention.qkv 12→36 W_pack 36x12: input → attention heads, attention heads @12, attention heads @24',
      'attention.out 12→12 o_proj 12x12: attention heads → MLP input',
      ...GATED('gate_proj 32x12 & up_proj 32x12', 'down_proj'),
    ]);
  });

  it('Persimmon and Fuyu (modeling_persimmon.py): interleaved by head', () => {
    const network = blocks(
      'language_model.model.layers',
      {
        'self_attn.query_key_value': [36, H],
        'self_attn.dense': [H, H],
        'mlp.dense_h_to_4h': [48, H],
        'mlp.dense_4h_to_h': [H, 48],
      },
      { model_type: 'fuyu', num_attention_heads: 3 },
    );
    expect(network.architecture).toBe('persimmon');
    expect(network.projections[0]!.parts.map(({ skip }) => skip / H)).toEqual([
      0, 12, 24, 4, 16, 28, 8, 20, 32,
    ]);
  });

  it('CodeGen (modeling_codegen.py): in an order of its own, taken as stored, without labels', () => {
    const network = blocks('transformer.h', {
      'attn.qkv_proj': [36, H],
      'attn.out_proj': [H, H],
      'mlp.fc_in': [48, H],
      'mlp.fc_out': [H, 48],
    });
    expect(network.architecture).toBe('gptj');
    expect(sketch(network).slice(0, 2)).toEqual(ATTENTION('qkv_proj 36x12', 'out_proj'));
    expect(labels(network, 0)).toEqual([]);
  });

  it('Jais (modeling_jais.py): the names of GPT-2, and a gate', () => {
    const network = blocks('transformer.h', {
      'attn.c_attn': [H, 36],
      'attn.c_proj': [H, H],
      'mlp.c_fc': [H, 32],
      'mlp.c_fc2': [H, 32],
      'mlp.c_proj': [32, H],
    });
    expect(network.architecture).toBe('gpt2');
    expect(sketch(network).slice(2)).toEqual([
      'mlp.up 12→64 in-out c_fc2 12x32 & c_fc 12x32: MLP input → MLP hidden, MLP hidden @32',
      'mlp.down 32→12 in-out c_proj 32x12: MLP hidden → next',
    ]);
    expect(labels(network, 2)).toEqual(['gate @0', 'up @32']);
  });

  it.each([
    [
      'OLMo 2 (modeling_olmo2.py)',
      { 'self_attn.q_norm': [H], 'self_attn.k_norm': [4], post_feedforward_layernorm: [H] },
    ],
    [
      'Cohere (modeling_cohere.py), whose norms have a row per head',
      { 'self_attn.q_norm': [3, 4], 'self_attn.k_norm': [1, 4] },
    ],
    ['Gemma 2 (modeling_gemma2.py)', { pre_feedforward_layernorm: [H], post_feedforward_layernorm: [H] }],
    ['StableLM (modeling_stablelm.py)', { 'self_attn.q_layernorm.norms.0': [4], input_layernorm: [H] }],
    ['Qwen 3 (modeling_qwen3.py)', { 'self_attn.q_norm': [4], 'self_attn.k_norm': [4] }],
  ] as [string, Shapes][])('%s has the network of Llama; its norms are none', (_name, norms) => {
    const network = blocks('model.layers', {
      'self_attn.q_proj': [H, H],
      'self_attn.k_proj': [4, H],
      'self_attn.v_proj': [4, H],
      'self_attn.o_proj': [H, H],
      ...LLAMA_MLP,
      ...norms,
    });
    expect(network.architecture).toBe('llama');
    expect(sketch(network)).toEqual([
      ...GROUPED('q_proj 12x12 & k_proj 4x12 & v_proj 4x12', 'o_proj'),
      ...GATED('gate_proj 32x12 & up_proj 32x12', 'down_proj'),
    ]);
    expect(new Set(network.skipped.map(({ reason }) => reason.code))).toEqual(new Set(['normalization']));
  });
});

describe('encoders', () => {
  it('ModernBERT (modeling_modernbert.py): the first half of Wi is the gate', () => {
    const network = blocks('model.layers', {
      'attn.Wqkv': [36, H],
      'attn.Wo': [H, H],
      'mlp.Wi': [64, H],
      'mlp.Wo': [H, 32],
    });
    expect(network.architecture).toBe('modernbert');
    expect(sketch(network)).toEqual([...ATTENTION('Wqkv 36x12', 'Wo'), ...GATED('Wi 64x12', 'Wo')]);
    expect(labels(network, 2)).toEqual(['gate @0', 'up @32']);
  });

  it('Nomic BERT (modeling_hf_nomic_bert.py): fc12 is the gate of fc11', () => {
    const network = blocks('encoder.layers', {
      'attn.Wqkv': [36, H],
      'attn.out_proj': [H, H],
      'mlp.fc11': [32, H],
      'mlp.fc12': [32, H],
      'mlp.fc2': [H, 32],
    });
    expect(sketch(network)).toEqual([
      ...ATTENTION('Wqkv 36x12', 'out_proj'),
      ...GATED('fc12 32x12 & fc11 32x12', 'fc2'),
    ]);
  });

  it('DeBERTa 1 (modeling_deberta.py): interleaved by head', () => {
    const network = networkOf(
      repeat(
        2,
        weights('deberta.encoder.layer.#.', {
          'attention.self.in_proj': [36, H],
          'attention.output.dense': [H, H],
          'intermediate.dense': [48, H],
          'output.dense': [H, 48],
        }),
      ),
      { model_type: 'deberta', num_attention_heads: 3 },
    );
    expect(network.architecture).toBe('bert');
    expect(network.projections[0]!.parts.map(({ skip }) => skip / H)).toEqual([
      0, 12, 24, 4, 16, 28, 8, 20, 32,
    ]);
  });

  it('Wav2Vec 2.0, HuBERT, WavLM (modeling_wav2vec2.py); the reading of the waveform is a stem', () => {
    const network = networkOf({
      ...repeat(
        2,
        weights('wav2vec2.encoder.layers.#.', {
          'attention.q_proj': [H, H],
          'attention.k_proj': [H, H],
          'attention.v_proj': [H, H],
          'attention.out_proj': [H, H],
          'feed_forward.intermediate_dense': [48, H],
          'feed_forward.output_dense': [H, 48],
        }),
      ),
      'wav2vec2.feature_extractor.conv_layers.0.conv.weight': [8, 1, 10],
      'wav2vec2.feature_extractor.conv_layers.1.conv.weight': [8, 8, 3],
    });
    expect(network).toMatchObject({ architecture: 'wav2vec2', blocks: 2, warnings: [] });
    expect(sketch(network)).toEqual([
      ...ATTENTION('q_proj 12x12 & k_proj 12x12 & v_proj 12x12', 'out_proj'),
      'mlp.up 12→48 intermediate_dense 48x12: MLP input → MLP hidden',
      'mlp.down 48→12 output_dense 12x48: MLP hidden → next',
    ]);
    expect(new Set(Object.values(reasons(network)))).toEqual(new Set(['stem: reads raw input']));
  });
});

describe('tensors that are neither matrix, kernel nor stack', () => {
  it('attention as [width, heads, head size] in names of nobody: left out, and said so', () => {
    const network = networkOf(
      repeat(
        2,
        weights('transformer.layer.#.', {
          'own_attn.query_of_heads!': [256, 4, 64],
          'own_attn.mixed_heads!': [256, 4, 64],
          'ff.layer_1': [512, 256],
          'ff.layer_2': [256, 512],
        }),
      ),
    );
    expect(network.projections.map(({ name }) => name)).toEqual(
      [0, 1].flatMap((block) => [1, 2].map((layer) => `transformer.layer.${block}.ff.layer_${layer}`)),
    );
    expect(reasons(network)['transformer.layer.1.own_attn.query_of_heads']).toBe(
      'three dimensions, but neither a kernel nor a stack of matrices',
    );
    expect(network.warnings).toMatchObject([{ code: 'weights-left-out', tensors: 4 }]);
  });

  it('DBRX keeps its experts one below another (modeling_dbrx.py)', () => {
    const network = networkOf(
      repeat(
        2,
        weights('transformer.blocks.#.', {
          'norm_attn_norm.attn.Wqkv': [20, H],
          'norm_attn_norm.attn.out_proj': [H, H],
          'ffn.experts.mlp.w1!': [64, H],
          'ffn.experts.mlp.v1!': [64, H],
          'ffn.experts.mlp.w2!': [64, H],
        }),
      ),
    );
    expect(reasons(network)['transformer.blocks.0.ffn.experts.mlp.w2']).toMatch(
      /^experts stacked in one matrix/,
    );
    expect(network.warnings).toHaveLength(1);
  });
});

it('the fused matrix of heads that do not divide as config.json says is taken as stored', () => {
  const network = networkOf(
    weights('h.0.', {
      'attn.c_attn': [24, 8],
      'attn.c_proj': [8, 16],
      'mlp.c_fc': [8, 8],
      'mlp.c_proj': [8, 8],
    }),
    { model_type: 'gpt_bigcode', n_head: 2 },
  );
  expect(network.projections[0]!.parts).toEqual([
    { tensor: 'h.0.attn.c_attn.weight', skip: 0, rows: 24, columns: 8, taps: 1, groups: 1 },
  ]);
});
