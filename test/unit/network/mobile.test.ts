/** Inverted bottlenecks, densely connected layers and mixers, in the names of the public code named beside each. */
import { describe, expect, it } from 'vitest';
import type { Network } from '../../../src/core/network/types';
import { expectSound, lines, networkOf, reasons, repeat, sketch, weights, type Shapes } from './support';

const rolesOf = (network: Network): string[] =>
  network.projections.map(({ block, role, sources, targets }) => `${block} ${role} ${sources}→${targets}`);

describe('EfficientNet', () => {
  /** Widths 8 and 12; the first block does not widen. */
  const timm = weights('', {
    conv_stem: [8, 3, 3, 3],
    'blocks.0.0.conv_dw': [8, 1, 3, 3],
    'blocks.0.0.se.conv_reduce': [2, 8, 1, 1],
    'blocks.0.0.se.conv_expand': [8, 2, 1, 1],
    'blocks.0.0.conv_pw': [8, 8, 1, 1],
    'blocks.1.0.conv_pw': [48, 8, 1, 1],
    'blocks.1.0.conv_dw': [48, 1, 5, 5],
    'blocks.1.0.se.conv_reduce': [2, 48, 1, 1],
    'blocks.1.0.se.conv_expand': [48, 2, 1, 1],
    'blocks.1.0.conv_pwl': [12, 48, 1, 1],
    conv_head: [64, 12, 1, 1],
    classifier: [10, 64],
  });
  const torchvision = weights('', {
    'features.0.0': [8, 3, 3, 3],
    'features.1.0.block.0.0': [8, 1, 3, 3],
    'features.1.0.block.1.fc1': [2, 8, 1, 1],
    'features.1.0.block.1.fc2': [8, 2, 1, 1],
    'features.1.0.block.2.0': [8, 8, 1, 1],
    'features.2.0.block.0.0': [48, 8, 1, 1],
    'features.2.0.block.1.0': [48, 1, 5, 5],
    'features.2.0.block.2.fc1': [2, 48, 1, 1],
    'features.2.0.block.2.fc2': [48, 2, 1, 1],
    'features.2.0.block.3.0': [12, 48, 1, 1],
    'features.3.0': [64, 12, 1, 1],
    'classifier.1': [10, 64],
  });
  const hf = weights('efficientnet.encoder.', {
    'blocks.0.depthwise_conv.depthwise_conv': [8, 1, 3, 3],
    'blocks.0.squeeze_excite.reduce': [2, 8, 1, 1],
    'blocks.0.squeeze_excite.expand': [8, 2, 1, 1],
    'blocks.0.projection.project_conv': [8, 8, 1, 1],
    'blocks.1.expansion.expand_conv': [48, 8, 1, 1],
    'blocks.1.depthwise_conv.depthwise_conv': [48, 1, 5, 5],
    'blocks.1.projection.project_conv': [12, 48, 1, 1],
    top_conv: [64, 12, 1, 1],
  });
  const port = weights('', {
    _conv_stem: [8, 3, 3, 3],
    '_blocks.0._depthwise_conv': [8, 1, 3, 3],
    '_blocks.0._se_reduce': [2, 8, 1, 1],
    '_blocks.0._project_conv': [8, 8, 1, 1],
    '_blocks.1._expand_conv': [48, 8, 1, 1],
    '_blocks.1._depthwise_conv': [48, 1, 5, 5],
    '_blocks.1._project_conv': [12, 48, 1, 1],
    _conv_head: [64, 12, 1, 1],
    _fc: [10, 64],
  });

  it.each([
    ["timm's _efficientnet_blocks.py", timm],
    ["torchvision's efficientnet.py", torchvision],
    ['modeling_efficientnet.py', hf],
    ['the port of lukemelas', port],
  ])('%s: the same network', (_name, shapes) => {
    const network = networkOf(shapes);
    expectSound(network, shapes);
    expect(network).toMatchObject({ architecture: 'efficientnet', blocks: 2, warnings: [] });
    expect(rolesOf(network)).toEqual([
      '0 conv.depthwise 8→8',
      '0 conv.inner 8→8',
      '1 conv.first 8→48',
      '1 conv.depthwise 48→48',
      '1 conv.inner 48→12',
    ]);
    expect(network.projections.map(({ sampling }) => sampling)).toEqual(
      networkOf(timm).projections.map(({ sampling }) => sampling),
    );
    const expected = [
      'stem: reads raw input',
      'squeeze and excitation: weighs channels',
      'output head (unembedding)',
    ];
    for (const reason of Object.values(reasons(network))) expect(expected).toContain(reason);
  });

  it('MobileNet V3 (mobilenetv3.py): without squeezing, numbers of modules mean other layers', () => {
    const network = networkOf(
      weights('', {
        'features.0.0': [8, 3, 3, 3],
        'features.1.block.0.0': [8, 1, 3, 3],
        'features.1.block.1.0': [8, 8, 1, 1],
        'features.2.block.0.0': [32, 8, 1, 1],
        'features.2.block.1.0': [32, 1, 3, 3],
        'features.2.block.2.0': [12, 32, 1, 1],
        'features.3.0': [64, 12, 1, 1],
      }),
    );
    expect(rolesOf(network)).toEqual([
      '0 conv.depthwise 8→8',
      '0 conv.inner 8→8',
      '1 conv.first 8→32',
      '1 conv.depthwise 32→32',
      '1 conv.inner 32→12',
    ]);
  });

  it('MobileNet V2 (mobilenetv2.py) and EfficientNet V2, whose first blocks join both in one kernel', () => {
    const v2 = weights('', {
      'features.0.0': [8, 3, 3, 3],
      'features.1.conv.0.0': [8, 1, 3, 3],
      'features.1.conv.1': [8, 8, 1, 1],
      'features.2.conv.0.0': [32, 8, 1, 1],
      'features.2.conv.1.0': [32, 1, 3, 3],
      'features.2.conv.2': [12, 32, 1, 1],
      'features.3.0': [64, 12, 1, 1],
    });
    expect(rolesOf(networkOf(v2))).toHaveLength(5);
    const fused = weights('', {
      'features.1.0.block.0.0': [8, 8, 3, 3],
      'features.2.0.block.0.0': [32, 8, 3, 3],
      'features.2.0.block.1.0': [12, 32, 1, 1],
    });
    expect(rolesOf(networkOf(fused))).toEqual([
      '0 conv.inner 8→8',
      '1 conv.first 8→32',
      '1 conv.inner 32→12',
    ]);
  });
});

