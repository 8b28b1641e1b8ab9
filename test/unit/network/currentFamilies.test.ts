/** Hybrids, joint diffusion and staged transformers against the public definitions named beside each. */
import { describe, expect, it } from 'vitest';
import { lines, networkOf, reasons, repeat, sketch, weights, type Shapes } from './support';

const width = 8;
const dense = (path: string): Shapes => ({
  [`${path}.gate_proj`]: [24, width],
  [`${path}.up_proj`]: [24, width],
  [`${path}.down_proj`]: [width, 24],
});
const MLP_LINES = [
  'mlp.up 8→48 gate_proj 24x8 & up_proj 24x8: MLP input → MLP hidden, MLP hidden @24',
  'mlp.down 24→8 down_proj 8x24: MLP hidden → next',
];
const roles = (network: ReturnType<typeof networkOf>): string[] =>
  network.projections.map(({ block, role }) => `${block} ${role}`);

describe('Kimi Linear (modeling_kimi.py)', () => {
  const at = (shapes: Shapes): Shapes =>
    Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [`model.layers.#.${name}`, shape]));
  const delta = at({
    ...Object.fromEntries(['q', 'k', 'v'].map((name) => [`self_attn.${name}_proj`, [12, width]])),
    ...Object.fromEntries(['q', 'k', 'v'].map((name) => [`self_attn.${name}_conv1d`, [12, 1, 4]])),
    'self_attn.b_proj': [2, width],
    'self_attn.f_a_proj': [6, width],
    'self_attn.f_b_proj': [12, 6],
    'self_attn.g_a_proj': [6, width],
    'self_attn.g_b_proj': [12, 6],
    'self_attn.o_proj': [width, 12],
    'self_attn.A_log!': [1, 1, 2, 1],
    'self_attn.dt_bias!': [12],
  });
  const latent = at({
    'self_attn.q_proj': [20, width],
    'self_attn.kv_a_proj_with_mqa': [7, width],
    'self_attn.kv_b_proj': [30, 5],
    'self_attn.o_proj': [width, 14],
  });
  const shapes = weights('', {
    ...repeat(1, { ...delta, ...at(dense('mlp')) }),
    ...repeat(1, { ...latent, ...at(dense('mlp')) }, 1),
  });

  it('everything that reads the input is one projection, kernels follow, and latents before what reads them', () => {
    const network = networkOf(shapes);
    expect(network).toMatchObject({ architecture: 'kimi_linear', blocks: 2, warnings: [] });
    expect(sketch(network)).toEqual([
      'attention.qkv 8→50 q_proj 12x8 & k_proj 12x8 & v_proj 12x8 & b_proj 2x8 & f_a_proj 6x8 & g_a_proj 6x8: input → attention queries, attention keys @12, attention values @24, attention rates @36, attention decay latent @38, attention gate latent @44',
      'conv.depthwise 12→12 q_conv1d 12x1x4/12: attention queries → attention queries',
      'conv.depthwise 12→12 k_conv1d 12x1x4/12: attention keys → attention keys',
      'conv.depthwise 12→12 v_conv1d 12x1x4/12: attention values → attention values',
      'attention.qkv 6→12 f_b_proj 12x6: attention decay latent → attention keys',
      'attention.qkv 6→12 g_b_proj 12x6: attention gate latent → attention values',
      'attention.out 12→8 o_proj 8x12: attention values → MLP input',
      ...MLP_LINES,
    ]);
    expect(roles(network).filter((role) => role.startsWith('1'))).toEqual([
      '1 attention.qkv',
      '1 attention.qkv',
      '1 attention.out',
      '1 mlp.up',
      '1 mlp.down',
    ]);
  });

  it('latent attention alone is DeepSeek’s', () => {
    const only = weights('', repeat(2, { ...latent, ...at(dense('mlp')) }));
    expect(networkOf(only).architecture).toBe('deepseek');
  });
});

