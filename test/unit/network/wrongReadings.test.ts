/** Tensors of unknown architectures that look like layers of other kinds: each is read right, or left out and named. */
import { describe, expect, it } from 'vitest';
import type { Network } from '../../../src/core/network/types';
import { lines, networkOf, reasons, repeat, type Shapes } from './support';

const read = (network: Network): string[] => lines(network).map((line) => line.split(': ')[0]!);
const codes = ({ skipped }: Network): Record<string, string> =>
  Object.fromEntries(skipped.map(({ tensor, reason }) => [tensor, reason.code]));
/** A layer of torch.nn with its bias. */
const biased = (name: string, shape: readonly number[], outputs = shape[0]!): Shapes => ({
  [`${name}.weight`]: shape,
  [`${name}.bias`]: [outputs],
});

describe('tensors of three dimensions', () => {
  it.each([
    ['bil', [8, 24, 24]],
    ['bilinear', [64, 96, 96]],
    ['interaction', [8, 24, 24]],
    ['score.biaffine', [6, 16, 7]],
  ])('of a bilinear layer %s are no convolution', (name, shape) => {
    const network = networkOf({
      ...biased('fc1', [24, 16]),
      ...biased(name, shape),
      ...biased('fc2', [8, 24]),
    });
    expect(codes(network)[`${name}.weight`]).toBe('three-dimensions');
    expect(network.warnings.map(({ code }) => code)).toContain('weights-left-out');
    expect(network.projections).toHaveLength(2);
  });

  it('of relations are no convolution', () => {
    const network = networkOf({
      'conv1.weight': [40, 32, 16],
      'conv1.root': [32, 16],
      'conv1.bias': [16],
      ...biased('lin', [16, 32]),
    });
    expect(codes(network)['conv1.weight']).toBe('three-dimensions');
  });

  it('in a sequence are convolutions', () => {
    const network = networkOf({ ...biased('net.0', [32, 8, 5]), ...biased('net.2', [64, 32, 4]) });
    expect(read(network)).toEqual(['0 conv.inner 8→32 net.0 32x8x5', '1 conv.inner 32→64 net.2 64x32x4']);
  });
});

describe('tables', () => {
  const around = { ...biased('encoder.0', [64, 80]), ...biased('decoder.0', [80, 64]) };
  it.each([
    ['_vq_vae._embedding.weight', 'looked-up'],
    ['codebook.weight', 'looked-up'],
    ['rvq.layers.0._codebook.embed', 'looked-up'],
    ['rvq.layers.0._codebook.embed_avg', 'looked-up'],
    ['quantize.embed', 'token-embedding'],
    ['embed_user_MLP.weight', 'looked-up'],
    ['item_factors.weight', 'looked-up'],
    ['emb_l.0.weight', 'looked-up'],
    ['latents', 'table-or-head'],
    ['memory', 'table-or-head'],
    ['queue', 'table-or-head'],
  ])('%s is none of the layers', (name, code) => {
    const network = networkOf({ ...around, [name]: [200, 64] });
    expect(codes(network)[name]).toBe(code);
    expect(network.projections).toHaveLength(2);
  });

  it('have no biases, and are not named after what reads them', () => {
    const names = ['embed_a', 'embedding_proj', 'emb_layers.1'];
    const network = networkOf({
      ...around,
      ...biased('embed_a', [200, 64]),
      'embedding_proj.weight': [200, 64],
      ...biased('emb_layers.1', [200, 64]),
    });
    for (const name of names) expect(read(network).some((line) => line.includes(name))).toBe(true);
  });
});

describe('weights that are drawn anew in every pass', () => {
  it.each([
    ['weight_mu', 'weight_sigma', 'weight_epsilon'],
    ['weight_mu', 'weight_rho', 'weight_eps'],
    ['mu_weight', 'rho_weight', 'eps_weight'],
  ])('are read by their mean: %s, %s', (mean, spread, noise) => {
    const layer = { [`l.0.${mean}`]: [8, 4], [`l.0.${spread}`]: [8, 4], [`l.0.${noise}`]: [8, 4] };
    const network = networkOf({ ...layer, 'l.0.bias_mu': [8] });
    expect(network.projections.map(({ parts }) => parts[0]!.tensor)).toEqual([`l.0.${mean}`]);
    expect(codes(network)).toMatchObject({ [`l.0.${spread}`]: 'factor', [`l.0.${noise}`]: 'factor' });
  });
});

