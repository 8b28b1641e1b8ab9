/** Vision transformers, convolutional networks, state-space and diffusion models, each as its public definition names it. */
import { describe, expect, it } from 'vitest';
import { drawLines, lines, networkOf, reasons, repeat, weights, type Shapes } from './support';

const H = 8;
const clipBlock = {
  'self_attn.q_proj': [H, H],
  'self_attn.k_proj': [H, H],
  'self_attn.v_proj': [H, H],
  'self_attn.out_proj': [H, H],
  'mlp.fc1': [32, H],
  'mlp.fc2': [H, 32],
};
const timmBlock = { 'attn.qkv': [24, H], 'attn.proj': [H, H], 'mlp.fc1': [32, H], 'mlp.fc2': [H, 32] };
const roles = (shapes: Shapes): string[] =>
  networkOf(shapes).projections.map(({ block, role }) => `${block} ${role}`);

describe('vision transformers', () => {
  it('CLIP (modeling_clip.py): two towers that do not touch', () => {
    const network = networkOf({
      ...repeat(1, weights('vision_model.encoder.layers.#.', clipBlock)),
      ...repeat(1, weights('text_model.encoder.layers.#.', clipBlock)),
      'vision_model.embeddings.patch_embedding.weight': [H, 3, 4, 4],
      'text_model.embeddings.token_embedding.weight': [99, H],
      'text_projection.weight': [H, H],
      'visual_projection.weight': [H, H],
    });
    expect(network).toMatchObject({ architecture: 'clip', blocks: 2 });
    expect(lines(network)[3]).toBe(
      '0 mlp.down 32→8 text_model.encoder.layers.0.mlp.fc2 8x32: block 0 MLP hidden → block 0 output',
    );
    expect(lines(network)[4]).toMatch(/^1 attention.qkv 8→24 vision_model.*: block 1 input →/);
  });

  it('ViT is the same network in three dialects (modeling_vit.py, timm, torchvision)', () => {
    const names = ['query', 'key', 'value'].map((name) => `attention.attention.${name}`);
    const hf = repeat(2, {
      ...weights('vit.encoder.layer.#.', Object.fromEntries(names.map((name) => [name, [H, H]]))),
      ...weights('vit.encoder.layer.#.', {
        'attention.output.dense': [H, H],
        'intermediate.dense': [32, H],
        'output.dense': [H, 32],
      }),
    });
    const torchvision = repeat(2, {
      ...weights('encoder.layers.encoder_layer_#.', {
        'self_attention.out_proj': [H, H],
        'mlp.0': [32, H],
        'mlp.3': [H, 32],
      }),
      'encoder.layers.encoder_layer_#.self_attention.in_proj_weight': [24, H],
    });
    const [a, b, c] = [hf, repeat(2, weights('blocks.#.', timmBlock)), torchvision].map((each) =>
      networkOf(each),
    );
    expect([a!.architecture, b!.architecture, c!.architecture]).toEqual(['vit', 'vit', 'vit']);
    for (const other of [b!, c!]) {
      expect(other.draws).toEqual(a!.draws);
      expect(other.projections.map(({ sampling }) => sampling)).toEqual(
        a!.projections.map(({ sampling }) => sampling),
      );
    }
  });

  it('Swin (modeling_swin.py, timm): stages, and patch merging between them wherever it is counted to', () => {
    const stage = (prefix: string, width: number, blocks: number): Shapes =>
      repeat(
        blocks,
        weights(`${prefix}.blocks.#.`, {
          'attn.qkv': [3 * width, width],
          'attn.proj': [width, width],
          'mlp.fc1': [4 * width, width],
          'mlp.fc2': [width, 4 * width],
        }),
      );
    const body = { ...stage('layers.0', 8, 2), ...stage('layers.1', 16, 1) };
    const before = networkOf({ ...body, 'layers.0.downsample.reduction.weight': [16, 32] });
    const behind = networkOf({ ...body, 'layers.1.downsample.reduction.weight': [16, 32] });
    expect(before).toMatchObject({ architecture: 'swin', blocks: 4 });
    expect(lines(before)[8]).toBe(
      '2 resample 32→16 layers.0.downsample.reduction 16x32: block 2 input → block 3 input',
    );
    expect(lines(behind).map((line) => line.replace('layers.1.down', 'layers.0.down'))).toEqual(
      lines(before),
    );
  });
});

