/** Blocks that mix attention with other ways of mixing in time. */
import { describe, expect, it } from 'vitest';
import { networkOf, reasons, repeat, sketch, weights, type Shapes } from './support';

const H = 12;
const attention = (at: string): Shapes =>
  weights(`${at}.self_attn.`, { q_proj: [12, H], k_proj: [4, H], v_proj: [4, H], o_proj: [H, 12] });
const mamba = (at: string): Shapes =>
  weights(`${at}.mamba.`, {
    in_proj: [48, H],
    conv1d: [24, 1, 4],
    x_proj: [3 + 2 * 4, 24],
    dt_proj: [24, 3],
    out_proj: [H, 24],
    'A_log!': [24, 4],
    'D!': [24],
    dt_layernorm: [3],
  });
const mamba2 = (at: string): Shapes =>
  weights(`${at}.mamba.`, {
    in_proj: [60, H],
    conv1d: [32, 1, 4],
    out_proj: [H, 24],
    'A_log!': [2],
    norm: [24],
  });
const gated = (at: string): Shapes =>
  weights(`${at}.`, { gate_proj: [32, H], up_proj: [32, H], down_proj: [H, 32] });

const GATED = [
  'mlp.up 12→64 gate_proj 32x12 & up_proj 32x12: MLP input → MLP hidden, MLP hidden @32',
  'mlp.down 32→12 down_proj 12x32: MLP hidden → next',
];
const ATTENTION = [
  'attention.qkv 12→20 q_proj 12x12 & k_proj 4x12 & v_proj 4x12: input → attention heads, attention keys and values @12, attention keys and values @16',
  'attention.out 12→12 o_proj 12x12: attention heads → MLP input',
];