describe('layers before an image', () => {
  const decoder = { ...biased('decoder.0', [64, 32, 4, 4], 32), ...biased('decoder.2', [32, 1, 4, 4], 1) };
  it('are layers, although they are long', () => {
    const network = networkOf({ ...biased('to_image', [3136, 128]), ...biased('mu', [20, 128]), ...decoder });
    expect(read(network)).toContain('linear 128→3136 to_image 3136x128');
  });

  it('are layers in a generator, whatever their name is', () => {
    const network = networkOf({
      ...biased('fc', [2048, 64]),
      'deconv1.weight': [128, 64, 4, 4],
      'deconv2.weight': [64, 32, 4, 4],
      'deconv3.weight': [32, 3, 4, 4],
    });
    expect(read(network)).toEqual(
      [
        'linear 64→2048 fc 2048x64',
        'conv.transposed 128→64 in-out deconv1 128x64x16',
        'conv.transposed 64→32 in-out deconv2 64x32x16',
        'conv.transposed 32→3 in-out deconv3 32x3x16',
      ].sort((a, b) => Number(a.startsWith('linear')) - Number(b.startsWith('linear'))),
    );
  });

  it('are not the heads of classifiers', () => {
    const network = networkOf({
      'conv1.weight': [40, 3, 3, 3],
      'conv2.weight': [64, 40, 3, 3],
      ...biased('fc', [1000, 64]),
    });
    expect(codes(network)).toMatchObject({ 'fc.weight': 'output-head' });
  });
});

describe('convolutions with groups', () => {
  const widening = {
    ...{ 'first.weight': [32, 3, 3, 3], 'a.0.weight': [64, 8, 3, 3], 'a.1.weight': [64] },
    ...{
      'a.3.weight': [128, 8, 3, 3],
      'a.4.weight': [128],
      'b.weight': [64, 128, 1, 1],
      'c.weight': [128, 32, 3, 3],
    },
  };
  it('that widen are read by the channels before them, or left out', () => {
    const network = networkOf(widening);
    expect(read(network)).toEqual(['0 conv.inner 64→128 a.3 128x8x9/8', 'conv.inner 128→64 b 64x128']);
    expect(codes(network)).toMatchObject({ 'a.0.weight': 'channel-groups', 'c.weight': 'channel-groups' });
    expect(network.warnings.map(({ code }) => code)).toContain('weights-left-out');
    expect(reasons(network)['a.0.weight']).toBe(
      'a convolution whose channel groups cannot be read from its name and shape',
    );
  });

  it('of one column are depthwise or left out where another convolution reads colors', () => {
    const network = networkOf({
      'conv1.weight': [16, 3, 3, 3],
      'dw1.weight': [32, 1, 3, 3],
      'pw1.weight': [32, 32, 1, 1],
    });
    expect(codes(network)).toEqual({ 'conv1.weight': 'stem', 'dw1.weight': 'channel-groups' });
  });

  it('that write each channel several times read as many as are before them', () => {
    const block = {
      'blocks.#.a.weight': [16, 16, 1, 1],
      'blocks.#.b.weight': [32, 1, 5, 5],
      'blocks.#.c.weight': [16, 48, 1, 1],
    };
    expect(read(networkOf(repeat(2, block))).filter((line) => line.includes('.b '))).toEqual([
      '0 conv.inner 16→32 blocks.0.b 32x1x25/16',
      '1 conv.inner 16→32 blocks.1.b 32x1x25/16',
    ]);
  });

  it('of gated units are left out: nothing tells them from two groups', () => {
    const network = networkOf({
      ...biased('net.0', [64, 32, 3]),
      ...biased('net.2', [64, 32, 3]),
      ...biased('net.4', [8, 32, 1]),
    });
    expect(codes(network)['net.2.weight']).toBe('channel-groups');
  });

  it('does not take several widths before a kernel for groups', () => {
    // Branches that read the same input, and what reads both of them.
    const mix = {
      ...{ 'mix.#.b1.weight': [16, 64, 1, 1], 'mix.#.b2a.weight': [24, 64, 1, 1] },
      ...{ 'mix.#.b2b.weight': [48, 24, 3, 3], 'mix.#.b3.weight': [64, 64, 3, 3] },
    };
    const network = networkOf({ 'stem.weight': [64, 3, 3, 3], ...repeat(2, mix) });
    expect(network.projections.flatMap(({ parts }) => parts.map(({ groups }) => groups))).toEqual(
      Array<number>(8).fill(1),
    );
  });
});

describe('parts of a model', () => {
  const order = (names: readonly string[]): string[] => {
    const shapes = Object.assign({}, ...names.map((name) => biased(name, [16, 16]))) as Shapes;
    const network = networkOf(shapes);
    return network.projections.map(({ parts }) => parts[0]!.tensor.replace('.weight', ''));
  };
  it.each([
    [['G.0', 'G.2', 'D.0', 'D.2']],
    [['encoder.0', 'encoder.2', 'fc_mu', 'decoder_input', 'decoder.0', 'decoder.2', 'final_layer.0']],
    [['_encoder._conv_1', '_decoder._conv_1']],
    [['init.0', 'down_0.0', 'down_1.0', 'bottom.0', 'up_0.0', 'final']],
    [['down.0', 'down.1', 'mid.0', 'up.0', 'up.1', 'last']],
    [['head.0', 'body.0', 'body.2', 'tail.0', 'tail.2']],
    [['backbone.0', 'backbone.2', 'neck.0', 'neck.2', 'heads.0', 'heads.2']],
    [['features.0', 'features.2', 'advantage.0', 'advantage.2', 'value.0', 'value.2']],
  ])('follow each other in order of execution, not of the alphabet: %j', (names) => {
    expect(order(names)).toEqual(names.filter((name) => !name.startsWith('head.')));
    expect(order([...names].reverse())).toEqual(order(names));
  });
});