describe('MiniMax-01 (modeling_minimax.py)', () => {
  const shapes = weights('model.layers.', {
    ...repeat(1, {
      '#.self_attn.qkv_proj': [24, width],
      '#.self_attn.output_gate': [width, width],
      '#.self_attn.out_proj': [width, width],
      ...Object.fromEntries(Object.entries(dense('#.mlp'))),
    }),
    ...repeat(
      1,
      {
        '#.self_attn.q_proj': [width, width],
        '#.self_attn.k_proj': [4, width],
        '#.self_attn.v_proj': [4, width],
        '#.self_attn.o_proj': [width, width],
        ...dense('#.mlp'),
      },
      1,
    ),
  });

  it('lightning attention stores q, k and v by head, so its rows have no labels of their own', () => {
    const network = networkOf(shapes, { num_attention_heads: 2 });
    expect(network.architecture).toBe('minimax');
    expect(sketch(network)).toEqual([
      'attention.qkv 8→32 qkv_proj 24x8 & output_gate 8x8: input → attention queries, keys and values, attention heads @24',
      'attention.out 8→8 out_proj 8x8: attention heads → MLP input',
      ...MLP_LINES,
    ]);
    const [lightning] = network.projections;
    expect(lightning!.segments.map(({ label, head }) => [label, head])).toEqual([
      ['query, key and value', null],
      ['gate', null],
    ]);
    const full = network.projections.find(({ block }) => block === 1)!;
    expect(full.segments.map(({ label }) => label)).toEqual(['query', 'query', 'key', 'value']);
  });
});

it('LongCat-Flash (modeling_longcat_flash.py): experts stand beside the first of two MLPs', () => {
  const attention = (i: number): Shapes => ({
    [`#.self_attn.${i}.q_a_proj`]: [6, width],
    [`#.self_attn.${i}.q_b_proj`]: [20, 6],
    [`#.self_attn.${i}.kv_a_proj_with_mqa`]: [7, width],
    [`#.self_attn.${i}.kv_b_proj`]: [30, 5],
    [`#.self_attn.${i}.o_proj`]: [width, 14],
    ...dense(`#.mlps.${i}`),
  });
  const network = networkOf(
    weights(
      'model.layers.',
      repeat(2, {
        ...attention(0),
        ...attention(1),
        '#.mlp.router.classifier': [3, width],
        ...dense('#.mlp.experts.0'),
        ...dense('#.mlp.experts.1'),
      }),
    ),
  );
  expect(network).toMatchObject({ architecture: 'longcat_flash', blocks: 2, warnings: [] });
  const firstReads = 'expert input';
  const between = 'second attention input';
  const behind = sketch(network).map((line) => line.replace(/^(\S+) .*?: /, '$1: '));
  expect(behind.filter((line) => /^(mlp|expert)/.test(line))).toEqual([
    ...[0, 1].flatMap((e) => [
      `expert.up: ${firstReads} → expert ${e} hidden, expert ${e} hidden @24`,
      `expert.down: expert ${e} hidden → ${between}`,
    ]),
    `mlp.up: ${firstReads} → MLP hidden, MLP hidden @24`,
    `mlp.down: MLP hidden → ${between}`,
    'mlp.up: second MLP input → second MLP hidden, second MLP hidden @24',
    'mlp.down: second MLP hidden → next',
  ]);
  expect(roles(network).indexOf('0 mlp.up')).toBeLessThan(roles(network).lastIndexOf('0 attention.qkv'));
  expect(reasons(network)['model.layers.0.mlp.router.classifier.weight']).toBe('router');
});

describe('Zamba 2 (modeling_zamba2.py)', () => {
  const mixer = (path: string): Shapes => ({
    [`${path}.in_proj`]: [2 * 16 + 2 * 4 + 2, width],
    [`${path}.conv1d`]: [16 + 8, 1, 4],
    [`${path}.out_proj`]: [width, 16],
  });
  const shared = 'shared_transformer';
  const shapes = weights('model.layers.', {
    '0.mamba.in_proj': [42, width],
    '0.mamba.conv1d': [24, 1, 4],
    '0.mamba.out_proj': [width, 16],
    ...mixer('1.mamba_decoder.mamba'),
    '1.linear': [width, width],
    [`1.${shared}.self_attn.q_proj`]: [16, 16],
    [`1.${shared}.self_attn.k_proj`]: [16, 16],
    [`1.${shared}.self_attn.v_proj`]: [16, 16],
    [`1.${shared}.self_attn.o_proj`]: [width, 16],
    [`1.${shared}.feed_forward.gate_up_proj`]: [40, width],
    [`1.${shared}.feed_forward.down_proj`]: [width, 20],
    [`1.${shared}.feed_forward.gate_up_proj_adapter_list.0.0`]: [2, width],
    [`1.${shared}.feed_forward.gate_up_proj_adapter_list.0.1`]: [40, 2],
  });

  it('the shared transformer runs before the mixer, and reads the embeddings as well', () => {
    const network = networkOf(shapes);
    expect(network).toMatchObject({ architecture: 'zamba', blocks: 2 });
    expect(sketch(network, 1)).toEqual([
      'attention.qkv 16→48 q_proj 16x16 & k_proj 16x16 & v_proj 16x16: input and embeddings → shared transformer heads, shared transformer heads @16, shared transformer heads @32',
      'attention.out 16→8 o_proj 8x16: shared transformer heads → shared transformer attended',
      'mlp.up 8→40 gate_up_proj 40x8: shared transformer attended → shared transformer hidden, shared transformer hidden @20',
      'mlp.down 20→8 down_proj 8x20: shared transformer hidden → transformed',
      'linear 8→8 linear 8x8: transformed → mixer input',
      'ssm.in 8→42 in_proj 42x8: mixer input → mixer projected',
      'ssm.conv 24→24 conv1d 24x1x4/24: mixer x, B and C → mixer x, B and C',
      'ssm.out 16→8 out_proj 8x16: mixer inner → output',
    ]);
    expect(roles(network).slice(0, 3)).toEqual(['0 ssm.in', '0 ssm.conv', '0 ssm.out']);
    const adapter = `model.layers.1.${shared}.feed_forward.gate_up_proj_adapter_list.0.1.weight`;
    expect(reasons(network)[adapter]).toMatch(/low-rank update/);
  });
});