describe('Mamba beside attention', () => {
  it('Jamba (modeling_jamba.py): either in a block, an MLP or experts behind it', () => {
    const network = networkOf(
      {
        ...mamba('model.layers.0'),
        ...gated('model.layers.0.feed_forward'),
        ...attention('model.layers.1'),
        ...repeat(2, gated('model.layers.1.feed_forward.experts.#')),
        ...weights('model.', {
          'layers.1.feed_forward.router': [2, H],
          embed_tokens: [99, H],
          final_layernorm: [H],
        }),
        'lm_head.weight': [99, H],
      },
      { model_type: 'jamba' },
    );
    expect(network).toMatchObject({ architecture: 'mamba_hybrid', blocks: 2, warnings: [] });
    expect(sketch(network)).toEqual([
      'ssm.in 12→48 in_proj 48x12: input → mixer inner, mixer inner @24',
      'ssm.conv 24→24 conv1d 24x1x4/24: mixer inner → mixer inner',
      'ssm.parameters 24→11 x_proj 11x24: mixer inner → mixer time step, mixer B and C @3, mixer B and C @7',
      'ssm.time_step 3→24 dt_proj 24x3: mixer time step → mixer inner',
      'ssm.out 24→12 out_proj 12x24: mixer inner → MLP input',
      ...GATED,
    ]);
    expect(sketch(network, 1)).toEqual([
      ...ATTENTION.map((line) => line.replace('MLP input', 'expert input')),
      ...[0, 1].flatMap((expert) => [
        `expert.up 12→64 gate_proj 32x12 & up_proj 32x12: expert input → expert ${expert} hidden, expert ${expert} hidden @32`,
        `expert.down 32→12 down_proj 12x32: expert ${expert} hidden → output`,
      ]),
    ]);
    expect(reasons(network)).toMatchObject({
      'model.layers.0.mamba.A_log': 'state-space parameter: connects no two layers',
      'model.layers.1.feed_forward.router.weight': 'router',
    });
  });

  it('Falcon-H1 (modeling_falcon_h1.py): both side by side, of one input', () => {
    const block = {
      ...attention('model.layers.#'),
      ...mamba2('model.layers.#'),
      ...gated('model.layers.#.feed_forward'),
    };
    const network = networkOf(repeat(2, Object.fromEntries(Object.entries(block))));
    expect(sketch(network)).toEqual([
      ...ATTENTION,
      'ssm.in 12→60 in_proj 60x12: input → mixer projected',
      'ssm.conv 32→32 conv1d 32x1x4/32: mixer x, B and C → mixer x, B and C',
      'ssm.out 24→12 out_proj 12x24: mixer inner → MLP input',
      ...GATED,
    ]);
  });

  it('Granite 4 (modeling_granitemoehybrid.py): a shared expert beside stacked ones', () => {
    const shared = (at: string): Shapes =>
      weights(`${at}.shared_mlp.`, { input_linear: [64, H], output_linear: [H, 32] });
    const network = networkOf({
      ...mamba2('model.layers.0'),
      ...shared('model.layers.0'),
      ...attention('model.layers.1'),
      ...shared('model.layers.1'),
      ...weights('model.layers.1.block_sparse_moe.', {
        input_linear: [2, 64, H],
        output_linear: [2, H, 32],
        'router.layer': [2, H],
      }),
    });
    expect(network.architecture).toBe('mamba_hybrid');
    expect(sketch(network, 1).slice(2)).toEqual([
      'expert.up 12→64 input_linear 64x12: shared expert input → shared expert hidden, shared expert hidden @32',
      'expert.down 32→12 output_linear 12x32: shared expert hidden → output',
      'expert.up 12→64 input_linear 64x12: shared expert input → expert 0 hidden, expert 0 hidden @32',
      'expert.down 32→12 output_linear 12x32: expert 0 hidden → output',
      'expert.up 12→64 input_linear+768 64x12: shared expert input → expert 1 hidden, expert 1 hidden @32',
      'expert.down 32→12 output_linear+384 12x32: expert 1 hidden → output',
    ]);
  });

  it('Nemotron-H (modeling_nemotron_h.py): one mixer in every block, whatever it is', () => {
    const mixer = (at: number, shapes: Shapes): Shapes => weights(`backbone.layers.${at}.mixer.`, shapes);
    const network = networkOf(
      {
        ...Object.fromEntries(
          Object.entries(mamba2('x')).map(([name, shape]) => [
            name.replace('x.mamba', 'backbone.layers.0.mixer'),
            shape,
          ]),
        ),
        ...mixer(1, { up_proj: [40, H], down_proj: [H, 40] }),
        ...mixer(2, { q_proj: [12, H], k_proj: [4, H], v_proj: [4, H], o_proj: [H, 12] }),
        ...mixer(3, {
          gate: [2, H],
          'gate.e_score_correction_bias!': [2],
          ...repeat(2, { 'experts.#.up_proj': [8, H], 'experts.#.down_proj': [H, 8] }),
          'shared_experts.up_proj': [20, H],
          'shared_experts.down_proj': [H, 20],
        }),
        ...weights('backbone.', { embeddings: [99, H], norm_f: [H] }),
        'lm_head.weight': [99, H],
      },
      { model_type: 'nemotron_h' },
    );
    expect(network).toMatchObject({ architecture: 'nemotron_h', blocks: 4, warnings: [] });
    expect(network.projections.map(({ block, role, name }) => `${block} ${role} ${name}`)).toEqual([
      '0 ssm.in backbone.layers.0.mixer.in_proj',
      '0 ssm.conv backbone.layers.0.mixer.conv1d',
      '0 ssm.out backbone.layers.0.mixer.out_proj',
      '1 mlp.up backbone.layers.1.mixer.up_proj',
      '1 mlp.down backbone.layers.1.mixer.down_proj',
      '2 attention.qkv backbone.layers.2.mixer.{q_proj,k_proj,v_proj}',
      '2 attention.out backbone.layers.2.mixer.o_proj',
      '3 expert.up backbone.layers.3.mixer.shared_experts.up_proj',
      '3 expert.down backbone.layers.3.mixer.shared_experts.down_proj',
      '3 expert.up backbone.layers.3.mixer.experts.0.up_proj',
      '3 expert.down backbone.layers.3.mixer.experts.0.down_proj',
      '3 expert.up backbone.layers.3.mixer.experts.1.up_proj',
      '3 expert.down backbone.layers.3.mixer.experts.1.down_proj',
    ]);
    expect(reasons(network)).toMatchObject({
      'backbone.layers.3.mixer.gate.weight': 'router',
      'backbone.embeddings.weight': 'token embedding: connects no two layers of neurons',
      'lm_head.weight': 'output head (unembedding)',
    });
  });

  it('Nemotron 3 Super (modeling_nemotron_h.py): experts read and write fewer activations than pass through', () => {
    const network = networkOf(
      weights('backbone.layers.', {
        '0.mixer.in_proj': [60, H],
        '0.mixer.conv1d': [32, 1, 4],
        '0.mixer.out_proj': [H, 24],
        '1.mixer.gate': [2, H],
        '1.mixer.fc1_latent_proj': [6, H],
        '1.mixer.fc2_latent_proj': [H, 6],
        ...repeat(2, { '1.mixer.experts.#.up_proj': [8, 6], '1.mixer.experts.#.down_proj': [6, 8] }),
        '1.mixer.shared_experts.up_proj': [20, H],
        '1.mixer.shared_experts.down_proj': [H, 20],
      }),
    );
    expect(network).toMatchObject({ architecture: 'nemotron_h', blocks: 2, warnings: [] });
    expect(sketch(network, 1).map((line) => line.replace('block 1 ', ''))).toEqual([
      'linear 12→6 fc1_latent_proj 6x12: input → latent input',
      'expert.up 12→20 up_proj 20x12: input → shared expert hidden',
      'expert.down 20→12 down_proj 12x20: shared expert hidden → output',
      ...[0, 1].flatMap((expert) => [
        `expert.up 6→8 up_proj 8x6: latent input → expert ${expert} hidden`,
        `expert.down 8→6 down_proj 6x8: expert ${expert} hidden → latent output`,
      ]),
      'linear 6→12 fc2_latent_proj 12x6: latent output → output',
    ]);
  });

  it('Qwen3-Next (modeling_qwen3_next.py): linear attention, full attention with a gate, experts', () => {
    const network = networkOf(
      {
        ...weights('model.layers.0.linear_attn.', {
          in_proj_qkvz: [2 * 8 + 2 * 16, H],
          in_proj_ba: [8, H],
          conv1d: [2 * 8 + 16, 1, 4],
          out_proj: [H, 16],
          'A_log!': [4],
          'dt_bias!': [4],
          norm: [4],
        }),
        ...weights('model.layers.1.self_attn.', {
          q_proj: [24, H],
          k_proj: [4, H],
          v_proj: [4, H],
          o_proj: [H, 12],
        }),
        ...Object.fromEntries(
          [0, 1].flatMap((i) =>
            Object.entries({
              ...gated(`model.layers.${i}.mlp.shared_expert`),
              ...repeat(2, gated(`model.layers.${i}.mlp.experts.#`)),
              ...weights(`model.layers.${i}.mlp.`, { gate: [2, H], shared_expert_gate: [1, H] }),
            }),
          ),
        ),
        ...weights('mtp.', { fc: [H, 2 * H], 'layers.0.self_attn.q_proj': [24, H] }),
      },
      { model_type: 'qwen3_next', num_attention_heads: 3 },
    );
    expect(network).toMatchObject({ architecture: 'qwen3_next', blocks: 2, warnings: [] });
    expect(sketch(network).slice(0, 3)).toEqual([
      'attention.qkv 12→56 in_proj_qkvz 48x12 & in_proj_ba 8x12: input → linear attention q, k, v and z, linear attention rates @48',
      'conv.depthwise 32→32 conv1d 32x1x4/32: linear attention q, k and v → linear attention q, k and v',
      'attention.out 16→12 out_proj 12x16: linear attention values → shared expert input'.replace(
        '12→12',
        '16→12',
      ),
    ]);
    expect(sketch(network, 1).slice(0, 2)).toEqual([
      'attention.qkv 12→32 q_proj 24x12 & k_proj 4x12 & v_proj 4x12: input → attention heads and gates, attention keys and values @24, attention keys and values @28',
      'attention.out 12→12 o_proj 12x12: attention heads → shared expert input',
    ]);
    expect(new Set(network.projections.slice(3).map(({ role }) => role.split('.')[0]))).toEqual(
      new Set(['expert', 'attention']),
    );
    expect(reasons(network)).toMatchObject({
      'model.layers.0.mlp.gate.weight': 'router',
      'model.layers.0.mlp.shared_expert_gate.weight': 'router',
      'mtp.fc.weight': 'multi-token prediction: the model runs without it',
    });
  });

  it('Qwen 3.5 (modeling_qwen3_5.py): linear attention with a matrix for each of its inputs', () => {
    const network = networkOf(
      repeat(2, {
        ...weights('model.language_model.layers.#.linear_attn.', {
          in_proj_qkv: [32, H],
          in_proj_z: [16, H],
          in_proj_b: [4, H],
          in_proj_a: [4, H],
          conv1d: [32, 1, 4],
          out_proj: [H, 16],
        }),
        ...gated('model.language_model.layers.#.mlp'),
      }),
      { model_type: 'qwen3_5' },
    );
    expect(network).toMatchObject({ architecture: 'qwen3_next', blocks: 2, warnings: [] });
    expect(sketch(network)).toEqual([
      'attention.qkv 12→56 in_proj_qkv 32x12 & in_proj_z 16x12 & in_proj_b 4x12 & in_proj_a 4x12: input → linear attention q, k and v, linear attention values @32, linear attention rates @48, linear attention rates @52',
      'conv.depthwise 32→32 conv1d 32x1x4/32: linear attention q, k and v → linear attention q, k and v',
      'attention.out 16→12 out_proj 12x16: linear attention values → MLP input',
      ...GATED,
    ]);
  });

  it('LFM2 (modeling_lfm2.py): a short convolution or attention', () => {
    const feedForward = (at: string): Shapes =>
      weights(`${at}.feed_forward.`, { w1: [32, H], w3: [32, H], w2: [H, 32] });
    const network = networkOf(
      {
        ...weights('model.layers.0.conv.', { in_proj: [3 * H, H], conv: [H, 1, 3], out_proj: [H, H] }),
        ...feedForward('model.layers.0'),
        ...weights('model.layers.1.self_attn.', {
          q_proj: [12, H],
          k_proj: [4, H],
          v_proj: [4, H],
          out_proj: [H, 12],
        }),
        ...feedForward('model.layers.1'),
      },
      { model_type: 'lfm2' },
    );
    expect(network).toMatchObject({ architecture: 'lfm2', blocks: 2, warnings: [] });
    expect(sketch(network)).toEqual([
      'ssm.in 12→36 in_proj 36x12: input → mixer inner, mixer inner @12, mixer inner @24',
      'ssm.conv 12→12 conv 12x1x3/12: mixer inner → mixer inner',
      'ssm.out 12→12 out_proj 12x12: mixer inner → MLP input',
      'mlp.up 12→64 w1 32x12 & w3 32x12: MLP input → MLP hidden, MLP hidden @32',
      'mlp.down 32→12 w2 12x32: MLP hidden → next',
    ]);
    expect(network.projections.map(({ role }) => role).slice(5)).toEqual([
      'attention.qkv',
      'attention.out',
      'mlp.up',
      'mlp.down',
    ]);
  });

  it('is no reading of blocks whose mixer is unknown: they are read by their names', () => {
    const network = networkOf({
      ...mamba('model.layers.0'),
      ...gated('model.layers.0.mlp'),
      ...weights('model.layers.1.delta_net.', { in_proj: [36, H], out_proj: [H, 12] }),
      ...gated('model.layers.1.mlp'),
    });
    expect(network).toMatchObject({ architecture: 'generic', blocks: 2, warnings: [] });
    expect(network.projections.map(({ name }) => name)).toContain('model.layers.1.delta_net.in_proj');
  });
});

