/** Small convolutional networks of inverted bottlenecks, alone or with transformers between. Definitions beside each. */
import {
  family,
  separate,
  stack,
  step,
  unit,
  type Family,
  type Stack,
  type Step,
  type Unit,
} from '../family';
import { attention, fusedQkv, mlp, qkv, ungated } from './transformer';

const FREE = { width: 'free', gaps: true } as const;

const depthwise = (tensor: string, layer: string): Step =>
  step('conv.depthwise', layer, [separate([tensor], layer)], { channels: 'depthwise' });
const expansion = (tensor: string): Step => step('conv.first', 'input', [separate([tensor], 'hidden')]);
const projection = (tensor: string, from: string): Step =>
  step('conv.inner', from, [separate([tensor], 'output')]);

/** Wide between narrow: 1×1, depthwise, 1×1. */
const inverted = (one: string, kernel: string, two: string): Step[] => [
  expansion(one),
  depthwise(kernel, 'hidden'),
  projection(two, 'hidden'),
];
/** The same without widening first. */
const separable = (kernel: string, two: string): Step[] => [
  depthwise(kernel, 'input'),
  projection(two, 'input'),
];
/** The first two in one kernel (EfficientNet V2). */
const joined = (one: string, two: string): Step[] => [expansion(one), projection(two, 'hidden')];

const bottleneck = (...variants: (readonly Step[])[]): Unit => unit('convolutions', variants);

/** torchvision's Sequential: its numbers depend on which layers there are; what is depthwise has one column. */
function sequential(path: string, last: (index: number) => string): Unit {
  const at = (index: number): string => `${path}.${index}.0`;
  const end = (index: number): string => `${path}.${last(index)}`;
  return bottleneck(
    inverted(at(0), at(1), end(3)), // 2 weighs the channels
    inverted(at(0), at(1), end(2)),
    separable(at(0), end(2)), // 1 weighs the channels
    separable(at(0), end(1)),
    joined(at(0), end(1)),
    [step('conv.inner', 'input', [separate([at(0)], 'output')])],
  );
}

/**
 * EfficientNet, EfficientNet V2, MobileNet V2 and V3: timm's `_efficientnet_blocks.py`; torchvision's `efficientnet.py`,
 * `mobilenetv2.py`, `mobilenetv3.py`; `modeling_efficientnet.py`; the port of lukemelas, `model.py`.
 */
const EFFICIENTNET = family(
  'efficientnet',
  [
    stack(
      'blocks.#.#',
      [
        [
          bottleneck(
            inverted('conv_pw', 'conv_dw', 'conv_pwl'),
            separable('conv_dw', 'conv_pw'),
            joined('conv_exp', 'conv_pwl'),
          ),
        ],
      ],
      FREE,
    ),
    stack('features.#.#', [[sequential('block', (index) => `${index}.0`)]], FREE),
    stack('features.#', [[sequential('block', (index) => `${index}.0`)]], FREE),
    stack('features.#', [[sequential('conv', String)]], FREE),
    stack(
      'encoder.blocks.#',
      [
        [
          bottleneck(
            inverted('expansion.expand_conv', 'depthwise_conv.depthwise_conv', 'projection.project_conv'),
            separable('depthwise_conv.depthwise_conv', 'projection.project_conv'),
          ),
        ],
      ],
      FREE,
    ),
    stack(
      '_blocks.#',
      [
        [
          bottleneck(
            inverted('_expand_conv', '_depthwise_conv', '_project_conv'),
            separable('_depthwise_conv', '_project_conv'),
          ),
        ],
      ],
      FREE,
    ),
  ],
  ['efficientnet', 'mobilenet_v2'],
);

/** Every layer reads what all before it wrote: torchvision's `densenet.py`, and timm's. */
const DENSENET = family('densenet', [
  stack(
    'denseblock#.denselayer#',
    [
      [
        unit('convolutions', [
          [
            step('conv.first', 'input', [separate(['conv1'], 'middle')]),
            step('conv.inner', 'middle', [separate(['conv2'], 'output')]),
          ],
        ]),
      ],
    ],
    FREE,
  ),
  stack(
    'transition#',
    [[unit('transition', [[step('resample', 'input', [separate(['conv'], 'output')])]])]],
    { ...FREE, companion: true },
  ),
]);

/** The first MLP joins patches, the second channels: timm's `mlp_mixer.py`. */
const MIXER = family('mlp_mixer', [
  stack('blocks.#', [
    [
      unit('token MLP', [
        [
          step('mlp.up', 'patches', [separate(['mlp_tokens.fc1'], 'hidden')]),
          step('mlp.down', 'hidden', [separate(['mlp_tokens.fc2'], 'patches')]),
        ],
      ]),
    ],
    [mlp([ungated('mlp_channels.fc1')], ['mlp_channels.fc2'])],
  ]),
]);

const COMPANION = { ...FREE, companion: true } as const;
const convolution = (name: string, tensor: string): readonly Unit[] => [
  unit(name, [[step('conv.inner', 'input', [separate([tensor], 'output')])]]),
];

/** A stage of convolutions around a transformer; the last reads what came in, too. */
function mobileStage(
  stage: string,
  transformer: string,
  names: MobileNames,
  block: Stack['places'],
): Stack[] {
  const [local, entry, exit, fusion] = names;
  return [
    stack(stage, [convolution('local', local), convolution('entry', entry)], COMPANION),
    stack(`${stage}.${transformer}`, block, { width: 'block' }),
    stack(stage, [convolution('exit', exit), convolution('fusion', fusion)], COMPANION),
  ];
}
type MobileNames = readonly [local: string, entry: string, exit: string, fusion: string];

/** Attention among patches between convolutions: `modeling_mobilevit.py`; timm's `mobilevit.py`. */
const MOBILEVIT = family('mobilevit', [
  ...['layer.#.layer.#', 'layer.#.downsampling_layer'].map((path) =>
    stack(
      path,
      [[bottleneck(inverted('expand_1x1.convolution', 'conv_3x3.convolution', 'reduce_1x1.convolution'))]],
      COMPANION,
    ),
  ),
  ...mobileStage(
    'layer.#',
    'transformer.layer.#',
    ['conv_kxk.convolution', 'conv_1x1.convolution', 'conv_projection.convolution', 'fusion.convolution'],
    [
      [
        attention(
          [qkv('attention.attention.query', 'attention.attention.key', 'attention.attention.value')],
          ['attention.output.dense'],
        ),
      ],
      [mlp([ungated('intermediate.dense')], ['output.dense'])],
    ],
  ),
  stack(
    'stages.#.#',
    [[bottleneck(inverted('conv1_1x1.conv', 'conv2_kxk.conv', 'conv3_1x1.conv'))]],
    COMPANION,
  ),
  ...mobileStage(
    'stages.#.#',
    'transformer.#',
    ['conv_kxk.conv', 'conv_1x1', 'conv_proj.conv', 'conv_fusion.conv'],
    [[attention([fusedQkv('attn.qkv', 'in-turn')], ['attn.proj'])], [mlp([ungated('mlp.fc1')], ['mlp.fc2'])]],
  ),
]);

export const MOBILE: readonly Family[] = [EFFICIENTNET, DENSENET, MIXER, MOBILEVIT];