it('RecurrentGemma (modeling_recurrent_gemma.py): a recurrence or attention, then the MLP', () => {
  const block = { ...dense('#.mlp_block') };
  const network = networkOf(
    weights('model.layers.', {
      ...repeat(1, {
        '#.temporal_block.linear_x': [10, width],
        '#.temporal_block.linear_y': [10, width],
        '#.temporal_block.linear_out': [width, 10],
        '#.temporal_block.conv_1d': [10, 1, 4],
        '#.temporal_block.rg_lru.input_gate_weight!': [2, 5, 5],
        '#.temporal_block.rg_lru.recurrent_param!': [10],
        ...block,
      }),
      ...repeat(
        1,
        {
          '#.temporal_block.q_proj': [width, width],
          '#.temporal_block.k_proj': [4, width],
          '#.temporal_block.v_proj': [4, width],
          '#.temporal_block.o_proj': [width, width],
          ...block,
        },
        1,
      ),
    }),
  );
  expect(network).toMatchObject({ architecture: 'recurrent_gemma', blocks: 2, warnings: [] });
  expect(sketch(network)).toEqual([
    'ssm.in 8→20 linear_x 10x8 & linear_y 10x8: input → recurrence inner, recurrence inner @10',
    'ssm.conv 10→10 conv_1d 10x1x4/10: recurrence inner → recurrence inner',
    'ssm.out 10→8 linear_out 8x10: recurrence inner → MLP input',
    ...MLP_LINES,
  ]);
  expect(sketch(network, 1)[0]).toBe(
    'attention.qkv 8→16 q_proj 8x8 & k_proj 4x8 & v_proj 4x8: input → attention heads, attention keys and values @8, attention keys and values @12',
  );
});

describe('Mochi', () => {
  const context = 6;
  const diffusers = weights(
    'transformer_blocks.',
    repeat(2, {
      '#.norm1.linear': [32, width],
      '#.norm1_context.linear': [24, width],
      '#.attn1.to_q': [width, width],
      '#.attn1.to_k': [width, width],
      '#.attn1.to_v': [width, width],
      '#.attn1.to_out.0': [width, width],
      '#.attn1.add_q_proj': [width, context],
      '#.attn1.add_k_proj': [width, context],
      '#.attn1.add_v_proj': [width, context],
      '#.attn1.to_add_out': [context, width],
      '#.ff.net.0.proj': [40, width],
      '#.ff.net.2': [width, 20],
      '#.ff_context.net.0.proj': [28, context],
      '#.ff_context.net.2': [context, 14],
    }),
  );
  const original = weights(
    'blocks.',
    repeat(2, {
      '#.mod_x': [32, width],
      '#.mod_y': [24, width],
      '#.attn.qkv_x': [24, width],
      '#.attn.proj_x': [width, width],
      '#.attn.qkv_y': [24, context],
      '#.attn.proj_y': [context, width],
      '#.mlp_x.w1': [40, width],
      '#.mlp_x.w2': [width, 20],
      '#.mlp_y.w1': [28, context],
      '#.mlp_y.w2': [context, 14],
    }),
  );

  it('the narrower text passes beside the picture (transformer_mochi.py)', () => {
    const network = networkOf(diffusers);
    expect(network).toMatchObject({ architecture: 'mochi', blocks: 2, warnings: [], skipped: [] });
    expect(
      sketch(network)
        .filter((line) => line.includes('context'))
        .map((line) => line.replace(/^(\S+ \S+) .*?: /, '$1: ')),
    ).toEqual([
      'attention.qkv 6→24: context → context attention heads, context attention heads @8, context attention heads @16',
      'attention.out 8→6: context attention heads → context',
      'conditioning 8→24: conditioning → context modulation modulation',
      'mlp.up 6→28: context → context MLP hidden, context MLP hidden @14',
      'mlp.down 14→6: context MLP hidden → context',
    ]);
  });

  it('is the same network in Genmo’s names (asymm_models_joint.py)', () => {
    const form = (network: ReturnType<typeof networkOf>): unknown =>
      network.projections.map(({ role, sources, targets, block }) => [role, sources, targets, block]);
    expect(form(networkOf(original))).toEqual(form(networkOf(diffusers)));
    const [, , , , , , up] = networkOf(original).projections;
    expect(up!.segments.map(({ label }) => label)).toEqual(['gate', 'up']);
  });
});