describe('RWKV', () => {
  const halves = (mixing: string, feedForward: string, more: Shapes): Shapes =>
    repeat(
      2,
      weights('blocks.#.', {
        ...Object.fromEntries(
          ['receptance', 'key', 'value', 'output'].map((name) => [`${mixing}.${name}`, [H, H]]),
        ),
        [`${feedForward}.key`]: [40, H],
        [`${feedForward}.value`]: [H, 40],
        ln1: [H],
        ...more,
      }),
    );

  it('4 (modeling_rwkv.py): receptance, key and value read one input; the second receptance gates the output', () => {
    const network = networkOf(
      {
        ...halves('attention', 'feed_forward', {
          'feed_forward.receptance': [H, H],
          'attention.time_decay!': [H],
          'attention.time_mix_key!': [1, 1, H],
        }),
        'embeddings.weight': [99, H],
        'head.weight': [99, H],
      },
      { model_type: 'rwkv' },
    );
    expect(network).toMatchObject({ architecture: 'rwkv', blocks: 2, warnings: [] });
    expect(sketch(network)).toEqual([
      'attention.qkv 12→36 receptance 12x12 & key 12x12 & value 12x12: input → attention heads, attention heads @12, attention heads @24',
      'attention.out 12→12 output 12x12: attention heads → MLP input',
      'mlp.up 12→52 key 40x12 & receptance 12x12: MLP input → MLP hidden, next @40',
      'mlp.down 40→12 value 12x40: MLP hidden → next',
    ]);
    expect(network.projections[0]!.segments.map(({ label }) => label)).toEqual([
      'receptance',
      'key',
      'value',
    ]);
    expect(reasons(network)['blocks.0.attention.time_mix_key']).toMatch(/^time mixing of RWKV/);
  });

  it('6 and 7 (RWKV-LM) have a gate, or no second receptance; their low-rank factors are left out', () => {
    const six = networkOf(
      halves('att', 'ffn', {
        'att.gate': [H, H],
        'ffn.receptance': [H, H],
        'att.time_maa_w1!': [H, 20],
        'att.time_maa_w2!': [5, 4, H],
        'att.time_decay_w1!': [H, 8],
        'att.time_faaaa!': [3, 4],
      }),
    );
    expect(sketch(six)[0]).toMatch(/^attention\.qkv 12→48 receptance .* & gate 12x12: input →/);
    const seven = networkOf(
      halves('att', 'ffn', { 'att.w1!': [H, 8], 'att.w2!': [8, H], 'att.r_k!': [3, 4] }),
    );
    expect(sketch(seven)[2]).toBe('mlp.up 12→40 key 40x12: MLP input → MLP hidden');
    for (const { warnings, skipped } of [six, seven]) {
      expect(warnings).toEqual([]);
      expect(skipped.filter(({ reason }) => !['time-mixing', 'normalization'].includes(reason.code))).toEqual(
        [],
      );
    }
  });
});

