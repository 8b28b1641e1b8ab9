/** Decoder-only language models, with the tensor names and shapes of the Hugging Face definitions named beside each. */
import { describe, expect, it } from 'vitest';
import { drawLines, lines, networkOf, reasons, repeat, weights, type Shapes } from './support';

const H = 8;

/** Lines without what blocks share with the first, which the tests on GPT-NeoX show. */
function firstBlock(shapes: Shapes, config: Record<string, unknown> | null = null): string[] {
  const network = networkOf(shapes, config);
  return lines(network)
    .filter((line) => line.startsWith('0 '))
    .map((line) => line.replaceAll('block 0 ', '').replace('block 1 input', 'next'));
}

const MHA = 'heads, attention heads @8, attention heads @16';

describe('GPT-2 (modeling_gpt2.py)', () => {
  const conv1d = repeat(
    2,
    weights('transformer.h.#.', {
      'attn.c_attn': [H, 3 * H],
      'attn.c_proj': [H, H],
      'mlp.c_fc': [H, 4 * H],
      'mlp.c_proj': [4 * H, H],
      'attn.bias!': [1, 1, 16, 16],
    }),
  );

  it('stores [in, out]', () => {
    expect(
      firstBlock({ ...conv1d, 'transformer.wte.weight': [99, H], 'transformer.wpe.weight': [16, H] }),
    ).toEqual(
      [
        `attention.qkv 8→24 in-out transformer.h.0.attn.c_attn 8x24: input → attention ${MHA}`,
        'attention.out 8→8 in-out transformer.h.0.attn.c_proj 8x8: attention heads → MLP input',
        'mlp.up 8→32 in-out transformer.h.0.mlp.c_fc 8x32: MLP input → MLP hidden',
        'mlp.down 32→8 in-out transformer.h.0.mlp.c_proj 32x8: MLP hidden → next',
      ].map((line) => `0 ${line}`),
    );
  });

  it('labels the fused columns by head', () => {
    const [qkv] = networkOf(conv1d, { n_head: 2 }).projections;
    expect(qkv!.segments.map(({ label, head, start, count }) => [label, head, start, count])).toEqual([
      ['query', 0, 0, 4],
      ['query', 1, 4, 4],
      ['key', 0, 8, 4],
      ['key', 1, 12, 4],
      ['value', 0, 16, 4],
      ['value', 1, 20, 4],
    ]);
  });

  it('tells [out, in] from the shapes, in all of a block alike', () => {
    // The MLP is as wide as the model: it follows what the attention shows.
    const linear = repeat(
      1,
      weights('h.#.', {
        'attn.c_attn': [3 * H, H],
        'attn.c_proj': [H, H],
        'mlp.c_fc': [H, H],
        'mlp.c_proj': [H, H],
      }),
    );
    expect(networkOf(linear).projections.map(({ layout }) => layout)).toEqual(Array(4).fill('out-in'));
  });

  it('gives every left-out tensor a reason', () => {
    const extra = {
      'lm_head.weight': [99, H],
      'transformer.ln_f.weight': [H],
      'transformer.h.0.attn.c_attn.bias': [24],
    };
    expect(reasons(networkOf({ ...conv1d, ...extra, 'transformer.wpe.weight': [16, H] }))).toEqual({
      'lm_head.weight': 'output head (unembedding)',
      'transformer.h.0.attn.bias': 'buffer: attention mask',
      'transformer.h.1.attn.bias': 'buffer: attention mask',
      'transformer.h.0.attn.c_attn.bias': 'bias',
      'transformer.ln_f.weight': 'normalization',
      'transformer.wpe.weight': 'position table',
    });
  });
});