it("DenseNet (torchvision's densenet.py): layers by their number, transitions between blocks", () => {
  const layer = (block: number, number: number, from: number): Shapes =>
    weights(`features.denseblock${block}.denselayer${number}.`, {
      norm1: [from],
      conv1: [16, from, 1, 1],
      conv2: [4, 16, 3, 3],
    });
  const shapes = {
    'features.conv0.weight': [8, 3, 7, 7],
    ...layer(1, 1, 8),
    ...layer(1, 2, 12),
    'features.transition1.conv.weight': [8, 16, 1, 1],
    ...layer(2, 1, 8),
    'classifier.weight': [10, 12],
  };
  const network = networkOf(shapes);
  expectSound(network, shapes);
  expect(network).toMatchObject({ architecture: 'densenet', blocks: 4, warnings: [] });
  expect(rolesOf(network)).toEqual([
    '0 conv.first 8→16',
    '0 conv.inner 16→4',
    '1 conv.first 12→16',
    '1 conv.inner 16→4',
    '2 resample 16→8',
    '3 conv.first 8→16',
    '3 conv.inner 16→4',
  ]);
  expect(reasons(network)).toMatchObject({
    'features.conv0.weight': 'stem: reads raw input',
    'classifier.weight': 'output head (unembedding)',
  });
});

it("MLP-Mixer (timm's mlp_mixer.py): patches, then channels", () => {
  const network = networkOf({
    ...repeat(
      2,
      weights('blocks.#.', {
        'mlp_tokens.fc1': [10, 16],
        'mlp_tokens.fc2': [16, 10],
        'mlp_channels.fc1': [32, 8],
        'mlp_channels.fc2': [8, 32],
      }),
    ),
    'stem.proj.weight': [8, 3, 4, 4],
    'head.weight': [10, 8],
  });
  expect(network).toMatchObject({ architecture: 'mlp_mixer', blocks: 2, warnings: [] });
  expect(sketch(network)).toEqual([
    'mlp.up 16→10 fc1 10x16: token MLP patches → token MLP hidden',
    'mlp.down 10→16 fc2 16x10: token MLP hidden → token MLP patches',
    'mlp.up 8→32 fc1 32x8: MLP input → MLP hidden',
    'mlp.down 32→8 fc2 8x32: MLP hidden → next',
  ]);
});

