/** Architectures that no table knows. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../../src/core/network/readNetwork';
import type { Network } from '../../../src/core/network/types';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { expectFault } from '../checkpoint/build';
import {
  expectSound,
  drawLines,
  lines,
  networkOf,
  reasons,
  repeat,
  tensors,
  weights,
  type Shapes,
} from './support';

describe('an unknown transformer', () => {
  const block = {
    'att.wq': [8, 8],
    'att.wk': [4, 8],
    'att.wv': [4, 8],
    'att.wo': [8, 8],
    'ffn.a_up': [32, 8],
    'ffn.b_down': [8, 32],
    'ffn.norm': [8],
  };
  const shapes = {
    ...weights('model.', { emb: [4000, 8], out_head: [4000, 8] }),
    ...repeat(2, weights('model.trunk.#.', block)),
  };
  const network = networkOf(shapes);

  it('joins what reads the same activations, in order of execution and with the layers of a family', () => {
    expect(network).toMatchObject({ architecture: 'generic', blocks: 2 });
    expect(lines(network).slice(0, 5)).toEqual([
      '0 attention.qkv 8→16 model.trunk.0.att.wq 8x8 & model.trunk.0.att.wk 4x8 & model.trunk.0.att.wv 4x8: block 0 input → block 0 attention heads, block 0 attention keys and values @8, block 0 attention keys and values @12',
      '0 attention.out 8→8 model.trunk.0.att.wo 8x8: block 0 attention heads → block 0 MLP input',
      '0 mlp.up 8→32 model.trunk.0.ffn.a_up 32x8: block 0 MLP input → block 0 MLP hidden',
      '0 mlp.down 32→8 model.trunk.0.ffn.b_down 8x32: block 0 MLP hidden → block 1 input',
      '1 attention.qkv 8→16 model.trunk.1.att.wq 8x8 & model.trunk.1.att.wk 4x8 & model.trunk.1.att.wv 4x8: block 1 input → block 1 attention heads, block 1 attention keys and values @8, block 1 attention keys and values @12',
    ]);
    expect(drawLines(network).slice(0, 6)).toEqual([
      'block 0 input 8',
      'block 0 attention heads 8',
      'block 0 attention keys and values 4',
      'block 0 MLP input 8',
      'block 0 MLP hidden 32 ×2',
      'block 1 input 8',
    ]);
  });

  it('leaves out embedding, head and norms', () => {
    expect(reasons(network)).toEqual({
      'model.emb.weight': 'token embedding: connects no two layers of neurons',
      'model.out_head.weight': 'output head (unembedding)',
      'model.trunk.0.ffn.norm.weight': 'normalization',
      'model.trunk.1.ffn.norm.weight': 'normalization',
    });
  });

  it('leaves out tables and heads with other names by their shape', () => {
    const odd = { 'lookup.weight': [4000, 8], 'final.weight': [1203, 8] };
    const reason = 'a table or an output head: one of its sides is not a layer of neurons';
    expect(reasons(networkOf({ ...odd, ...repeat(2, weights('trunk.#.', block)) }))).toMatchObject({
      'lookup.weight': reason,
      'final.weight': reason,
    });
  });

  it('is the same without its prefix and in any order', () => {
    const bare = Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [name.slice('model.'.length), shape]),
    );
    const reversed = Object.fromEntries(Object.entries(bare).reverse());
    const other = networkOf(reversed);
    expect(other.draws).toEqual(network.draws);
    expect(other.projections.map(({ name, sampling }) => [`model.${name}`, sampling])).toEqual(
      network.projections.map(({ name, sampling }) => [name, sampling]),
    );
  });
});

describe('attention', () => {
  it('is one projection where every head has tensors of its own', () => {
    const head = { key: [2, 8], query: [2, 8], value: [2, 8] };
    const network = networkOf(
      repeat(2, {
        ...weights('blocks.#.sa.heads.0.', head),
        ...weights('blocks.#.sa.heads.1.', head),
        ...weights('blocks.#.', { 'sa.proj': [8, 4], 'ffwd.net.0': [32, 8], 'ffwd.net.2': [8, 32] }),
        'blocks.#.sa.heads.0.tril': [16, 16],
      }),
    );
    expect(
      network.projections.slice(0, 4).map(({ role, parts }) => [role, ...parts.map(({ tensor }) => tensor)]),
    ).toEqual([
      [
        'attention.qkv',
        ...['query', 'key', 'value'].flatMap((slot) =>
          [0, 1].map((number) => `blocks.0.sa.heads.${number}.${slot}.weight`),
        ),
      ],
      ['attention.out', 'blocks.0.sa.proj.weight'],
      ['mlp.up', 'blocks.0.ffwd.net.0.weight'],
      ['mlp.down', 'blocks.0.ffwd.net.2.weight'],
    ]);
    expect(reasons(network)['blocks.1.sa.heads.0.tril']).toBe('buffer: attention mask');
  });

  it('is left out where heads are apart in one tensor, [heads, in, size]', () => {
    const network = networkOf(
      repeat(2, {
        'layer_#.attn.query_of_heads.w': [4, 8, 2],
        ...weights('layer_#.', { 'mlp.up': [32, 8], 'mlp.down': [8, 32] }),
      }),
    );
    expect(reasons(network)['layer_0.attn.query_of_heads.w']).toMatch(/^three dimensions/);
    expect(network.warnings).toMatchObject([{ code: 'weights-left-out' }]);
  });

  it('and MLPs that a block has twice have layers of their own', () => {
    const attention = { q_proj: [8, 8], k_proj: [8, 8], v_proj: [8, 8], o_proj: [8, 8] };
    const mlp = { gate_proj: [24, 8], up_proj: [24, 8], down_proj: [8, 24] };
    const network = networkOf(
      repeat(2, {
        ...weights('model.layers.#.self_attn.0.', attention),
        ...weights('model.layers.#.self_attn.1.', attention),
        ...weights('model.layers.#.mlps.0.', mlp),
        ...weights('model.layers.#.mlps.1.', mlp),
      }),
    );
    expect(network).toMatchObject({ architecture: 'generic', blocks: 2 });
    expect(network.projections.slice(0, 8).map(({ role }) => role)).toEqual([
      ...['attention.qkv', 'attention.out', 'attention.qkv', 'attention.out'],
      ...['mlp.up', 'mlp.down', 'mlp.up', 'mlp.down'],
    ]);
    expect(drawLines(network).slice(0, 9)).toEqual([
      'block 0 input 8',
      'block 0 attention heads 8',
      'block 0 attention 2 input 8',
      'block 0 attention 2 heads 8',
      'block 0 MLP input 8',
      'block 0 MLP hidden 24 ×2',
      'block 0 MLP 2 input 8',
      'block 0 MLP 2 hidden 24 ×2',
      'block 1 input 8',
    ]);
  });

  it('is turned as its q, k and v are, where nothing else tells (Conv1D)', () => {
    const network = networkOf(
      repeat(2, {
        'dec.h#.attention.c_attn': [8, 24],
        'dec.h#.attention.c_proj': [8, 8],
        'dec.h#.ffn.c_fc': [8, 32],
        'dec.h#.ffn.c_proj': [32, 8],
      }),
    );
    expect(
      network.projections
        .slice(0, 4)
        .map(({ role, layout, sources, targets }) => `${role} ${layout} ${sources}→${targets}`),
    ).toEqual([
      'attention.qkv in-out 8→24',
      'attention.out in-out 8→8',
      'mlp.up in-out 8→32',
      'mlp.down in-out 32→8',
    ]);
  });

  it('goes before experts that are not called so: a matrix for each, side by side', () => {
    const network = networkOf(
      repeat(2, {
        ...weights('blocks.#.attn.', { wq: [40, 40], wk: [40, 40], wv: [40, 40], wo: [40, 40] }),
        'blocks.#.moe.w1': [3, 48, 40],
        'blocks.#.moe.w2': [3, 40, 48],
        'blocks.#.moe.v1': [3, 48, 40],
      }),
    );
    expect(
      network.projections.slice(0, 8).map(({ role, sources, targets }) => `${role} ${sources}→${targets}`),
    ).toEqual([
      'attention.qkv 40→120',
      'attention.out 40→40',
      ...[0, 1, 2].flatMap(() => ['expert.up 40→96', 'expert.down 48→40']),
    ]);
  });

  it('of the only block of a model is that of a block', () => {
    const names = {
      attn_q: [8, 8],
      attn_k: [8, 8],
      attn_v: [8, 8],
      attn_output: [8, 8],
      ffn_up: [32, 8],
      ffn_down: [8, 32],
    };
    const network = networkOf(weights('blk.0.', names));
    expect(network.projections.map(({ block, role }) => [block, role])).toEqual([
      [0, 'attention.qkv'],
      [0, 'attention.out'],
      [0, 'mlp.up'],
      [0, 'mlp.down'],
    ]);
  });
});

describe('kernels', () => {
  it('VGG: convolutions in turn, the stem and the last layer of the classifier left out', () => {
    const network = networkOf({
      ...weights('features.', { 0: [8, 3, 3, 3], 2: [8, 8, 3, 3], 10: [16, 8, 3, 3] }),
      ...weights('classifier.', { 0: [32, 64], 3: [32, 32], 6: [10, 32] }),
    });
    expect(
      network.projections.map(({ name, role, sources, targets }) => [name, role, sources, targets]),
    ).toEqual([
      ['features.2', 'conv.inner', 8, 8],
      ['features.10', 'conv.inner', 8, 16],
      ['classifier.0', 'linear', 64, 32],
      ['classifier.3', 'linear', 32, 32],
    ]);
    expect(reasons(network)).toEqual({
      'classifier.6.weight': 'output head (unembedding)',
      'features.0.weight': 'stem: reads raw input',
    });
  });

  it('the layer behind a flattened image is no table: its bias is as long as its short side, which the next layer reads', () => {
    const network = networkOf({
      'conv1.weight': [32, 1, 3, 3],
      'conv1.bias': [32],
      'conv2.weight': [64, 32, 3, 3],
      'conv2.bias': [64],
      'fc1.weight': [128, 9216],
      'fc1.bias': [128],
      'fc2.weight': [10, 128],
      'fc2.bias': [10],
      'last_one.weight': [10, 9216],
      'last_one.bias': [10],
    });
    expect(lines(network).map((line) => line.split(': ')[0])).toContainEqual(
      expect.stringContaining('9216→128 fc1 128x9216'),
    );
    expect(reasons(network)['last_one.weight']).toMatch(/^a table or an output head/);
  });

  it('inverted bottlenecks in names that no family has: depthwise kernels keep their channels', () => {
    const network = networkOf(
      weights('trunk.', {
        '0.0': [8, 3, 3, 3],
        '1.conv.0.0': [8, 1, 3, 3],
        '1.conv.1': [4, 8, 1, 1],
        '2.conv.0.0': [16, 4, 1, 1],
        '2.conv.1.0': [16, 1, 3, 3],
        '2.conv.2': [4, 16, 1, 1],
      }),
    );
    expect(network.projections.map(({ role, sources, targets }) => `${role} ${sources}→${targets}`)).toEqual([
      'conv.depthwise 8→8',
      'conv.inner 8→4',
      'conv.inner 4→16',
      'conv.depthwise 16→16',
      'conv.inner 16→4',
    ]);
    for (const { role, sampling } of network.projections) {
      if (role === 'conv.depthwise')
        expect(sampling.targets).toEqual([{ draw: sampling.sources, offset: 0 }]);
    }
  });

  it('Nested numbers: blocks within stages, kernels in the order of their numbers', () => {
    const block = {
      'unit.0.0': [24, 8, 1, 1],
      'unit.1.0': [24, 1, 3, 3],
      'unit.2.fc1': [4, 24, 1, 1],
      'unit.2.fc2': [24, 4, 1, 1],
      'unit.3.0': [8, 24, 1, 1],
    };
    const network = networkOf({
      'parts.0.0.weight': [8, 3, 3, 3],
      ...repeat(2, weights('parts.2.#.', block)),
      ...repeat(2, weights('parts.3.#.', block)),
    });
    expect(network.blocks).toBe(4);
    expect(
      network.projections.slice(0, 6).map(({ block: own, name, role }) => `${own} ${role} ${name}`),
    ).toEqual([
      '0 conv.inner parts.2.0.unit.0.0',
      '0 conv.depthwise parts.2.0.unit.1.0',
      '0 conv.inner parts.2.0.unit.2.fc1',
      '0 conv.inner parts.2.0.unit.2.fc2',
      '0 conv.inner parts.2.0.unit.3.0',
      '1 conv.inner parts.2.1.unit.0.0',
    ]);
  });

  it('joins a depthwise kernel to no other layer, whatever its name', () => {
    const network = networkOf(repeat(2, { 'b.#.attn.k_proj': [8, 1, 3], 'b.#.attn.v_proj': [32, 8] }));
    expect(lines(network).map((line) => line.split(': ')[0])).toEqual(
      [0, 1].flatMap((block) => [
        `${block} conv.depthwise 8→8 b.${block}.attn.k_proj 8x1x3/8`,
        `${block} attention.qkv 8→32 b.${block}.attn.v_proj 32x8`,
      ]),
    );
  });

  it('tells grouped and transposed kernels by the width before them, and merges shortcuts', () => {
    const network = networkOf({
      'net.0.a.weight': [16, 8, 1, 1],
      'net.0.b.weight': [16, 4, 3, 3],
      'net.0.shortcut.weight': [16, 8, 1, 1],
      'net.1.a.weight': [16, 16, 3, 3],
      'net.1.upconv.weight': [16, 8, 2, 2],
    });
    expect(lines(network).map((line) => line.split(': ')[0])).toEqual([
      '0 conv.first 8→32 net.0.a 16x8 & net.0.shortcut 16x8',
      '0 conv.inner 16→16 net.0.b 16x4x9/4',
      '1 conv.inner 16→16 net.1.a 16x16x9',
      '1 conv.transposed 16→8 in-out net.1.upconv 16x8x4',
    ]);
  });

  it('tells transposed kernels in lists by their biases, whatever their names', () => {
    const network = networkOf({
      'encoder.0.weight': [16, 1, 3, 3],
      'encoder.0.bias': [16],
      'encoder.2.weight': [32, 16, 3, 3],
      'encoder.2.bias': [32],
      'decoder.0.weight': [32, 16, 7, 7],
      'decoder.0.bias': [16],
      'decoder.2.weight': [16, 4, 3, 3],
      'decoder.2.bias': [8],
      'decoder.4.weight': [8, 1, 3, 3],
      'decoder.4.bias': [1],
    });
    expect(lines(network).map((line) => line.split(': ')[0])).toEqual([
      '0 conv.inner 16→32 encoder.2 32x16x9',
      '1 conv.transposed 32→16 in-out decoder.0 32x16x49',
      '2 conv.transposed 16→8 in-out decoder.2 16x4x9/2',
      '3 conv.transposed 8→1 in-out decoder.4 8x1x9',
    ]);
  });

  it('tells transposed kernels without biases by what normalizes their outputs', () => {
    const network = networkOf({
      'main.0.weight': [100, 64, 4, 4],
      'main.1.weight': [64],
      'main.1.running_mean': [64],
      'main.3.weight': [64, 32, 4, 4],
      'main.4.weight': [32],
      'main.4.running_mean': [32],
      'main.6.weight': [32, 1, 4, 4],
    });
    expect(lines(network).map((line) => line.split(': ')[0])).toEqual([
      '0 conv.transposed 100→64 in-out main.0 100x64x16',
      '1 conv.transposed 64→32 in-out main.3 64x32x16',
      '2 conv.transposed 32→1 in-out main.6 32x1x16',
    ]);
  });

  it('tells a grouped kernel right after the stem', () => {
    const network = networkOf({
      '0.weight': [64, 3, 7, 7],
      '1.weight': [64],
      '3.weight': [64, 8, 3, 3],
      '4.weight': [64],
      '6.weight': [64, 1, 3, 3],
      '7.weight': [64],
    });
    expect(lines(network).map((line) => line.split(': ')[0])).toEqual([
      '0 conv.inner 64→64 3 64x8x9/8',
      '1 conv.depthwise 64→64 6 64x1x9/64',
    ]);
  });

  it('does not take kernels that enlarge an image twice for grouped ones', () => {
    const network = networkOf({
      'head.0.weight': [16, 3, 3, 3],
      'body.0.body.0.weight': [16, 16, 3, 3],
      'tail.0.0.weight': [64, 16, 3, 3],
      'tail.0.2.weight': [64, 16, 3, 3],
      'tail.1.weight': [3, 16, 3, 3],
    });
    expect(lines(network).map((line) => line.split(': ')[0])).toEqual([
      'conv.inner 16→16 body.0.body.0 16x16x9',
      '0 conv.inner 16→64 tail.0.0 64x16x9',
      '0 conv.inner 16→64 tail.0.2 64x16x9',
      '1 conv.inner 16→3 tail.1 3x16x9',
    ]);
  });

  it('takes the word of names for transposed kernels, and leaves out heads at every resolution of a decoder', () => {
    const network = networkOf({
      'decoder.stages.0.conv.weight': [16, 32, 3, 3],
      'decoder.stages.1.conv.weight': [8, 16, 3, 3],
      'decoder.transpconvs.0.weight': [32, 16, 2, 2],
      'decoder.transpconvs.1.weight': [16, 8, 2, 2],
      'decoder.seg_layers.0.weight': [3, 16, 1, 1],
      'decoder.seg_layers.1.weight': [3, 8, 1, 1],
    });
    const read = lines(network).map((line) => line.split(': ')[0]);
    expect(read.filter((line) => line!.includes('transp'))).toEqual([
      expect.stringContaining('conv.transposed 32→16 in-out decoder.transpconvs.0 32x16x4'),
      expect.stringContaining('conv.transposed 16→8 in-out decoder.transpconvs.1 16x8x4'),
    ]);
    expect(read.some((line) => line!.includes('seg_layers'))).toBe(false);
    expect(network.skipped.map(({ reason }) => reason.code)).toEqual(['output-head', 'output-head']);
  });
});

describe('layouts', () => {
  it('reads [in, out] where the bias tells so, and the kernels of Flax', () => {
    const shapes = {
      'b.0.fc.weight': [8, 32],
      'b.0.fc.bias': [32],
      'b.1.fc.weight': [32, 8],
      'b.1.fc.bias': [32],
      'b.2.dense.kernel': [8, 4],
      // GPT-2 in Flax is stored the other way round (modeling_flax_gpt2.py, FlaxConv1D).
      'b.3.c_attn.kernel': [24, 8],
      'b.3.c_attn.bias': [24],
      'b.2.conv.kernel': [3, 3, 8, 8],
    };
    const network = networkOf(shapes);
    expect(network.projections.map(({ layout, sources, targets }) => [layout, sources, targets])).toEqual([
      ['in-out', 8, 32],
      ['out-in', 8, 32],
      ['in-out', 8, 4],
      ['out-in', 8, 24],
    ]);
    expect(reasons(network)['b.2.conv.kernel']).toMatch(/^a kernel stored as height/);
  });

  it('takes key and value for attention outside feed-forward layers alone', () => {
    const network = networkOf(repeat(2, weights('l.#.', { 'ffn.key': [32, 8], 'ffn.value': [8, 32] })));
    expect(network.projections.map(({ role }) => role)).not.toContain('attention.qkv');
  });

  it('takes stacks of matrices apart, one projection per expert', () => {
    const network = networkOf(repeat(2, { 'l.#.experts.up': [3, 16, 8], 'l.#.experts.down': [3, 8, 16] }));
    expect(network.projections.map(({ name }) => name).slice(0, 4)).toEqual([
      'l.0.experts.up[0]',
      'l.0.experts.down[0]',
      'l.0.experts.up[1]',
      'l.0.experts.down[1]',
    ]);
  });
});

describe('nothing to take', () => {
  it('says what was found', () => {
    const shapes = { 'embed_tokens.weight': [99, 8], 'lm_head.weight': [99, 8] };
    expectFault(
      () => networkOf(shapes, { model_type: 'odd' }),
      'unsupported',
      'test',
      /nothing in it connects two layers of neurons \(model_type "odd"\): it holds 2 tensors, matrices among them: 2, such as embed_tokens \[99, 8\] \(token embedding/,
    );
    expectFault(() => networkOf({}), 'unsupported', 'test', /it holds no tensors/);
  });

  it('leaves out quantized values', () => {
    const view = {
      tensors: tensors({ 'l.0.fc.qweight': [64, 64], 'l.1.fc.qweight': [64, 64] }, 'I32'),
      config: null,
    };
    expectFault(
      () => buildNetwork(view, 'test'),
      'unsupported',
      'test',
      /its weights are quantized \(I32\), such as l\.0\.fc\.qweight: their values cannot be read\. Use the checkpoint/,
    );
  });
});

it('has a network or a reason for any tensors (seeded)', () => {
  const word = fc.constantFrom(
    'layers',
    'block',
    'h',
    'attn',
    'mlp',
    'q_proj',
    'k_proj',
    'w1',
    'w3',
    'conv1',
    'conv2',
    'downsample',
    'experts',
    'gate',
    'up',
    'embed',
    'head',
    'fc',
    'norm',
    'in_proj',
    'lora_A',
    'lora_B',
    '0',
    '1',
    '2',
    '10',
    'é',
    '',
  );
  const name = fc
    .tuple(fc.array(word, { minLength: 1, maxLength: 5 }), fc.constantFrom('weight', 'bias', 'kernel', 'x'))
    .map(([words, last]) => [...words, last].join('.'));
  const side = fc.constantFrom(0, 1, 2, 3, 4, 8, 16, 24, 64, 1000, 50_257);
  const shape = fc.array(side, { maxLength: 6 });
  const config = fc.constantFrom(
    null,
    {},
    { model_type: 'gpt2', num_attention_heads: 3 },
    { vocab_size: 64, n_head: -1 },
  );
  fc.assert(
    fc.property(fc.dictionary(name, shape, { maxKeys: 40 }), config, (shapes, given) => {
      let network: Network;
      try {
        network = buildNetwork({ tensors: tensors(shapes), config: given }, 'random');
      } catch (error) {
        expect(error).toBeInstanceOf(NeuroMfaError);
        expect((error as NeuroMfaError).code).toBe('unsupported');
        return;
      }
      expectSound(network, shapes);
    }),
    { seed: 5, numRuns: 1500 },
  );
});

it('reads a hundred thousand names', () => {
  const attention = weights('model.layers.#.self_attn.', {
    q_proj: [2, 2],
    k_proj: [2, 2],
    v_proj: [2, 2],
    o_proj: [2, 2],
  });
  const shapes: Shapes = { ...repeat(12, attention) };
  for (let layer = 0; layer < 12; layer++) {
    for (let expert = 0; expert < 2_750; expert++) {
      for (const name of ['gate', 'up', 'down']) {
        shapes[`model.layers.${layer}.mlp.experts.${expert}.${name}_proj.weight`] = [2, 2];
      }
    }
  }
  expect(networkOf(shapes).projections).toHaveLength(12 * (2 + 2 * 2_750));
});

it('recurrent layers of PyTorch stand in order of execution, not of the alphabet', () => {
  const layer = (number: number, width: number): Shapes =>
    Object.fromEntries(
      ['', '_reverse'].flatMap((direction) => [
        [`rnn.weight_ih_l${number}${direction}`, [48, width]],
        [`rnn.weight_hh_l${number}${direction}`, [48, 12]],
      ]),
    );
  const network = networkOf({ ...layer(10, 24), ...layer(0, 12), ...layer(1, 24) });
  expect(network.projections.map(({ name }) => name)).toEqual(
    [0, 1, 10].flatMap((number) =>
      ['', '_reverse'].flatMap((direction) =>
        ['ih', 'hh'].map((reads) => `rnn.weight_${reads}_l${number}${direction}`),
      ),
    ),
  );
});

it('the first kernel of a recording is a stem, the last one a head; a kernel per channel in a block is neither', () => {
  const network = networkOf({
    'encoder.layers.0.conv.weight': [32, 1, 7],
    'encoder.layers.1.block.1.conv.weight': [16, 32, 3],
    'encoder.layers.1.block.3.conv.weight': [32, 16, 1],
    'encoder.layers.3.conv.weight': [48, 32, 4],
    'decoder.layers.0.conv.weight': [48, 16, 7],
    'decoder.layers.1.conv.weight': [32, 48, 4],
    'decoder.layers.2.conv.weight': [1, 32, 7],
  });
  expect(network.projections.map(({ name }) => name)).not.toContain('encoder.layers.0.conv');
  expect(reasons(network)).toEqual({
    'encoder.layers.0.conv.weight': 'stem: reads raw input',
    'decoder.layers.2.conv.weight': 'output head (unembedding)',
  });
  const kernels = networkOf(
    repeat(2, {
      'layers.#.first.weight': [12, 1, 4],
      'layers.#.second.weight': [36, 12, 1],
      'layers.#.third.weight': [12, 36, 1],
    }),
  );
  expect(kernels.projections[0]).toMatchObject({ role: 'conv.depthwise', sources: 12, targets: 12 });
});

it('two square matrices in a module that no name tells are no MLP', () => {
  const network = networkOf(
    repeat(2, { 'convs.#.lin_l.weight': [12, 12], 'convs.#.lin_r.weight': [12, 12] }),
  );
  expect(network.projections.map(({ role }) => role)).toEqual(['linear', 'linear', 'linear', 'linear']);
});