describe('BLOOM and Falcon (modeling_bloom.py, modeling_falcon.py)', () => {
  const block = (rows: number): Shapes =>
    repeat(
      2,
      weights('transformer.h.#.', {
        'self_attention.query_key_value': [rows, H],
        'self_attention.dense': [H, H],
        'mlp.dense_h_to_4h': [4 * H, H],
        'mlp.dense_4h_to_h': [H, 4 * H],
      }),
    );
  const name = 'transformer.h.0.self_attention.query_key_value';

  it('brings q, k and v, interleaved by head, into their order', () => {
    const [qkv] = firstBlock(block(3 * H), { model_type: 'bloom', n_head: 2 });
    // Head 0: rows 0-3 q, 4-7 k, 8-11 v; head 1 from row 12. Eight columns each.
    expect(qkv).toBe(
      `0 attention.qkv 8→24 ${name} 4x8 & ${name}+96 4x8 & ${name}+32 4x8 & ${name}+128 4x8 & ${name}+64 4x8 & ${name}+160 4x8: input → attention ${MHA}`,
    );
    const [projection] = networkOf(block(3 * H), { n_head: 2 }).projections;
    expect(projection!.segments[2]).toEqual({ label: 'key', head: 0, start: 8, count: 4 });
  });

  it('takes the fused matrix as stored where the heads are unknown', () => {
    const network = networkOf(block(3 * H));
    expect(network.architecture).toBe('bloom');
    expect(network.projections[0]!.parts).toHaveLength(1);
  });

  it('reads multi-query attention: one key and one value head', () => {
    const [qkv] = firstBlock(block(H + 2 * 2), { model_type: 'falcon', num_attention_heads: 4 });
    expect(qkv).toBe(
      `0 attention.qkv 8→12 ${name} 12x8: input → attention heads, attention keys and values @8, attention keys and values @10`,
    );
  });

  it('reads grouped key-value heads: the queries of a group, its key, its value', () => {
    // 4 heads of 2, 2 groups: rows q q k v | q q k v, 2 each.
    const [qkv] = firstBlock(block(H + 2 * 4), { model_type: 'falcon', num_attention_heads: 4 });
    expect(qkv).toBe(
      `0 attention.qkv 8→16 ${name} 4x8 & ${name}+64 4x8 & ${name}+32 2x8 & ${name}+96 2x8 & ${name}+48 2x8 & ${name}+112 2x8: input → attention heads, attention keys and values @8, attention keys and values @12`,
    );
  });

  it('tells Falcon from BLOOM by shape', () => {
    expect(networkOf(block(H + 4)).architecture).toBe('falcon');
  });
});

/** Attention and MLP names of families with one block pattern: names of q, k, v, out, up (gate first), down. */
const PLAIN: [family: string, source: string, block: string, tensors: string[]][] = [
  [
    'gptj',
    'modeling_gptj.py',
    'transformer.h.#',
    ['attn.q_proj', 'attn.k_proj', 'attn.v_proj', 'attn.out_proj', 'mlp.fc_in', 'mlp.fc_out'],
  ],
  [
    'gpt_neo',
    'modeling_gpt_neo.py',
    'transformer.h.#',
    [
      'attn.attention.q_proj',
      'attn.attention.k_proj',
      'attn.attention.v_proj',
      'attn.attention.out_proj',
      'mlp.c_fc',
      'mlp.c_proj',
    ],
  ],
  [
    'opt',
    'modeling_opt.py',
    'model.decoder.layers.#',
    ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj', 'self_attn.out_proj', 'fc1', 'fc2'],
  ],
  [
    'phi',
    'modeling_phi.py',
    'model.layers.#',
    ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj', 'self_attn.dense', 'mlp.fc1', 'mlp.fc2'],
  ],
];

describe.each(PLAIN)('%s (%s)', (family, _source, block, tensors) => {
  it('has q, k and v as one projection', () => {
    const [q, k, v, out, up, down] = tensors as [string, string, string, string, string, string];
    const shapes = {
      [q]: [H, H],
      [k]: [H, H],
      [v]: [H, H],
      [out]: [H, H],
      [up]: [4 * H, H],
      [down]: [H, 4 * H],
    };
    const named = weights(`${block}.`, shapes);
    expect(networkOf(repeat(2, named)).architecture).toBe(family);
    const at = block.replace('#', '0');
    expect(firstBlock(repeat(2, named))).toEqual([
      `0 attention.qkv 8→24 ${at}.${q} 8x8 & ${at}.${k} 8x8 & ${at}.${v} 8x8: input → attention ${MHA}`,
      `0 attention.out 8→8 ${at}.${out} 8x8: attention heads → MLP input`,
      `0 mlp.up 8→32 ${at}.${up} 32x8: MLP input → MLP hidden`,
      `0 mlp.down 32→8 ${at}.${down} 8x32: MLP hidden → next`,
    ]);
  });
});