it("Swin in torchvision's names (swin_transformer.py): stages and what merges between them are one list", () => {
  const block = (at: string, width: number): Shapes =>
    weights(`${at}.`, {
      'attn.qkv': [3 * width, width],
      'attn.proj': [width, width],
      'mlp.0': [4 * width, width],
      'mlp.3': [width, 4 * width],
    });
  const network = networkOf({
    'features.0.0.weight': [8, 3, 4, 4],
    ...block('features.1.0', 8),
    ...block('features.1.1', 8),
    'features.2.reduction.weight': [16, 32],
    ...block('features.3.0', 16),
    'head.weight': [10, 16],
  });
  expect(network).toMatchObject({ architecture: 'swin', blocks: 4, warnings: [] });
  expect(network.projections.map(({ block: index, role }) => `${index} ${role}`)).toEqual([
    ...[0, 1].flatMap((i) => [`${i} attention.qkv`, `${i} attention.out`, `${i} mlp.up`, `${i} mlp.down`]),
    '2 resample',
    ...['attention.qkv', 'attention.out', 'mlp.up', 'mlp.down'].map((role) => `3 ${role}`),
  ]);
  expect(reasons(network)).toEqual({
    'features.0.0.weight': 'stem: reads raw input',
    'head.weight': 'output head (unembedding)',
  });
});

it('DINOv2 in chunks (vision_transformer.py of Meta): every block counts, and heads are none', () => {
  const block = weights('', {
    'attn.qkv': [24, 8],
    'attn.proj': [8, 8],
    'mlp.fc1': [32, 8],
    'mlp.fc2': [8, 32],
  });
  const named = (paths: readonly string[]): Shapes =>
    Object.fromEntries(
      paths.flatMap((path) =>
        Object.entries(block).map(([name, shape]) => [`blocks.${path}.${name}`, shape]),
      ),
    );
  const head = weights('dino_head.', {
    'mlp.0': [16, 8],
    'mlp.2': [16, 16],
    'last_layer.weight_v!': [99, 16],
  });
  const network = networkOf({ ...named(['0.0', '0.1', '0.2', '1.3', '1.4', '1.5']), ...head });
  expect(network).toMatchObject({ architecture: 'vit', blocks: 6, warnings: [] });
  const shape = ({ projections, draws }: typeof network) => [
    projections.map(({ role, block: index, sampling }) => ({ role, index, sampling })),
    draws,
  ];
  expect(shape(network)).toEqual(shape(networkOf(named(['0', '1', '2', '3', '4', '5']))));
  expect(new Set(Object.values(reasons(network)))).toEqual(new Set(['output head (unembedding)']));
});

