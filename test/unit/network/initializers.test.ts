/** Initial weights against the formulas of the public model definitions, on shapes where every term differs. */
import { describe, expect, it } from 'vitest';
import { documentedInitializer } from '../../../src/core/network/initializers';
import type { Config } from '../../../src/core/network/types';
import { neoxTensors } from '../support/neox';
import { networkOf, repeat, weights, type Shapes } from './support';

/** `distribution std` by part, rounded. */
function initial(shapes: Shapes, config: Config = null): string[][] {
  const found = documentedInitializer(networkOf(shapes, config), config);
  return found!.parts.map((parts) =>
    parts.map(({ distribution, std }) => `${distribution} ${std.toFixed(6)}`),
  );
}
const normal = (std: number): string => `normal ${std.toFixed(6)}`;
const uniform = (bound: number): string => `uniform ${(bound / Math.sqrt(3)).toFixed(6)}`;
const [H, W, L] = [8, 24, 3];

describe('documented initializers', () => {
  it('GPT-NeoX: small_init, and wang_init for what writes output', () => {
    const shapes = Object.fromEntries(neoxTensors(H, L).map(({ name, shape }) => [name, shape]));
    const [small, wang] = [normal(Math.sqrt(2 / (5 * H))), normal(2 / (L * Math.sqrt(H)))];
    expect(initial(shapes)).toEqual(
      Array(L)
        .fill([[small], [wang], [small], [wang]])
        .flat(),
    );
  });

  it('GPT-2: 0.02, divided by √(2L) for c_proj', () => {
    const shapes = repeat(
      L,
      weights('h.#.', {
        'attn.c_attn': [H, 3 * H],
        'attn.c_proj': [H, H],
        'mlp.c_fc': [H, W],
        'mlp.c_proj': [W, H],
      }),
    );
    const scaled = normal(0.02 / Math.sqrt(2 * L));
    expect(initial(shapes).slice(0, 4)).toEqual([[normal(0.02)], [scaled], [normal(0.02)], [scaled]]);
    expect(initial(shapes, { initializer_range: 0.5 })[0]).toEqual([normal(0.5)]);
  });

  const llama = repeat(
    1,
    weights('layers.#.', {
      'self_attn.q_proj': [H, H],
      'self_attn.k_proj': [H, H],
      'self_attn.v_proj': [H, H],
      'self_attn.o_proj': [H, H],
      'mlp.gate_proj': [W, H],
      'mlp.up_proj': [W, H],
      'mlp.down_proj': [H, W],
    }),
  );

  it('Llama: initializer_range everywhere', () => {
    expect(initial(llama, { initializer_range: 0.01 }).flat()).toEqual(Array(7).fill(normal(0.01)));
  });

  it('T5: by what each tensor reads, q by its head size as well', () => {
    const block = {
      'layer.0.SelfAttention.q': [6, H],
      'layer.0.SelfAttention.k': [6, H],
      'layer.0.SelfAttention.v': [6, H],
      'layer.0.SelfAttention.o': [H, 6],
      'layer.1.DenseReluDense.wi': [W, H],
      'layer.1.DenseReluDense.wo': [H, W],
    };
    const shapes = repeat(1, weights('encoder.block.#.', block));
    const expected = [
      [normal((H * 3) ** -0.5), normal(H ** -0.5), normal(H ** -0.5)],
      [normal(6 ** -0.5)],
      [normal(H ** -0.5)],
      [normal(W ** -0.5)],
    ];
    expect(initial(shapes, { d_kv: 3 })).toEqual(expected);
    expect(initial(shapes, { num_heads: 2 })).toEqual(expected);
    expect(documentedInitializer(networkOf(shapes), null)).toBeNull();
  });

  it('ResNet: Kaiming normal over fan_out, the shortcut by its own kernel', () => {
    const shapes = weights('layer1.0.', {
      conv1: [8, 4, 3, 3],
      conv2: [8, 8, 3, 3],
      'downsample.0': [8, 4, 1, 1],
    });
    expect(initial(shapes)).toEqual([
      [normal(Math.sqrt(2 / (8 * 9))), normal(Math.sqrt(2 / 8))],
      [normal(Math.sqrt(2 / (8 * 9)))],
    ]);
  });

  it('CLIP: by width and depth of the tower; SigLIP has the same names and another one', () => {
    const block = {
      'self_attn.q_proj': [H, H],
      'self_attn.k_proj': [H, H],
      'self_attn.v_proj': [H, H],
      'self_attn.out_proj': [H, H],
      'mlp.fc1': [W, H],
      'mlp.fc2': [H, W],
    };
    const shapes = {
      ...repeat(2, weights('text_model.encoder.layers.#.', block)),
      ...repeat(L, weights('vision_model.encoder.layers.#.', block)),
    };
    const tower = (layers: number): string[][] => {
      const scaled = normal((2 * H * layers) ** -0.5);
      return [[scaled, scaled, scaled], [normal(H ** -0.5)], [normal((2 * H) ** -0.5)], [scaled]];
    };
    const found = initial(shapes, { model_type: 'clip' });
    expect(found.slice(0, 4)).toEqual(tower(2));
    expect(found.slice(-4)).toEqual(tower(L));
    expect(documentedInitializer(networkOf(shapes), { model_type: 'siglip' })).toBeNull();
    // What cannot be made a text names no model.
    expect(documentedInitializer(networkOf(shapes), { model_type: { toString: 1 } })).toBeNull();
  });

  it('none where the configuration makes a deviation that is no number', () => {
    const t5 = weights('encoder.block.0.', {
      'layer.0.SelfAttention.q': [6, H],
      'layer.0.SelfAttention.k': [6, H],
      'layer.0.SelfAttention.v': [6, H],
      'layer.0.SelfAttention.o': [H, 6],
      'layer.1.DenseReluDense.wi': [W, H],
      'layer.1.DenseReluDense.wo': [H, W],
    });
    const scaled = (factor: number): unknown =>
      documentedInitializer(networkOf(t5), { initializer_factor: factor, d_kv: 5e-324 });
    expect(scaled(1)).not.toBeNull();
    expect(scaled(1e308)).toBeNull();
  });

  it('Mamba, DiT, low-rank adapters: uniform within ±1/√fan_in, zeros, and their exceptions', () => {
    const mixer = {
      in_proj: [4 * H, H],
      conv1d: [2 * H, 1, 4],
      x_proj: [11, 2 * H],
      dt_proj: [2 * H, 3],
      out_proj: [H, 2 * H],
    };
    expect(initial(repeat(L, weights('layers.#.mixer.', mixer))).slice(0, 5)).toEqual([
      [uniform(H ** -0.5)],
      [uniform(4 ** -0.5)],
      [uniform((2 * H) ** -0.5)],
      [uniform(3 ** -0.5)],
      [uniform((2 * H) ** -0.5 / Math.sqrt(L))],
    ]);
    const dit = {
      'attn.qkv': [3 * H, H],
      'attn.proj': [H, H],
      'mlp.fc1': [W, H],
      'mlp.fc2': [H, W],
      'adaLN_modulation.1': [6 * H, H],
    };
    expect(initial(repeat(1, weights('blocks.#.', dit))).slice(0, 3)).toEqual([
      [uniform(Math.sqrt(6 / (4 * H)))],
      [uniform(Math.sqrt(6 / (2 * H)))],
      ['zeros 0.000000'],
    ]);
  });

  it('says that nothing is known of unknown architectures', () => {
    const shapes = repeat(2, weights('trunk.#.', { a: [8, 8] }));
    expect(documentedInitializer(networkOf(shapes), null)).toBeNull();
  });

  it('names its source for every family that it knows', () => {
    expect(documentedInitializer(networkOf(llama), null)!.source).toMatch(/^modeling_llama.py/);
  });
});