describe('MobileViT', () => {
  const attention = (names: readonly string[]): Shapes =>
    Object.fromEntries(names.map((name) => [name, [12, 12]]));
  const hf = weights('mobilevit.', {
    'conv_stem.convolution': [8, 3, 3, 3],
    'encoder.layer.0.layer.0.expand_1x1.convolution': [32, 8, 1, 1],
    'encoder.layer.0.layer.0.conv_3x3.convolution': [32, 1, 3, 3],
    'encoder.layer.0.layer.0.reduce_1x1.convolution': [8, 32, 1, 1],
    'encoder.layer.1.conv_kxk.convolution': [8, 8, 3, 3],
    'encoder.layer.1.conv_1x1.convolution': [12, 8, 1, 1],
    ...repeat(2, {
      ...attention(
        ['attention.query', 'attention.key', 'attention.value', 'output.dense'].map(
          (name) => `encoder.layer.1.transformer.layer.#.attention.${name}`,
        ),
      ),
      'encoder.layer.1.transformer.layer.#.intermediate.dense': [24, 12],
      'encoder.layer.1.transformer.layer.#.output.dense': [12, 24],
    }),
    'encoder.layer.1.conv_projection.convolution': [8, 12, 1, 1],
    'encoder.layer.1.fusion.convolution': [8, 16, 3, 3],
    'conv_1x1_exp.convolution': [32, 8, 1, 1],
  });
  const timm = weights('', {
    'stem.conv': [8, 3, 3, 3],
    'stages.0.0.conv1_1x1.conv': [32, 8, 1, 1],
    'stages.0.0.conv2_kxk.conv': [32, 1, 3, 3],
    'stages.0.0.conv3_1x1.conv': [8, 32, 1, 1],
    'stages.1.1.conv_kxk.conv': [8, 8, 3, 3],
    'stages.1.1.conv_1x1': [12, 8, 1, 1],
    ...repeat(2, {
      'stages.1.1.transformer.#.attn.qkv': [36, 12],
      'stages.1.1.transformer.#.attn.proj': [12, 12],
      'stages.1.1.transformer.#.mlp.fc1': [24, 12],
      'stages.1.1.transformer.#.mlp.fc2': [12, 24],
    }),
    'stages.1.1.conv_proj.conv': [8, 12, 1, 1],
    'stages.1.1.conv_fusion.conv': [8, 16, 3, 3],
    'final_conv.conv': [32, 8, 1, 1],
  });

  it.each([
    ['modeling_mobilevit.py', hf],
    ["timm's mobilevit.py", timm],
  ])('%s: bottlenecks, then attention between convolutions', (_name, shapes) => {
    const network = networkOf(shapes);
    expectSound(network, shapes);
    expect(network).toMatchObject({ architecture: 'mobilevit', blocks: 5, warnings: [] });
    expect(rolesOf(network)).toEqual([
      '0 conv.first 8→32',
      '0 conv.depthwise 32→32',
      '0 conv.inner 32→8',
      '1 conv.inner 8→8',
      '1 conv.inner 8→12',
      ...[2, 3].flatMap((block) => [
        `${block} attention.qkv 12→36`,
        `${block} attention.out 12→12`,
        `${block} mlp.up 12→24`,
        `${block} mlp.down 24→12`,
      ]),
      '4 conv.inner 12→8',
      '4 conv.inner 16→8',
    ]);
    for (const reason of Object.values(reasons(network)))
      expect(['stem: reads raw input', 'output head (unembedding)']).toContain(reason);
  });
});

describe('a Q-Former', () => {
  const H = 8;
  const block = (attention: string, cross: boolean, text: boolean): Shapes =>
    weights('', {
      ...Object.fromEntries(
        ['query', 'key', 'value'].map((name) => [`attention.${attention}.${name}`, [H, H]]),
      ),
      'attention.output.dense': [H, H],
      ...(cross
        ? {
            [`crossattention.${attention}.query`]: [H, H],
            [`crossattention.${attention}.key`]: [H, 12],
            [`crossattention.${attention}.value`]: [H, 12],
            'crossattention.output.dense': [H, H],
          }
        : {}),
      ...(text ? { 'intermediate.dense': [32, H], 'output.dense': [H, 32] } : {}),
      'intermediate_query.dense': [32, H],
      'output_query.dense': [H, 32],
    });
  const under = (prefix: string, shapes: Shapes): Shapes =>
    Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [prefix + name, shape]));

  it.each([
    ['LAVIS (Qformer.py)', 'Qformer.bert.encoder.layer', 'self', true],
    ['modeling_blip_2.py', 'qformer.encoder.layer', 'attention', false],
  ])(
    '%s: every other block reads the picture too; queries have an MLP of their own',
    (_name, path, attention, text) => {
      const shapes = {
        ...under(`${path}.0.`, block(attention, true, text)),
        ...under(`${path}.1.`, block(attention, false, text)),
      };
      const network = networkOf(shapes);
      expectSound(network, shapes);
      expect(network).toMatchObject({ architecture: 'qformer', blocks: 2, warnings: [] });
      const mlps = text ? ['mlp.up', 'mlp.down', 'mlp.up', 'mlp.down'] : ['mlp.up', 'mlp.down'];
      const self = ['attention.qkv', 'attention.out'];
      const cross = ['cross_attention.q', 'cross_attention.kv', 'cross_attention.out'];
      expect(network.projections.map(({ role }) => role)).toEqual([
        ...self,
        ...cross,
        ...mlps,
        ...self,
        ...mlps,
      ]);
      expect(lines(network)[3]).toContain(': context →');
    },
  );

  it('is no other name for BERT', () => {
    const bert = Object.fromEntries(
      Object.entries(block('self', false, true)).filter(
        ([name]) => !name.includes('query.dense') && !name.includes('_query'),
      ),
    );
    expect(networkOf(repeat(2, under('bert.encoder.layer.#.', bert))).architecture).toBe('bert');
  });
});