it('MPT (modeling_mpt.py) fuses q, k and v in turn', () => {
  const shapes = weights('transformer.blocks.#.', {
    'attn.Wqkv': [24, H],
    'attn.out_proj': [H, H],
    'ffn.up_proj': [32, H],
    'ffn.down_proj': [H, 32],
  });
  expect(networkOf(repeat(2, shapes)).architecture).toBe('mpt');
  expect(firstBlock(repeat(2, shapes))[0]).toBe(
    `0 attention.qkv 8→24 transformer.blocks.0.attn.Wqkv 24x8: input → attention ${MHA}`,
  );
});

it('GPT-BigCode (modeling_gpt_bigcode.py) has GPT-2 names on Linear and one key-value head', () => {
  const shapes = weights('transformer.h.#.', {
    'attn.c_attn': [H + 4, H],
    'attn.c_proj': [H, H],
    'mlp.c_fc': [32, H],
    'mlp.c_proj': [H, 32],
  });
  const network = networkOf(repeat(1, shapes), { model_type: 'gpt_bigcode', n_head: 4 });
  expect(network.architecture).toBe('gpt_bigcode');
  expect(network.projections[0]!.segments.slice(-2)).toEqual([
    { label: 'key', head: 0, start: 8, count: 2 },
    { label: 'value', head: 0, start: 10, count: 2 },
  ]);
});

it('Qwen 1 (modeling_qwen.py) calls its gate w2', () => {
  const shapes = weights('transformer.h.#.', {
    'attn.c_attn': [24, H],
    'attn.c_proj': [H, H],
    'mlp.w1': [16, H],
    'mlp.w2': [16, H],
    'mlp.c_proj': [H, 16],
  });
  expect(networkOf(repeat(2, shapes)).architecture).toBe('qwen');
  expect(firstBlock(repeat(2, shapes))[2]).toBe(
    '0 mlp.up 8→32 transformer.h.0.mlp.w2 16x8 & transformer.h.0.mlp.w1 16x8: MLP input → MLP hidden, MLP hidden @16',
  );
});

it('Ling (modeling_bailing_moe.py) stores q, k and v in turn, in the name that GPT-NeoX has for them', () => {
  const shapes = weights('model.layers.#.', {
    'attention.query_key_value': [16, H],
    'attention.dense': [H, H],
    'mlp.gate_proj': [16, H],
    'mlp.up_proj': [16, H],
    'mlp.down_proj': [H, 16],
  });
  const network = networkOf(repeat(2, shapes), { num_attention_heads: 2 });
  expect(network.architecture).toBe('bailing_moe');
  expect(network.projections[0]!.segments.map(({ label }) => label)).toEqual([
    'query',
    'query',
    'key',
    'value',
  ]);
});

const GQA = {
  'self_attn.q_proj': [12, H],
  'self_attn.k_proj': [4, H],
  'self_attn.v_proj': [4, H],
  'self_attn.o_proj': [H, 12],
};
const GATED = { 'mlp.gate_proj': [16, H], 'mlp.up_proj': [16, H], 'mlp.down_proj': [H, 16] };
const at = 'model.layers.0';