describe('models that share names with those whose initializer is documented', () => {
  const block = {
    'blocks.#.attn.qkv.weight': [24, 8],
    'blocks.#.attn.proj.weight': [8, 8],
    'blocks.#.mlp.fc1.weight': [32, 8],
    'blocks.#.mlp.fc2.weight': [8, 32],
  };
  const cross = {
    'blocks.#.cross_attn.q_linear.weight': [8, 8],
    'blocks.#.cross_attn.kv_linear.weight': [16, 8],
    'blocks.#.cross_attn.proj.weight': [8, 8],
  };
  const modulation = { 'blocks.#.adaLN_modulation.1.weight': [48, 8] };

  it('have none: PixArt is no DiT, and the original U-Net starts otherwise than that of diffusers', () => {
    expect(documentedInitializer(networkOf(repeat(2, { ...block, ...modulation })), null)).not.toBeNull();
    expect(documentedInitializer(networkOf(repeat(2, { ...block, ...cross })), null)).toBeNull();
    const unet = (conv1: string, conv2: string): Record<string, readonly number[]> => ({
      [conv1]: [8, 8, 3, 3],
      [conv2]: [8, 8, 3, 3],
    });
    const diffusers = unet('down_blocks.0.resnets.0.conv1.weight', 'down_blocks.0.resnets.0.conv2.weight');
    const original = unet('input_blocks.1.0.in_layers.2.weight', 'input_blocks.1.0.out_layers.3.weight');
    expect(documentedInitializer(networkOf(diffusers), null)).not.toBeNull();
    expect(documentedInitializer(networkOf(original), null)).toBeNull();
  });
});