describe('SegFormer and PVTv2', () => {
  /** @param reduced whether a kernel makes smaller what k and v read. */
  const block = (path: string, size: number, reduced: boolean): Shapes => ({
    [`${path}.attention.self.query`]: [size, size],
    [`${path}.attention.self.key`]: [size, size],
    [`${path}.attention.self.value`]: [size, size],
    ...(reduced && { [`${path}.attention.self.sr`]: [size, size, 2, 2] }),
    [`${path}.attention.output.dense`]: [size, size],
    [`${path}.mlp.dense1`]: [3 * size, size],
    [`${path}.mlp.dwconv.dwconv`]: [3 * size, 1, 3, 3],
    [`${path}.mlp.dense2`]: [size, 3 * size],
  });
  const nvidia = (path: string, size: number, reduced: boolean, kernel = 'mlp.dwconv.dwconv'): Shapes => ({
    [`${path}.attn.q`]: [size, size],
    [`${path}.attn.kv`]: [2 * size, size],
    ...(reduced && { [`${path}.attn.sr`]: [size, size, 2, 2] }),
    [`${path}.attn.proj`]: [size, size],
    [`${path}.mlp.fc1`]: [3 * size, size],
    [`${path}.${kernel}`]: [3 * size, 1, 3, 3],
    [`${path}.mlp.fc2`]: [size, 3 * size],
  });
  const huggingFace = weights('segformer.encoder.', {
    'patch_embeddings.0.proj': [8, 3, 7, 7],
    ...block('block.0.0', 8, true),
    'patch_embeddings.1.proj': [12, 8, 3, 3],
    ...block('block.1.0', 12, false),
  });

  it('k and v read what the kernel wrote (modeling_segformer.py)', () => {
    const network = networkOf({
      ...huggingFace,
      'decode_head.linear_c.0.proj.weight': [16, 8],
      'decode_head.classifier.weight': [5, 16, 1, 1],
    });
    expect(network).toMatchObject({ architecture: 'segformer', blocks: 3, warnings: [] });
    expect(sketch(network)).toEqual([
      'attention.qkv 8→8 query 8x8: input → attention heads',
      'conv.inner 8→8 sr 8x8x4: input → attention reduced',
      'attention.qkv 8→16 key 8x8 & value 8x8: attention reduced → attention heads, attention heads @8',
      'attention.out 8→8 dense 8x8: attention heads → MLP input',
      'mlp.up 8→24 dense1 24x8: MLP input → MLP hidden',
      'conv.depthwise 24→24 dwconv 24x1x9/24: MLP hidden → MLP hidden',
      'mlp.down 24→8 dense2 8x24: MLP hidden → next',
    ]);
    expect(sketch(network, 1)).toEqual(['resample 8→12 proj 12x8x9: input → next']);
    expect(sketch(network, 2)[0]).toMatch(/^attention\.qkv 12→36 query 12x12 & key 12x12 & value 12x12: /);
    expect(reasons(network)['decode_head.linear_c.0.proj.weight']).toMatch(/^output head/);
    expect(reasons(network)['segformer.encoder.patch_embeddings.0.proj.weight']).toMatch(/^stem/);
  });

  it.each([
    [
      'mix_transformer.py',
      {
        'patch_embed1.proj': [8, 3, 7, 7],
        ...nvidia('block1.0', 8, true),
        'patch_embed2.proj': [12, 8, 3, 3],
        ...nvidia('block2.0', 12, false),
      },
    ],
    [
      'pvt_v2.py in timm',
      {
        'patch_embed.proj': [8, 3, 7, 7],
        ...nvidia('stages.0.blocks.0', 8, true, 'mlp.dwconv'),
        'stages.1.downsample.proj': [12, 8, 3, 3],
        ...nvidia('stages.1.blocks.0', 12, false, 'mlp.dwconv'),
      },
    ],
  ])('is the same network in the names of %s', (_, shapes: Shapes) => {
    const form = (network: ReturnType<typeof networkOf>): unknown =>
      network.projections.map(({ role, sources, targets, block: number }) => [
        role,
        sources,
        targets,
        number,
      ]);
    const network = networkOf(weights('', shapes));
    expect(network.architecture).toBe('segformer');
    expect(form(network)).toEqual(form(networkOf(huggingFace)));
  });
});