describe('Llama, Mistral, Qwen, Gemma, Phi-3 (modeling_llama.py and its relatives)', () => {
  const separate = repeat(2, weights('model.layers.#.', { ...GQA, ...GATED }));

  it('has fewer key and value heads, a head size of its own, and gate and up as one projection', () => {
    expect(firstBlock(separate)).toEqual([
      `0 attention.qkv 8→20 ${at}.self_attn.q_proj 12x8 & ${at}.self_attn.k_proj 4x8 & ${at}.self_attn.v_proj 4x8: input → attention heads, attention keys and values @12, attention keys and values @16`,
      `0 attention.out 12→8 ${at}.self_attn.o_proj 8x12: attention heads → MLP input`,
      `0 mlp.up 8→32 ${at}.mlp.gate_proj 16x8 & ${at}.mlp.up_proj 16x8: MLP input → MLP hidden, MLP hidden @16`,
      `0 mlp.down 16→8 ${at}.mlp.down_proj 8x16: MLP hidden → next`,
    ]);
    expect(drawLines(networkOf(separate)).slice(0, 5)).toEqual([
      'block 0 input 8',
      'block 0 attention heads 12 ×2',
      'block 0 attention keys and values 4',
      'block 0 MLP input 8',
      'block 0 MLP hidden 16 ×2',
    ]);
  });

  it('labels heads and key-value heads', () => {
    const [qkv, , up] = networkOf(separate, { num_attention_heads: 6, num_key_value_heads: 2 }).projections;
    expect(qkv!.segments.map(({ label, head }) => `${label} ${head}`)).toEqual([
      ...[0, 1, 2, 3, 4, 5].map((head) => `query ${head}`),
      'key 0',
      'key 1',
      'value 0',
      'value 1',
    ]);
    expect(up!.segments.map(({ label, start }) => [label, start])).toEqual([
      ['gate', 0],
      ['up', 16],
    ]);
  });

  it('draws alike for the fused names of Phi-3 (modeling_phi3.py)', () => {
    const fused = repeat(
      2,
      weights('model.layers.#.', {
        'self_attn.qkv_proj': [20, H],
        'self_attn.o_proj': [H, 12],
        'mlp.gate_up_proj': [32, H],
        'mlp.down_proj': [H, 16],
      }),
    );
    const [a, b] = [networkOf(fused), networkOf(separate)];
    expect(a.draws).toEqual(b.draws);
    expect(a.projections.map(({ sampling }) => sampling)).toEqual(
      b.projections.map(({ sampling }) => sampling),
    );
    expect(a.projections.map(({ segments }) => segments)).toEqual(
      b.projections.map(({ segments }) => segments),
    );
  });

  it("reads Meta's own names", () => {
    const shapes = weights('layers.#.', {
      'attention.wq': [H, H],
      'attention.wk': [4, H],
      'attention.wv': [4, H],
      'attention.wo': [H, H],
      'feed_forward.w1': [16, H],
      'feed_forward.w3': [16, H],
      'feed_forward.w2': [H, 16],
    });
    expect(networkOf(repeat(1, shapes)).projections.map(({ name }) => name)).toEqual([
      'layers.0.attention.{wq,wk,wv}',
      'layers.0.attention.wo',
      'layers.0.feed_forward.{w1,w3}',
      'layers.0.feed_forward.w2',
    ]);
  });
});