/** `stripedhyena/model.py`, `vortex/model/model.py`. */
describe('StripedHyena', () => {
  const feedForward = { 'mlp.l1': [32, H], 'mlp.l2': [32, H], 'mlp.l3': [H, 32] };
  const filter = (more: Shapes): Shapes => ({
    projections: [36, H],
    'projections.bias!': [36],
    'filter.short_filter_weight!': [36, 1, 3],
    'filter.D!': [H],
    out_filter_dense: [H, H],
    ...feedForward,
    ...more,
  });
  const mha = { 'inner_mha_cls.Wqkv': [36, H], 'inner_mha_cls.out_proj': [H, H], ...feedForward };

  it('its filters and its attention come before their MLPs; what makes the long filter is a parameter', () => {
    const network = networkOf({
      ...weights(
        'backbone.blocks.0.',
        filter({ 'filter.poles!': [H, 8, 1, 2], 'filter.residues!': [H, 8, 1, 2] }),
      ),
      ...weights('backbone.blocks.1.', mha),
      ...weights('backbone.blocks.2.', filter({ 'filter.h!': [4, 1, 7] })),
      ...weights('backbone.', { embedding_layer: [99, H], unembed: [99, H] }),
    });
    expect(network).toMatchObject({ architecture: 'stripedhyena', blocks: 3, warnings: [] });
    const mlp = [
      'mlp.up 12→64 l1 32x12 & l2 32x12: MLP input → MLP hidden, MLP hidden @32',
      'mlp.down 32→12 l3 12x32: MLP hidden → next',
    ];
    expect(sketch(network)).toEqual([
      'ssm.in 12→36 projections 36x12: input → filter projected',
      'ssm.conv 36→36 short_filter_weight 36x1x3/36: filter projected → filter projected',
      'ssm.out 12→12 out_filter_dense 12x12: filter inner → MLP input',
      ...mlp,
    ]);
    expect(sketch(network, 1)[0]).toMatch(/^attention\.qkv 12→36 Wqkv 36x12: input → attention heads/);
    expect(network.projections.filter(({ block }) => block === 1).map(({ role }) => role)).toEqual([
      'attention.qkv',
      'attention.out',
      'mlp.up',
      'mlp.down',
    ]);
    expect(reasons(network)).toMatchObject({
      'backbone.blocks.0.filter.poles': 'state-space parameter: connects no two layers',
      'backbone.blocks.2.filter.h': 'state-space parameter: connects no two layers',
      'backbone.embedding_layer.weight': 'token embedding: connects no two layers of neurons',
      'backbone.unembed.weight': 'output head (unembedding)',
    });
  });
});