describe('linear attention whose values are wider than its queries', () => {
  it.each<[string, Shapes]>([
    [
      'xLSTM (modeling_xlstm.py)',
      {
        '#.mlstm_layer.q': [4, 8],
        '#.mlstm_layer.k': [4, 8],
        '#.mlstm_layer.v': [8, 8],
        '#.mlstm_layer.ogate_preact': [8, 8],
        '#.mlstm_layer.igate_preact': [2, 8],
        '#.mlstm_layer.out_proj': [8, 8],
        '#.ffn.proj_up_gate': [24, 8],
        '#.ffn.proj_up': [24, 8],
        '#.ffn.proj_down': [8, 24],
      },
    ],
    [
      'gated linear attention (modeling_gla.py)',
      {
        '#.attn.q_proj': [4, 8],
        '#.attn.k_proj': [4, 8],
        '#.attn.v_proj': [8, 8],
        '#.attn.g_proj': [8, 8],
        '#.attn.o_proj': [8, 8],
        '#.mlp.gate_proj': [24, 8],
        '#.mlp.up_proj': [24, 8],
        '#.mlp.down_proj': [8, 24],
      },
    ],
  ])('%s: the output reads the values', (_, shapes) => {
    const [read, write, up, down] = sketch(networkOf(weights('backbone.blocks.', repeat(2, shapes))));
    expect(read).toMatch(
      /^attention\.qkv 8→16 .*: input → attention queries, attention queries @4, attention heads @8$/,
    );
    expect(write).toMatch(/^attention\.out 8→8 .*: attention heads → MLP input$/);
    expect(up).toMatch(
      /^mlp\.up 8→48 (proj_up_gate|gate_proj) 24x8 & \S+ 24x8: MLP input → MLP hidden, MLP hidden @24$/,
    );
    expect(down).toMatch(/^mlp\.down 24→8 /);
  });
});

describe('query_key_value', () => {
  const rows = (prefix: string, attention: string, up = 32): Shapes =>
    weights(
      prefix,
      repeat(2, {
        [`#.${attention}.query_key_value`]: [24, 8],
        [`#.${attention}.dense`]: [8, 8],
        '#.mlp.dense_h_to_4h': [up, 8],
        '#.mlp.dense_4h_to_h': [8, up === 32 ? 32 : up / 2],
      }),
    );
  const config = { num_attention_heads: 2 };

  it.each([
    ['model.language_model.encoder.layers.', 'self_attention'],
    ['language_model.transformer.layers.', 'attention'],
  ])('of Megatron-LM in %s is in an order that nothing tells', (prefix, attention) => {
    const network = networkOf(rows(prefix, attention), config);
    expect(network.architecture).toBe('megatron');
    expect(network.warnings).toEqual([
      { code: 'rows-unknown', tensor: `${prefix}0.${attention}.query_key_value.weight` },
    ]);
    expect(network.projections[0]!.segments).toEqual([]);
    expect(lines(network)[0]).toMatch(/query_key_value 24x8: /);
  });

  it('of Megatron-LM beside a fused gate', () => {
    const network = networkOf(rows('language_model.encoder.layers.', 'self_attention', 48));
    expect(network.projections[2]!.segments.map(({ label }) => label)).toEqual(['gate', 'up']);
  });

  it('of GLM 1 (modeling_glm.py) is in turn, though it has the names of GPT-NeoX', () => {
    const shapes = rows('transformer.layers.', 'attention');
    const labels = (type: string): unknown =>
      networkOf(shapes, { ...config, model_type: type }).projections[0]!.segments.map(({ label }) => label);
    expect(labels('glm')).toEqual(['query', 'query', 'key', 'key', 'value', 'value']);
    expect(labels('gpt_neox')).toEqual(['query', 'key', 'value', 'query', 'key', 'value']);
  });
});
