/** Tensors that are there under several names, and models of several families. */
import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../../src/core/network/readNetwork';
import { networkOf, reasons, repeat, tensors, weights } from './support';

describe('shared tensors', () => {
  const shapes = repeat(
    2,
    weights('h.#.', {
      'attn.c_attn': [8, 24],
      'attn.c_proj': [8, 8],
      'mlp.c_fc': [8, 32],
      'mlp.c_proj': [32, 8],
    }),
  );
  const placed = (offsets: (name: string, i: number) => number) =>
    tensors(shapes).map((tensor, i) => ({
      ...tensor,
      file: { path: 'a.bin' },
      offset: offsets(tensor.name, i),
    }));

  it('count once: the second block is the first', () => {
    const shared = placed((_name, i) => 1000 * (i % 4));
    const network = buildNetwork({ tensors: shared, config: null }, 'test');
    expect(network.projections.map(({ name }) => name)).toEqual([
      'h.0.attn.c_attn',
      'h.0.attn.c_proj',
      'h.0.mlp.c_fc',
      'h.0.mlp.c_proj',
    ]);
    expect(reasons(network)['h.1.mlp.c_fc.weight']).toBe(
      'shares its values with h.0.mlp.c_fc, which counts once',
    );
  });

  it('are no more than that: equal places in two files, or of two shapes, are two tensors', () => {
    const apart = placed((_name, i) => 1000 * i);
    const files = placed((_name, i) => 1000 * (i % 4)).map((tensor, i) => ({
      ...tensor,
      file: { path: i < 4 ? 'a.bin' : 'b.bin' },
    }));
    for (const each of [apart, files]) {
      expect(buildNetwork({ tensors: each, config: null }, 'test').projections).toHaveLength(8);
    }
  });
});

it('takes every tower of a model of several families', () => {
  const language = weights('language_model.model.layers.#.', {
    'self_attn.q_proj': [8, 8],
    'self_attn.k_proj': [8, 8],
    'self_attn.v_proj': [8, 8],
    'self_attn.o_proj': [8, 8],
    'mlp.gate_proj': [16, 8],
    'mlp.up_proj': [16, 8],
    'mlp.down_proj': [8, 16],
  });
  const vision = weights('vision_tower.vision_model.encoder.layers.#.', {
    'self_attn.q_proj': [4, 4],
    'self_attn.k_proj': [4, 4],
    'self_attn.v_proj': [4, 4],
    'self_attn.out_proj': [4, 4],
    'mlp.fc1': [16, 4],
    'mlp.fc2': [4, 16],
  });
  const joint = { 'multi_modal_projector.linear_1.weight': [8, 4] };
  const network = networkOf(
    { ...repeat(1, language), ...repeat(2, vision), ...joint },
    { model_type: 'llava' },
  );
  expect(network).toMatchObject({ architecture: 'llama + clip', blocks: 3 });
  expect(network.projections.map(({ block }) => block)).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
  expect(reasons(network)).toEqual({
    'multi_modal_projector.linear_1.weight': 'not part of a block of llama + clip',
  });
});
