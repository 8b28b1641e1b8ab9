/** Convolutional networks. Names and shapes: the public model definitions named beside each. */
import {
  family,
  separate,
  stack,
  step,
  unit,
  type Channels,
  type Family,
  type Step,
  type Weights,
} from '../family';

const FREE = { width: 'free' } as const;
/** Numbers begin at 1. */
const REGNET = { ...FREE, gaps: true } as const;

function conv(tensor: string, from: string, to: string, channels: Channels = 'grouped'): Step {
  return step('conv.inner', from, [separate([tensor], to)], { channels });
}

/** The first convolution and the shortcut read the same activations: one projection. */
function first(tensor: string, shortcuts: readonly string[]): Step {
  const withShortcut = shortcuts.map((shortcut): Weights =>
    separate([tensor, shortcut], ['middle', 'output']),
  );
  return step('conv.first', 'input', [...withShortcut, separate([tensor], 'middle')]);
}

/** A bottleneck of three convolutions, or a basic block of two; the second may be grouped (ResNeXt, RegNet). */
function residual(tensors: readonly [string, string, string], shortcuts: readonly string[], last?: string) {
  const [one, two, three] = tensors;
  const bottleneck = (end: string): Step[] => [
    first(one, shortcuts),
    conv(two, 'middle', 'inner'),
    conv(end, 'inner', 'output'),
  ];
  return unit('convolutions', [
    ...(last === undefined ? [] : [bottleneck(last)]),
    bottleneck(three),
    [first(one, shortcuts), conv(two, 'middle', 'output')],
  ]);
}

/** torchvision's and timm's `resnet.py`, `regnet.py`; `modeling_resnet.py`, `modeling_regnet.py`. */
const RESNET = family('resnet', [
  stack('layer#.#', [[residual(['conv1', 'conv2', 'conv3'], ['downsample.0', 'downsample.1'])]], FREE),
  stack(
    'stages.#.layers.#',
    [
      [
        residual(
          ['layer.0.convolution', 'layer.1.convolution', 'layer.2.convolution'],
          ['shortcut.convolution'],
          'layer.3.convolution', // 2 weighs the channels
        ),
      ],
    ],
    FREE,
  ),
  stack('s#.b#', [[residual(['conv1.conv', 'conv2.conv', 'conv3.conv'], ['downsample.conv'])]], REGNET),
  stack('trunk_output.block#.block#-#', [[residual(['f.a.0', 'f.b.0', 'f.c.0'], ['proj.0'])]], REGNET),
]);

/** A depthwise kernel joins every channel to itself; two linear layers follow. */
function convNext(depthwise: string, up: string, down: string) {
  return unit('block', [
    [
      step('conv.depthwise', 'input', [separate([depthwise], 'input')], { channels: 'depthwise' }),
      step('mlp.up', 'input', [separate([up], 'hidden')]),
      step('mlp.down', 'hidden', [separate([down], 'output')]),
    ],
  ]);
}

function downsampling(tensor: string) {
  return unit('downsampling', [[step('resample', 'input', [separate([tensor], 'output')])]]);
}

const BETWEEN = { width: 'free', between: true, companion: true } as const;
const STAGE = { width: 'block' } as const;

/** `modeling_convnext.py`; timm's, torchvision's and the authors' `convnext.py`. */
const CONVNEXT = family(
  'convnext',
  [
    stack('stages.#.layers.#', [[convNext('dwconv', 'pwconv1', 'pwconv2')]], STAGE),
    stack('stages.#.blocks.#', [[convNext('conv_dw', 'mlp.fc1', 'mlp.fc2')]], STAGE),
    stack('stages.#.#', [[convNext('dwconv', 'pwconv1', 'pwconv2')]], STAGE),
    stack('features.#.#', [[convNext('block.0', 'block.3', 'block.5')]], STAGE),
    stack('stages.#', [[downsampling('downsampling_layer.1')]], BETWEEN),
    stack('stages.#', [[downsampling('downsample.1')]], BETWEEN),
    stack('downsample_layers.#', [[downsampling('1')]], BETWEEN),
    stack('features.#', [[downsampling('1')]], { width: 'free', gaps: true, companion: true }),
  ],
  ['convnext', 'convnextv2'],
);

const twice = (from: string, path = '') => [
  conv(`${path}double_conv.0`, from, 'middle', 'plain'),
  conv(`${path}double_conv.3`, 'middle', 'output', 'plain'),
];

/** U-Net of Ronneberger et al. as in the widely used PyTorch-UNet (`unet_parts.py`): `up` is a transposed kernel. */
const UNET = family('unet', [
  // The first convolution reads the image.
  stack('inc', [[unit('convolutions', [[conv('double_conv.3', 'input', 'output', 'plain')]])]], FREE),
  stack('down#.maxpool_conv.1', [[unit('convolutions', [twice('input')])]], {
    ...FREE,
    phase: 1,
    gaps: true,
  }),
  stack(
    'up#',
    [
      [
        unit(
          'upsampling',
          [[step('conv.transposed', 'input', [separate(['up'], 'output')], { channels: 'transposed' })]],
          { optional: true },
        ),
      ],
      // Reads what was upsampled together with what the other half passes on.
      [unit('convolutions', [twice('input', 'conv.')])],
    ],
    { ...FREE, phase: 2, gaps: true },
  ),
]);

export const CONVOLUTIONAL: readonly Family[] = [RESNET, CONVNEXT, UNET];
