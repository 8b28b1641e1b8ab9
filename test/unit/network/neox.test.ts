/** GPT-NeoX and Pythia against the Hugging Face definition (`modeling_gpt_neox.py`): names, shapes, order of q, k, v. */
import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../../src/core/network/readNetwork';
import type { TensorShape } from '../../../src/core/network/types';
import { expectFault } from '../checkpoint/build';
import { neoxTensors } from '../support/neox';
import { drawLines, lines, reasons } from './support';

const build = (tensors: TensorShape[], config: Record<string, unknown> | null = null) =>
  buildNetwork({ tensors, config }, 'pythia');

describe('GPT-NeoX', () => {
  it('has four projections per block, in order, and the draws of the paper', () => {
    const network = build(neoxTensors(8, 2));
    expect(lines(network)).toEqual([
      '0 attention.qkv 8→24 gpt_neox.layers.0.attention.query_key_value 24x8: block 0 input → block 0 attention heads, block 0 attention heads @8, block 0 attention heads @16',
      '0 attention.out 8→8 gpt_neox.layers.0.attention.dense 8x8: block 0 attention heads → block 0 MLP input',
      '0 mlp.up 8→32 gpt_neox.layers.0.mlp.dense_h_to_4h 32x8: block 0 MLP input → block 0 MLP hidden',
      '0 mlp.down 32→8 gpt_neox.layers.0.mlp.dense_4h_to_h 8x32: block 0 MLP hidden → block 1 input',
      '1 attention.qkv 8→24 gpt_neox.layers.1.attention.query_key_value 24x8: block 1 input → block 1 attention heads, block 1 attention heads @8, block 1 attention heads @16',
      '1 attention.out 8→8 gpt_neox.layers.1.attention.dense 8x8: block 1 attention heads → block 1 MLP input',
      '1 mlp.up 8→32 gpt_neox.layers.1.mlp.dense_h_to_4h 32x8: block 1 MLP input → block 1 MLP hidden',
      '1 mlp.down 32→8 gpt_neox.layers.1.mlp.dense_4h_to_h 8x32: block 1 MLP hidden → block 1 output',
    ]);
    expect(drawLines(network)).toEqual([
      'block 0 input 8',
      'block 0 attention heads 8',
      'block 0 MLP input 8',
      'block 0 MLP hidden 32 ×2',
      'block 1 input 8',
      'block 1 attention heads 8',
      'block 1 MLP input 8',
      'block 1 MLP hidden 32 ×2',
      'block 1 output 8',
    ]);
    expect(network).toMatchObject({ architecture: 'gpt_neox', blocks: 2 });
  });

  it('labels q, k and v by head, as stored, where the configuration tells the heads', () => {
    const [qkv] = build(neoxTensors(8, 1), { num_attention_heads: 2 }).projections;
    expect(qkv!.segments).toEqual(
      [0, 1].flatMap((head) =>
        ['query', 'key', 'value'].map((label, i) => ({ label, head, start: 12 * head + 4 * i, count: 4 })),
      ),
    );
  });

  it.each([null, {}, { num_attention_heads: 3 }, { num_attention_heads: '2' }, { num_attention_heads: 0 }])(
    'has no labels with the configuration %j',
    (config) => {
      expect(build(neoxTensors(8, 1), config).projections[0]!.segments).toEqual([]);
    },
  );

  it('leaves out embeddings, head, norms, biases and the buffers of old files, each with its reason', () => {
    const legacy = [
      { name: 'gpt_neox.layers.0.attention.bias', dtype: 'BOOL', shape: [1, 1, 64, 64] },
      { name: 'gpt_neox.layers.0.attention.masked_bias', dtype: 'F16', shape: [] },
      { name: 'gpt_neox.layers.0.attention.rotary_emb.inv_freq', dtype: 'F16', shape: [4] },
    ];
    expect(reasons(build([...neoxTensors(8, 1), ...legacy]))).toEqual({
      'embed_out.weight': 'output head (unembedding)',
      'gpt_neox.embed_in.weight': 'token embedding: connects no two layers of neurons',
      'gpt_neox.layers.0.attention.bias': 'buffer: attention mask',
      'gpt_neox.layers.0.attention.masked_bias': 'buffer: attention mask',
      'gpt_neox.layers.0.attention.query_key_value.bias': 'bias',
      'gpt_neox.layers.0.attention.rotary_emb.inv_freq': 'buffer: rotary position frequencies',
      'gpt_neox.layers.0.input_layernorm.weight': 'normalization',
    });
  });

  it.each(['', 'module.', '_orig_mod.gpt_neox.', 'base_model.model.gpt_neox.'])(
    'is the same network with the prefix "%s"',
    (prefix) => {
      const bare = lines(build(neoxTensors(8, 3)));
      const prefixed = lines(build(neoxTensors(8, 3, 32, prefix)));
      expect(prefixed.map((line) => line.replaceAll(`${prefix}layers`, 'gpt_neox.layers'))).toEqual(bare);
    },
  );

  const misfits: [string, (tensors: TensorShape[]) => TensorShape[], RegExp][] = [
    [
      'a missing tensor',
      (all) => all.filter(({ name }) => name !== 'gpt_neox.layers.1.attention.dense.weight'),
      /looks like gpt_neox, but block gpt_neox.layers.1 has no attention.dense/,
    ],
    [
      'a missing block',
      (all) => all.filter(({ name }) => !name.includes('layers.1.')),
      /block gpt_neox.layers.1 is missing \(found block 2 next\)/,
    ],
    [
      'another width',
      (all) => reshape(all, 'layers.1.attention.dense.weight', [8, 4]),
      /layers.1.attention.dense.weight reads 4 neurons where 8 are expected|writes 8/,
    ],
    [
      'a fused matrix that is not three times as wide',
      (all) => reshape(all, 'layers.0.attention.query_key_value.weight', [20, 8]),
      /query_key_value.weight has shape \[20, 8\], which does not divide/,
    ],
    [
      'a block of another width',
      (all) => [...all.filter(({ name }) => !name.includes('layers.2.')), ...wide()],
      /reads 16 neurons where 8/,
    ],
    [
      'an empty tensor in place of a matrix',
      (all) => reshape(all, 'layers.0.mlp.dense_h_to_4h.weight', [0, 8]),
      /layers\.0 has no mlp\.dense_h_to_4h \(tensors are empty: \S*dense_h_to_4h\.weight, of shape \[0, 8\]\)/,
    ],
  ];
  const reshape = (all: TensorShape[], name: string, shape: number[]): TensorShape[] =>
    all.map((tensor) => (tensor.name.endsWith(name) ? { ...tensor, shape } : tensor));
  const wide = (): TensorShape[] => neoxTensors(16, 3).filter(({ name }) => name.includes('layers.2.'));

  it.each(misfits)('says what does not fit: %s', (_what, change, message) => {
    expectFault(() => build(change(neoxTensors(8, 3))), 'unsupported', 'pythia', message);
  });
});