describe('convolutional networks', () => {
  it("ResNet (torchvision's resnet.py): the shortcut reads what the first convolution reads", () => {
    const network = networkOf({
      'conv1.weight': [8, 3, 7, 7],
      ...weights('layer1.0.', { conv1: [8, 8, 3, 3], conv2: [8, 8, 3, 3] }),
      ...weights('layer2.0.', {
        conv1: [16, 8, 3, 3],
        conv2: [16, 16, 3, 3],
        'downsample.0': [16, 8, 1, 1],
        'downsample.1': [16],
      }),
      'fc.weight': [10, 16],
    });
    expect(lines(network)).toEqual([
      '0 conv.first 8→8 layer1.0.conv1 8x8x9: block 0 input → block 0 convolutions middle',
      '0 conv.inner 8→8 layer1.0.conv2 8x8x9: block 0 convolutions middle → block 1 input',
      '1 conv.first 8→32 layer2.0.conv1 16x8x9 & layer2.0.downsample.0 16x8: block 1 input → block 1 convolutions middle, block 1 output @16',
      '1 conv.inner 16→16 layer2.0.conv2 16x16x9: block 1 convolutions middle → block 1 output',
    ]);
    expect(reasons(network)).toMatchObject({
      'conv1.weight': 'stem: reads raw input',
      'fc.weight': 'output head (unembedding)',
    });
  });

  it("RegNet Y (timm's and torchvision's regnet.py, modeling_regnet.py): grouped, what weighs channels is left out", () => {
    const block = (names: readonly string[], from: number): Shapes =>
      Object.fromEntries(
        [
          [16, from, 1, 1],
          [16, 8, 3, 3],
          [2, 16, 1, 1],
          [16, 2, 1, 1],
          [16, 16, 1, 1],
          [16, 8, 1, 1],
        ]
          .slice(0, from === 8 ? 6 : 5)
          .map((shape, i) => [`${names[i]!}.weight`, shape]),
      );
    const named = (at: readonly [string, string], names: readonly string[]): Shapes => ({
      ...block(
        names.map((name) => `${at[0]}.${name}`),
        8,
      ),
      ...block(
        names.map((name) => `${at[1]}.${name}`),
        16,
      ),
    });
    const dialects = [
      named(
        ['s1.b1', 's1.b2'],
        ['conv1.conv', 'conv2.conv', 'se.fc1', 'se.fc2', 'conv3.conv', 'downsample.conv'],
      ),
      named(
        ['trunk_output.block1.block1-0', 'trunk_output.block1.block1-1'],
        ['f.a.0', 'f.b.0', 'f.se.fc1', 'f.se.fc2', 'f.c.0', 'proj.0'],
      ),
      named(
        ['regnet.encoder.stages.0.layers.0', 'regnet.encoder.stages.0.layers.1'],
        [
          'layer.0.convolution',
          'layer.1.convolution',
          'layer.2.attention.0',
          'layer.2.attention.2',
          'layer.3.convolution',
          'shortcut.convolution',
        ],
      ),
    ];
    for (const shapes of dialects) {
      const network = networkOf(shapes);
      expect(network).toMatchObject({ architecture: 'resnet', blocks: 2, warnings: [] });
      expect(
        network.projections.map(
          ({ role, sources, targets, parts }) => `${role} ${sources}→${targets} /${parts[0]!.groups}`,
        ),
      ).toEqual([
        'conv.first 8→32 /1',
        'conv.inner 16→16 /2',
        'conv.inner 16→16 /1',
        'conv.first 16→16 /1',
        'conv.inner 16→16 /2',
        'conv.inner 16→16 /1',
      ]);
      expect(new Set(Object.values(reasons(network)))).toEqual(
        new Set(['squeeze and excitation: weighs channels']),
      );
    }
  });

  it('ResNeXt: a grouped bottleneck; the same in the names of modeling_resnet.py', () => {
    const shapes = [
      [8, 16, 1, 1],
      [8, 2, 3, 3],
      [32, 8, 1, 1],
      [32, 16, 1, 1],
    ] as const;
    const name = (names: string[]): Shapes =>
      weights('', Object.fromEntries(names.map((each, i) => [each, shapes[i]!])));
    const torchvision = networkOf(
      name(['conv1', 'conv2', 'conv3', 'downsample.0'].map((each) => `layer1.0.${each}`)),
    );
    expect(lines(torchvision)).toEqual([
      '0 conv.first 16→40 layer1.0.conv1 8x16 & layer1.0.downsample.0 32x16: block 0 input → block 0 convolutions middle, block 0 output @8',
      '0 conv.inner 8→8 layer1.0.conv2 8x2x9/4: block 0 convolutions middle → block 0 convolutions inner',
      '0 conv.inner 8→32 layer1.0.conv3 32x8: block 0 convolutions inner → block 0 output',
    ]);
    const layers = ['layer.0', 'layer.1', 'layer.2'].map((layer) => `${layer}.convolution`);
    const hf = networkOf(
      name([...layers, 'shortcut.convolution'].map((each) => `resnet.encoder.stages.0.layers.0.${each}`)),
    );
    expect(hf.projections.map(({ sampling }) => sampling)).toEqual(
      torchvision.projections.map(({ sampling }) => sampling),
    );
  });

  const convNext = (prefix: string, names: readonly string[], width: number): Shapes => {
    const [depthwise, up, down] = names as [string, string, string];
    const shapes = {
      [depthwise]: [width, 1, 7, 7],
      [up]: [4 * width, width],
      [down]: [width, 4 * width],
    };
    return weights(prefix, shapes);
  };

  it.each([
    [
      'modeling_convnext.py',
      'convnext.encoder.stages.#.layers.0.',
      ['dwconv', 'pwconv1', 'pwconv2'],
      'convnext.encoder.stages.1.downsampling_layer.1',
    ],
    ['timm', 'stages.#.blocks.0.', ['conv_dw', 'mlp.fc1', 'mlp.fc2'], 'stages.1.downsample.1'],
    ["the authors' convnext.py", 'stages.#.0.', ['dwconv', 'pwconv1', 'pwconv2'], 'downsample_layers.1.1'],
  ])('ConvNeXt (%s): a depthwise kernel has its sources as targets', (_source, prefix, names, between) => {
    const network = networkOf({
      ...convNext(prefix.replace('#', '0'), names, 8),
      ...convNext(prefix.replace('#', '1'), names, 16),
      [`${between}.weight`]: [16, 8, 2, 2],
    });
    expect(network).toMatchObject({ architecture: 'convnext', blocks: 3 });
    const [depthwise, up, down] = names as [string, string, string];
    const [first, second] = [prefix.replace('#', '0'), prefix.replace('#', '1')];
    expect(lines(network)).toEqual([
      `0 conv.depthwise 8→8 ${first}${depthwise} 8x1x49/8: block 0 input → block 0 input`,
      `0 mlp.up 8→32 ${first}${up} 32x8: block 0 input → block 0 block hidden`,
      `0 mlp.down 32→8 ${first}${down} 8x32: block 0 block hidden → block 1 input`,
      `1 resample 8→16 ${between} 16x8x4: block 1 input → block 2 input`,
      `2 conv.depthwise 16→16 ${second}${depthwise} 16x1x49/16: block 2 input → block 2 input`,
      `2 mlp.up 16→64 ${second}${up} 64x16: block 2 input → block 2 block hidden`,
      `2 mlp.down 64→16 ${second}${down} 16x64: block 2 block hidden → block 2 output`,
    ]);
  });

  it('U-Net (unet_parts.py): down, then up by transposed kernels', () => {
    const twice = (prefix: string, from: number, to: number): Shapes =>
      weights(prefix, { 'double_conv.0': [to, from, 3, 3], 'double_conv.3': [to, to, 3, 3] });
    const network = networkOf({
      ...twice('inc.', 1, 8),
      ...twice('down1.maxpool_conv.1.', 8, 16),
      'up1.up.weight': [16, 8, 2, 2],
      ...twice('up1.conv.', 16, 8),
      'outc.conv.weight': [2, 8, 1, 1],
    });
    expect(network.architecture).toBe('unet');
    expect(lines(network)).toEqual([
      '0 conv.inner 8→8 inc.double_conv.3 8x8x9: block 0 input → block 1 input',
      '1 conv.inner 8→16 down1.maxpool_conv.1.double_conv.0 16x8x9: block 1 input → block 1 convolutions middle',
      '1 conv.inner 16→16 down1.maxpool_conv.1.double_conv.3 16x16x9: block 1 convolutions middle → block 2 input',
      '2 conv.transposed 16→8 in-out up1.up 16x8x4: block 2 input → block 2 convolutions input',
      // What was upsampled stands beside what the way down passes on: 16 of them.
      '2 conv.inner 16→8 up1.conv.double_conv.0 8x16x9: block 2 convolutions input → block 2 convolutions middle',
      '2 conv.inner 8→8 up1.conv.double_conv.3 8x8x9: block 2 convolutions middle → block 2 output',
    ]);
    expect(drawLines(network)).toContain('block 2 convolutions input 8');
    expect(drawLines(network)).toContain('block 2 convolutions input 16');
  });
});