/** `modeling_xlstm.py`, in both of its weight modes, and NX-AI's `xlstm_large/model.py`. */
describe('xLSTM', () => {
  const block = (layers: Shapes): Shapes =>
    repeat(
      2,
      weights('backbone.blocks.#.', {
        ...Object.fromEntries(Object.entries(layers).map(([name, shape]) => [`mlstm_layer.${name}`, shape])),
        'mlstm_layer.out_proj': [H, H],
        'ffn.proj_down': [H, 32],
        ...('qkv_opreact' in layers
          ? { 'ffn.proj_up_gate_z': [64, H] }
          : { 'ffn.proj_up_gate': [32, H], 'ffn.proj_up': [32, H] }),
      }),
    );
  const gates = { ogate_preact: [H, H], igate_preact: [2, H], fgate_preact: [2, H] };

  it('queries, keys, values and gates read one input, in that order', () => {
    const long = networkOf(block({ query: [6, H], key: [6, H], value: [H, H], ...gates }));
    const short = networkOf(block({ q: [6, H], k: [6, H], v: [H, H], ...gates }));
    expect(long).toMatchObject({ architecture: 'xlstm', blocks: 2, warnings: [] });
    expect(sketch(short)).toEqual([
      'attention.qkv 12→40 q 6x12 & k 6x12 & v 12x12 & ogate_preact 12x12 & igate_preact 2x12 & fgate_preact 2x12: ' +
        'input → memory queries, memory queries @6, memory values @12, memory values @24, memory gates @36, memory gates @38',
      'attention.out 12→12 out_proj 12x12: memory values → MLP input',
      'mlp.up 12→64 proj_up_gate 32x12 & proj_up 32x12: MLP input → MLP hidden, MLP hidden @32',
      'mlp.down 32→12 proj_down 12x32: MLP hidden → next',
    ]);
    expect(long.projections.map(({ sampling }) => sampling)).toEqual(
      short.projections.map(({ sampling }) => sampling),
    );
  });

  it('fused weights have the same targets', () => {
    const network = networkOf(block({ qkv_opreact: [36, H], ifgate_preact: [4, H] }));
    expect(network).toMatchObject({ architecture: 'xlstm', warnings: [] });
    expect(network.projections.slice(0, 3).map(({ role, targets }) => [role, targets])).toEqual([
      ['attention.qkv', 40],
      ['attention.out', 12],
      ['mlp.up', 64],
    ]);
  });
});