describe('mixtures of experts', () => {
  const expert = (n: number) => [
    `0 expert.up 8→12 @up${n}: expert input → expert ${n} hidden, expert ${n} hidden @6`,
    `0 expert.down 6→8 @down${n}: expert ${n} hidden → next`,
  ];
  const expectExperts = (shapes: Shapes, stored: Record<string, string>): void => {
    const expected = [0, 1]
      .flatMap(expert)
      .map((line) => line.replace(/@(\w+)/, (_, key: string) => stored[key]!));
    expect(firstBlock(shapes).slice(2)).toEqual(expected);
  };

  it('Mixtral (modeling_mixtral.py): a pair per expert, the router left out', () => {
    const moe = `${at}.block_sparse_moe.experts`;
    const experts = [0, 1].map((n) => ({
      [`block_sparse_moe.experts.${n}.w1`]: [6, H],
      [`block_sparse_moe.experts.${n}.w2`]: [H, 6],
      [`block_sparse_moe.experts.${n}.w3`]: [6, H],
    }));
    const shapes = repeat(
      2,
      weights('model.layers.#.', { ...GQA, ...experts[0]!, ...experts[1]!, 'block_sparse_moe.gate': [2, H] }),
    );
    expectExperts(shapes, {
      up0: `${moe}.0.w1 6x8 & ${moe}.0.w3 6x8`,
      down0: `${moe}.0.w2 8x6`,
      up1: `${moe}.1.w1 6x8 & ${moe}.1.w3 6x8`,
      down1: `${moe}.1.w2 8x6`,
    });
    expect(reasons(networkOf(shapes))[`${at}.block_sparse_moe.gate.weight`]).toBe('router');
  });

  it('stacked [experts, out, in] (Qwen 3 MoE, Mixtral in recent versions)', () => {
    const shapes = repeat(
      2,
      weights('model.layers.#.', {
        ...GQA,
        'mlp.experts.gate_up_proj!': [2, 12, H],
        'mlp.experts.down_proj!': [2, H, 6],
        'mlp.gate': [2, H],
      }),
    );
    const moe = `${at}.mlp.experts`;
    expectExperts(shapes, {
      up0: `${moe}.gate_up_proj 12x8`,
      down0: `${moe}.down_proj 8x6`,
      up1: `${moe}.gate_up_proj+96 12x8`,
      down1: `${moe}.down_proj+48 8x6`,
    });
  });

  it('stacked [experts, in, out] (Llama 4, GPT-OSS)', () => {
    const shapes = repeat(
      2,
      weights('model.layers.#.', {
        ...GQA,
        'mlp.experts.gate_up_proj!': [2, H, 12],
        'mlp.experts.down_proj!': [2, 6, H],
        'mlp.router': [2, H],
      }),
    );
    const { projections } = networkOf(shapes);
    expect(
      projections.filter(({ role }) => role.startsWith('expert')).every(({ layout }) => layout === 'in-out'),
    ).toBe(true);
    expect(projections.filter(({ role }) => role.startsWith('expert'))).toHaveLength(8);
  });

  it('shared experts stand beside the others, dense blocks between them (modeling_qwen2_moe.py, modeling_deepseek_v3.py)', () => {
    const expertShapes = {
      'mlp.experts.0.gate_proj': [6, H],
      'mlp.experts.0.up_proj': [6, H],
      'mlp.experts.0.down_proj': [H, 6],
    };
    const shared = {
      'mlp.shared_expert.gate_proj': [4, H],
      'mlp.shared_expert.up_proj': [4, H],
      'mlp.shared_expert.down_proj': [H, 4],
      'mlp.shared_expert_gate': [1, H],
      'mlp.gate': [1, H],
    };
    const network = networkOf({
      ...weights('model.layers.0.', { ...GQA, ...GATED }),
      ...weights('model.layers.1.', { ...GQA, ...shared, ...expertShapes }),
    });
    expect(network.projections.map(({ role, block }) => `${block} ${role}`)).toEqual([
      '0 attention.qkv',
      '0 attention.out',
      '0 mlp.up',
      '0 mlp.down',
      '1 attention.qkv',
      '1 attention.out',
      '1 expert.up',
      '1 expert.down',
      '1 expert.up',
      '1 expert.down',
    ]);
    expect(lines(network).slice(6)).toEqual([
      '1 expert.up 8→8 model.layers.1.mlp.shared_expert.gate_proj 4x8 & model.layers.1.mlp.shared_expert.up_proj 4x8: block 1 shared expert input → block 1 shared expert hidden, block 1 shared expert hidden @4',
      '1 expert.down 4→8 model.layers.1.mlp.shared_expert.down_proj 8x4: block 1 shared expert hidden → block 1 output',
      '1 expert.up 8→12 model.layers.1.mlp.experts.0.gate_proj 6x8 & model.layers.1.mlp.experts.0.up_proj 6x8: block 1 shared expert input → block 1 expert 0 hidden, block 1 expert 0 hidden @6',
      '1 expert.down 6→8 model.layers.1.mlp.experts.0.down_proj 8x6: block 1 expert 0 hidden → block 1 output',
    ]);
  });

  it('DeepSeek (modeling_deepseek_v3.py): the latents of q and of k and v read one input', () => {
    const shapes = weights('model.layers.#.', {
      'self_attn.q_a_proj': [6, H],
      'self_attn.q_b_proj': [10, 6],
      'self_attn.kv_a_proj_with_mqa': [5, H],
      'self_attn.kv_b_proj': [12, 4],
      'self_attn.o_proj': [H, 6],
      ...GATED,
    });
    expect(
      networkOf(repeat(1, shapes)).projections.map(({ name, sources, targets }) => [
        name.slice(15),
        sources,
        targets,
      ]),
    ).toEqual([
      ['self_attn.{q_a_proj,kv_a_proj_with_mqa}', 8, 11],
      ['self_attn.q_b_proj', 6, 10],
      ['self_attn.kv_b_proj', 4, 12],
      ['self_attn.o_proj', 6, 8],
      ['mlp.{gate_proj,up_proj}', 8, 32],
      ['mlp.down_proj', 16, 8],
    ]);
  });
});