describe('Mamba', () => {
  it('modeling_mamba.py: x, z, the kernel, Δ, B and C', () => {
    const network = networkOf({
      ...repeat(2, {
        ...weights('backbone.layers.#.mixer.', {
          in_proj: [32, H],
          conv1d: [16, 1, 4],
          x_proj: [9, 16],
          dt_proj: [16, 1],
          out_proj: [H, 16],
        }),
        'backbone.layers.#.mixer.A_log': [16, 4],
        'backbone.layers.#.mixer.D': [16],
      }),
      'backbone.embeddings.weight': [99, H],
    });
    expect(network).toMatchObject({ architecture: 'mamba', blocks: 2 });
    const at = 'backbone.layers.0.mixer';
    expect(lines(network).slice(0, 5)).toEqual([
      `0 ssm.in 8→32 ${at}.in_proj 32x8: block 0 input → block 0 mixer inner, block 0 mixer inner @16`,
      `0 ssm.conv 16→16 ${at}.conv1d 16x1x4/16: block 0 mixer inner → block 0 mixer inner`,
      `0 ssm.parameters 16→9 ${at}.x_proj 9x16: block 0 mixer inner → block 0 mixer time step, block 0 mixer B and C @1, block 0 mixer B and C @5`,
      `0 ssm.time_step 1→16 ${at}.dt_proj 16x1: block 0 mixer time step → block 0 mixer inner`,
      `0 ssm.out 16→8 ${at}.out_proj 8x16: block 0 mixer inner → block 1 input`,
    ]);
    expect(reasons(network)).toEqual({
      'backbone.embeddings.weight': 'token embedding: connects no two layers of neurons',
      'backbone.layers.0.mixer.A_log': 'state-space parameter: connects no two layers',
      'backbone.layers.1.mixer.A_log': 'state-space parameter: connects no two layers',
      'backbone.layers.0.mixer.D': 'not a matrix',
      'backbone.layers.1.mixer.D': 'not a matrix',
    });
  });

  it('modeling_mamba2.py: one fused projection', () => {
    const mixer = { in_proj: [42, H], conv1d: [24, 1, 4], out_proj: [H, 16] };
    expect(roles(repeat(1, weights('backbone.layers.#.mixer.', mixer)))).toEqual([
      '0 ssm.in',
      '0 ssm.conv',
      '0 ssm.out',
    ]);
  });
});

describe('diffusion models', () => {
  it("DiT (Facebook's models.py): the modulation reads the conditioning, the same in all blocks", () => {
    const network = networkOf({
      ...repeat(2, weights('blocks.#.', { ...timmBlock, 'adaLN_modulation.1': [6 * H, H] })),
      'x_embedder.proj.weight': [H, 4, 2, 2],
      't_embedder.mlp.0.weight': [H, 256],
      'y_embedder.embedding_table.weight': [1001, H],
      'final_layer.linear.weight': [32, H],
      'final_layer.adaLN_modulation.1.weight': [16, H],
      pos_embed: [1, 16, H],
    });
    expect(network).toMatchObject({ architecture: 'dit', blocks: 2 });
    expect(lines(network).filter((line) => line.includes('conditioning'))).toEqual(
      [0, 1].map(
        (n) =>
          `${n} conditioning 8→48 blocks.${n}.adaLN_modulation.1 48x8: conditioning → block ${n} modulation modulation`,
      ),
    );
    expect(reasons(network)).toEqual({
      'final_layer.adaLN_modulation.1.weight': 'output head (unembedding)',
      'final_layer.linear.weight': 'output head (unembedding)',
      pos_embed: 'position table',
      't_embedder.mlp.0.weight': 'conditioning embedding',
      'x_embedder.proj.weight': 'stem: reads raw input',
      'y_embedder.embedding_table.weight': 'conditioning embedding',
    });
  });

  const transformer = {
    'attn1.to_q': [H, H],
    'attn1.to_k': [H, H],
    'attn1.to_v': [H, H],
    'attn1.to_out.0': [H, H],
    'attn2.to_q': [H, H],
    'attn2.to_k': [H, 12],
    'attn2.to_v': [H, 12],
    'attn2.to_out.0': [H, H],
    'ff.net.0.proj': [64, H],
    'ff.net.2': [H, 32],
  };

  it('UNet2DConditionModel (diffusers): in the order of execution', () => {
    const resnet = (from: number, to: number): Shapes => ({
      conv1: [to, from, 3, 3],
      conv2: [to, to, 3, 3],
      time_emb_proj: [to, 20],
      ...(from === to ? {} : { conv_shortcut: [to, from, 1, 1] }),
    });
    const attention = {
      proj_in: [H, H, 1, 1],
      proj_out: [H, H, 1, 1],
      ...weightsInside('transformer_blocks.0.', transformer),
    };
    const shapes = {
      ...weights('up_blocks.0.resnets.0.', resnet(16, 8)),
      ...weights('up_blocks.0.upsamplers.0.', { conv: [8, 8, 3, 3] }),
      ...weights('mid_block.resnets.0.', resnet(8, 8)),
      ...weights('mid_block.attentions.0.', attention),
      ...weights('mid_block.resnets.1.', resnet(8, 8)),
      ...weights('down_blocks.0.resnets.0.', resnet(8, 8)),
      ...weights('down_blocks.0.attentions.0.', attention),
      ...weights('down_blocks.0.resnets.1.', resnet(8, 8)),
      ...weights('down_blocks.0.attentions.1.', attention),
      ...weights('down_blocks.0.downsamplers.0.', { conv: [8, 8, 3, 3] }),
      ...weights('', { conv_in: [8, 4, 3, 3], conv_out: [4, 8, 3, 3] }),
      ...weights('time_embedding.', { linear_1: [20, 8], linear_2: [20, 20] }),
    };
    const network = networkOf(shapes);
    const block = ({ name }: { name: string }): string =>
      /^.*(resnets|attentions|samplers)\.\d(\.transformer_blocks\.\d|\.proj_\w+)?/.exec(name)![0];
    expect(network.architecture).toBe('diffusers_unet');
    const inside = (at: string): string[] => [
      `${at}.proj_in`,
      `${at}.transformer_blocks.0`,
      `${at}.proj_out`,
    ];
    expect([...new Set(network.projections.map(block))]).toEqual([
      'down_blocks.0.resnets.0',
      ...inside('down_blocks.0.attentions.0'),
      'down_blocks.0.resnets.1',
      ...inside('down_blocks.0.attentions.1'),
      'down_blocks.0.downsamplers.0',
      'mid_block.resnets.0',
      ...inside('mid_block.attentions.0'),
      'mid_block.resnets.1',
      'up_blocks.0.resnets.0',
      'up_blocks.0.upsamplers.0',
    ]);
    expect(lines(network).filter((line) => line.startsWith('0 '))).toEqual([
      '0 conv.first 8→8 down_blocks.0.resnets.0.conv1 8x8x9: block 0 input → block 0 convolutions middle',
      '0 conditioning 20→8 down_blocks.0.resnets.0.time_emb_proj 8x20: time embedding → block 0 convolutions middle',
      '0 conv.inner 8→8 down_blocks.0.resnets.0.conv2 8x8x9: block 0 convolutions middle → block 1 input',
    ]);
    // GEGLU: value and gate of 32; the context of cross-attention is one layer for the whole model.
    expect(
      lines(network)
        .filter((line) => line.startsWith('2 '))
        .map((line) => line.replace(/^(2 \S+ \S+) .*: /, '$1: ')),
    ).toEqual([
      '2 attention.qkv 8→24: block 2 input → block 2 attention heads, block 2 attention heads @8, block 2 attention heads @16',
      '2 attention.out 8→8: block 2 attention heads → block 2 cross-attention input',
      '2 cross_attention.q 8→8: block 2 cross-attention input → block 2 cross-attention heads',
      '2 cross_attention.kv 12→16: context → block 2 cross-attention heads, block 2 cross-attention heads @8',
      '2 cross_attention.out 8→8: block 2 cross-attention heads → block 2 MLP input',
      '2 mlp.up 8→64: block 2 MLP input → block 2 MLP hidden, block 2 MLP hidden @32',
      '2 mlp.down 32→8: block 2 MLP hidden → block 3 input',
    ]);
    expect(Object.keys(reasons(network))).toEqual([
      'conv_in.weight',
      'conv_out.weight',
      'time_embedding.linear_1.weight',
      'time_embedding.linear_2.weight',
    ]);
  });

  it('a transformer of diffusers (PixArt) has the same blocks without the convolutions', () => {
    expect(networkOf(repeat(2, weights('transformer_blocks.#.', transformer)))).toMatchObject({
      architecture: 'diffusers_transformer',
      blocks: 2,
    });
  });
});

function weightsInside(prefix: string, shapes: Shapes): Shapes {
  return Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [prefix + name, shape]));
}
