/** Diffusion models: the names of diffusers and those of the original code are one network. */
import { describe, expect, it } from 'vitest';
import type { Network } from '../../../src/core/network/types';
import { expectSound, lines, networkOf, reasons, repeat, sketch, weights, type Shapes } from './support';

const H = 8;

/** {@link lines} without the names of tensors. */
function joined(network: Network): string[] {
  return lines(network).map((line) => {
    const [, role, from, to] = /^(\d+ \S+ \S+)(?: in-out)? .*: (.*) → (.*)$/.exec(line)!;
    return `${role}: ${from} → ${to}`;
  });
}

const square = (names: readonly string[], width = H): Shapes =>
  Object.fromEntries(names.map((name) => [name, [width, width]]));
const feedForward = (up: string, down: string, hidden = 4 * H): Shapes => ({
  [up]: [hidden, H],
  [down]: [H, hidden],
});

/** Every tensor of blocks `path.#` in one dialect. */
const blocks = (count: number, path: string, shapes: Shapes): Shapes =>
  repeat(count, weights(`${path}.#.`, shapes));

describe('FLUX', () => {
  /** transformer_flux.py of diffusers. */
  const diffusers = {
    ...blocks(2, 'transformer_blocks', {
      ...square(
        ['to_q', 'to_k', 'to_v', 'to_out.0', 'add_q_proj', 'add_k_proj', 'add_v_proj', 'to_add_out'].map(
          (name) => `attn.${name}`,
        ),
      ),
      'attn.norm_q': [4],
      ...feedForward('ff.net.0.proj', 'ff.net.2'),
      ...feedForward('ff_context.net.0.proj', 'ff_context.net.2'),
      'norm1.linear': [6 * H, H],
      'norm1_context.linear': [6 * H, H],
    }),
    ...blocks(2, 'single_transformer_blocks', {
      ...square(['attn.to_q', 'attn.to_k', 'attn.to_v']),
      proj_mlp: [4 * H, H],
      proj_out: [H, 5 * H],
      'norm.linear': [3 * H, H],
    }),
    ...weights('', {
      x_embedder: [H, 4],
      context_embedder: [H, 12],
      'time_text_embed.timestep_embedder.linear_1': [H, 16],
      'norm_out.linear': [2 * H, H],
      proj_out: [4, H],
    }),
  };
  /** flux/modules/layers.py of Black Forest Labs. */
  const original = {
    ...blocks(2, 'double_blocks', {
      'img_attn.qkv': [3 * H, H],
      'img_attn.proj': [H, H],
      'img_attn.norm.query_norm.scale!': [4],
      'txt_attn.qkv': [3 * H, H],
      'txt_attn.proj': [H, H],
      ...feedForward('img_mlp.0', 'img_mlp.2'),
      ...feedForward('txt_mlp.0', 'txt_mlp.2'),
      'img_mod.lin': [6 * H, H],
      'txt_mod.lin': [6 * H, H],
    }),
    ...blocks(2, 'single_blocks', {
      linear1: [7 * H, H],
      linear2: [H, 5 * H],
      'modulation.lin': [3 * H, H],
    }),
    ...weights('', {
      img_in: [H, 4],
      txt_in: [H, 12],
      'time_in.in_layer': [H, 16],
      'vector_in.in_layer': [H, 16],
      'guidance_in.in_layer': [H, 16],
      'final_layer.linear': [4, H],
      'final_layer.adaLN_modulation.1': [2 * H, H],
    }),
  };

  it('has two kinds of blocks: text and picture apart, then together', () => {
    const network = networkOf(original);
    expectSound(network, original);
    expect(network).toMatchObject({ architecture: 'mmdit', blocks: 4, warnings: [] });
    expect(sketch(network)).toEqual([
      'attention.qkv 8→24 qkv 24x8: input → attention heads, attention heads @8, attention heads @16',
      'attention.out 8→8 proj 8x8: attention heads → MLP input',
      'attention.qkv 8→24 qkv 24x8: input → context attention heads, context attention heads @8, context attention heads @16',
      'attention.out 8→8 proj 8x8: context attention heads → MLP input',
      'conditioning 8→48 lin 48x8: conditioning → modulation modulation',
      'conditioning 8→48 lin 48x8: conditioning → context modulation modulation',
      'mlp.up 8→32 0 32x8: MLP input → MLP hidden',
      'mlp.down 32→8 2 8x32: MLP hidden → next',
      'mlp.up 8→32 0 32x8: MLP input → context MLP hidden',
      'mlp.down 32→8 2 8x32: context MLP hidden → next',
    ]);
    expect(sketch(network, 2)).toEqual([
      'attention.qkv 8→24 linear1 24x8: input → attention and MLP heads, attention and MLP heads @8, attention and MLP heads @16',
      'mlp.up 8→32 linear1+192 32x8: input → attention and MLP hidden',
      'linear 40→8 linear2 8x40: attention and MLP heads and hidden → next',
      'conditioning 8→24 lin 24x8: conditioning → modulation modulation',
    ]);
  });

  it('is the same in both dialects, under any prefix', () => {
    expect(joined(networkOf(diffusers))).toEqual(joined(networkOf(original)));
    const prefixed = Object.fromEntries(
      Object.entries(original).map(([name, shape]) => [`model.diffusion_model.${name}`, shape]),
    );
    expect(joined(networkOf(prefixed))).toEqual(joined(networkOf(original)));
  });

  it('leaves out what embeds and what ends it, each with its reason', () => {
    for (const network of [networkOf(diffusers), networkOf(original)])
      expect(new Set(Object.values(reasons(network)))).toEqual(
        new Set([
          'normalization',
          'stem: reads raw input',
          'conditioning embedding',
          'output head (unembedding)',
        ]),
      );
  });
});

describe('SD 3.5', () => {
  const last = 1;
  /** transformer_sd3.py of diffusers: the text ends in the last block; there is a second attention. */
  const diffusers = {
    ...Object.fromEntries(
      [0, last].flatMap((i) =>
        Object.entries(
          weights(`transformer_blocks.${i}.`, {
            ...square(
              ['to_q', 'to_k', 'to_v', 'to_out.0', 'add_q_proj', 'add_k_proj', 'add_v_proj'].map(
                (name) => `attn.${name}`,
              ),
            ),
            ...square(['to_q', 'to_k', 'to_v', 'to_out.0'].map((name) => `attn2.${name}`)),
            ...feedForward('ff.net.0.proj', 'ff.net.2'),
            'norm1.linear': [9 * H, H],
            'norm1_context.linear': [(i === last ? 2 : 6) * H, H],
            ...(i === last
              ? {}
              : { 'attn.to_add_out': [H, H], ...feedForward('ff_context.net.0.proj', 'ff_context.net.2') }),
          }),
        ),
      ),
    ),
    'pos_embed.proj.weight': [H, 16, 2, 2],
  };
  /** mmdit.py of Stability. */
  const original = {
    ...Object.fromEntries(
      [0, last].flatMap((i) =>
        Object.entries(
          weights(`joint_blocks.${i}.`, {
            'x_block.attn.qkv': [3 * H, H],
            'x_block.attn.proj': [H, H],
            'x_block.attn2.qkv': [3 * H, H],
            'x_block.attn2.proj': [H, H],
            'context_block.attn.qkv': [3 * H, H],
            ...feedForward('x_block.mlp.fc1', 'x_block.mlp.fc2'),
            'x_block.adaLN_modulation.1': [9 * H, H],
            'context_block.adaLN_modulation.1': [(i === last ? 2 : 6) * H, H],
            ...(i === last
              ? {}
              : {
                  'context_block.attn.proj': [H, H],
                  ...feedForward('context_block.mlp.fc1', 'context_block.mlp.fc2'),
                }),
          }),
        ),
      ),
    ),
    'x_embedder.proj.weight': [H, 16, 2, 2],
  };

  it('is the same in both dialects', () => {
    const network = networkOf(original);
    expectSound(network, original);
    expect(network).toMatchObject({ architecture: 'mmdit', blocks: 2, warnings: [] });
    expect(joined(networkOf(diffusers))).toEqual(joined(network));
    expect(network.projections.filter(({ block }) => block === last).map(({ role }) => role)).toEqual([
      'attention.qkv',
      'attention.out',
      'attention.qkv',
      'attention.qkv',
      'attention.out',
      'conditioning',
      'conditioning',
      'mlp.up',
      'mlp.down',
    ]);
  });
});

describe('Stable Diffusion', () => {
  const [C, T, X] = [8, 16, 12];
  const layers = (dialect: 0 | 1) => {
    const named = (names: readonly [string, string]): string => names[dialect];
    const resnet = (path: readonly [string, string], from: number, to: number): Shapes =>
      weights(`${named(path)}.`, {
        [named(['conv1', 'in_layers.2'])]: [to, from, 3, 3],
        [named(['time_emb_proj', 'emb_layers.1'])]: [to, T],
        [named(['conv2', 'out_layers.3'])]: [to, to, 3, 3],
        ...(from === to ? {} : { [named(['conv_shortcut', 'skip_connection'])]: [to, from, 1, 1] }),
      });
    const transformer = (path: readonly [string, string], width: number): Shapes =>
      weights(`${named(path)}.`, {
        proj_in: [width, width, 1, 1],
        ...Object.fromEntries(
          ['attn1', 'attn2'].flatMap((attn) => {
            const read = attn === 'attn1' ? width : X;
            const at = `transformer_blocks.0.${attn}`;
            return [
              [`${at}.to_q`, [width, width]],
              [`${at}.to_k`, [width, read]],
              [`${at}.to_v`, [width, read]],
              [`${at}.to_out.0`, [width, width]],
            ];
          }),
        ),
        'transformer_blocks.0.ff.net.0.proj': [8 * width, width],
        'transformer_blocks.0.ff.net.2': [width, 4 * width],
        proj_out: [width, width, 1, 1],
      });
    const conv = (path: readonly [string, string], width: number): Shapes => ({
      [`${named(path)}.weight`]: [width, width, 3, 3],
    });
    return {
      ...weights('', {
        [named(['time_embedding.linear_1', 'time_embed.0'])]: [T, C],
        [named(['conv_in', 'input_blocks.0.0'])]: [C, 4, 3, 3],
        [named(['conv_out', 'out.2'])]: [4, C, 3, 3],
      }),
      ...resnet(['down_blocks.0.resnets.0', 'input_blocks.1.0'], C, C),
      ...transformer(['down_blocks.0.attentions.0', 'input_blocks.1.1'], C),
      ...conv(['down_blocks.0.downsamplers.0.conv', 'input_blocks.2.0.op'], C),
      ...resnet(['down_blocks.1.resnets.0', 'input_blocks.3.0'], C, 2 * C),
      ...resnet(['mid_block.resnets.0', 'middle_block.0'], 2 * C, 2 * C),
      ...transformer(['mid_block.attentions.0', 'middle_block.1'], 2 * C),
      ...resnet(['mid_block.resnets.1', 'middle_block.2'], 2 * C, 2 * C),
      ...resnet(['up_blocks.0.resnets.0', 'output_blocks.0.0'], 4 * C, 2 * C),
      ...resnet(['up_blocks.0.resnets.1', 'output_blocks.1.0'], 3 * C, 2 * C),
      ...conv(['up_blocks.0.upsamplers.0.conv', 'output_blocks.1.1.conv'], 2 * C),
      ...resnet(['up_blocks.1.resnets.0', 'output_blocks.2.0'], 3 * C, C),
      ...transformer(['up_blocks.1.attentions.0', 'output_blocks.2.1'], C),
    };
  };
  const [diffusers, original] = [layers(0), layers(1)];

  it('is the same U-Net in both dialects (unet_2d_condition.py, openaimodel.py)', () => {
    const network = networkOf(original);
    expectSound(network, original);
    expect(network).toMatchObject({ architecture: 'diffusers_unet', warnings: [] });
    expect(joined(networkOf(diffusers))).toEqual(joined(network));
    expect(sketch(network)).toEqual([
      'conv.first 8→8 2 8x8x9: input → convolutions middle',
      'conditioning 16→8 1 8x16: time embedding → convolutions middle',
      'conv.inner 8→8 3 8x8x9: convolutions middle → next',
    ]);
    expect(reasons(network)).toMatchObject({
      'time_embed.0.weight': 'conditioning embedding',
      'input_blocks.0.0.weight': 'stem: reads raw input',
      'out.2.weight': 'output head (unembedding)',
    });
  });

  it('stands in a single file beside its text encoder, and an autoencoder that is left out', () => {
    const under = (prefix: string, shapes: Shapes): Shapes =>
      Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [prefix + name, shape]));
    const text = under(
      'cond_stage_model.transformer.text_model.',
      blocks(2, 'encoder.layers', {
        ...square(
          ['q_proj', 'k_proj', 'v_proj', 'out_proj'].map((name) => `self_attn.${name}`),
          X,
        ),
        'mlp.fc1': [4 * X, X],
        'mlp.fc2': [X, 4 * X],
      }),
    );
    const pictures = under('first_stage_model.', {
      ...weights('', {
        'encoder.conv_in': [C, 3, 3, 3],
        'encoder.down.0.block.0.conv1': [C, C, 3, 3],
        'encoder.mid.attn_1.q': [C, C, 1, 1],
        'decoder.up.0.block.0.conv1': [C, C, 3, 3],
        quant_conv: [8, 8, 1, 1],
      }),
    });
    const file = { ...under('model.diffusion_model.', original), ...text, ...pictures };
    const network = networkOf(file);
    expectSound(network, file);
    expect(network).toMatchObject({ architecture: 'diffusers_unet + clip', warnings: [] });
    const why = reasons(network);
    for (const name of Object.keys(pictures))
      expect([name, why[name]]).toEqual([name, 'image autoencoder: a separate model']);
    // By itself it is what is analyzed.
    expect(networkOf(pictures).projections.length).toBeGreaterThan(0);
  });
});

describe('the autoencoder of Stable Diffusion by itself', () => {
  const [C, D] = [8, 12];
  const layers = (dialect: 0 | 1) => {
    const named = (names: readonly [string, string]): string => names[dialect];
    const resnet = (path: readonly [string, string], from: number, to: number): Shapes =>
      weights(`${named(path)}.`, {
        conv1: [to, from, 3, 3],
        conv2: [to, to, 3, 3],
        ...(from === to ? {} : { [named(['conv_shortcut', 'nin_shortcut'])]: [to, from, 1, 1] }),
      });
    const middle = (half: string): Shapes => ({
      ...resnet([`${half}.mid_block.resnets.0`, `${half}.mid.block_1`], D, D),
      ...weights(
        `${half}.${named(['mid_block.attentions.0', 'mid.attn_1'])}.`,
        Object.fromEntries(
          (
            [
              ['to_q', 'q'],
              ['to_k', 'k'],
              ['to_v', 'v'],
              ['to_out.0', 'proj_out'],
            ] as const
          ).map((names) => [
            named(names),
            // diffusers has matrices where the original has kernels.
            dialect === 0 ? [D, D] : [D, D, 1, 1],
          ]),
        ),
      ),
      ...resnet([`${half}.mid_block.resnets.1`, `${half}.mid.block_2`], D, D),
    });
    return {
      ...weights('encoder.', { conv_in: [C, 3, 3, 3], conv_out: [8, D, 3, 3] }),
      ...resnet(['encoder.down_blocks.0.resnets.0', 'encoder.down.0.block.0'], C, C),
      ...weights('encoder.', {
        [named(['down_blocks.0.downsamplers.0.conv', 'down.0.downsample.conv'])]: [C, C, 3, 3],
      }),
      ...resnet(['encoder.down_blocks.1.resnets.0', 'encoder.down.1.block.0'], C, D),
      ...middle('encoder'),
      ...weights('decoder.', { conv_in: [D, 4, 3, 3], conv_out: [3, C, 3, 3] }),
      ...middle('decoder'),
      // The original counts levels from the pixels, diffusers in order of execution.
      ...resnet(['decoder.up_blocks.0.resnets.0', 'decoder.up.1.block.0'], D, D),
      ...weights('decoder.', {
        [named(['up_blocks.0.upsamplers.0.conv', 'up.1.upsample.conv'])]: [D, D, 3, 3],
      }),
      ...resnet(['decoder.up_blocks.1.resnets.0', 'decoder.up.0.block.0'], D, C),
    };
  };

  it('is the same in both dialects (model.py, autoencoder_kl.py): encoder first, levels as they run', () => {
    const [diffusers, original] = [networkOf(layers(0)), networkOf(layers(1))];
    expectSound(original, layers(1));
    expect(original).toMatchObject({ architecture: 'autoencoder', warnings: [] });
    expect(diffusers).toMatchObject({ architecture: 'diffusers_unet', warnings: [] });
    const plain = (network: Network): string[] =>
      joined(network).map((line) => line.replaceAll(/(en|de)coder\./g, ''));
    expect(plain(original)).toEqual(plain(diffusers));
    expect(
      original.projections.map(({ name }) => name).filter((name) => name.includes('mid.attn_1')),
    ).toEqual([
      'encoder.mid.attn_1.{q,k,v}',
      'encoder.mid.attn_1.proj_out',
      'decoder.mid.attn_1.{q,k,v}',
      'decoder.mid.attn_1.proj_out',
    ]);
    expect(new Set(Object.values(reasons(original)))).toEqual(
      new Set(['stem: reads raw input', 'output head (unembedding)']),
    );
  });
});

it('FLUX.2 (transformer_flux2.py): gated MLPs, and all of a single block in two matrices', () => {
  const single = (up: string, out: string): Shapes => ({ [up]: [3 * H + 24, H], [out]: [H, H + 12] });
  const original = {
    ...blocks(1, 'double_blocks', {
      'img_attn.qkv': [3 * H, H],
      'img_attn.proj': [H, H],
      'txt_attn.qkv': [3 * H, H],
      'txt_attn.proj': [H, H],
      'img_mlp.0': [24, H],
      'img_mlp.2': [H, 12],
      'txt_mlp.0': [24, H],
      'txt_mlp.2': [H, 12],
    }),
    ...blocks(1, 'single_blocks', single('linear1', 'linear2')),
    ...weights('', { 'double_stream_modulation_img.lin': [6 * H, H] }),
  };
  const diffusers = {
    ...blocks(1, 'transformer_blocks', {
      ...square(
        ['to_q', 'to_k', 'to_v', 'to_out.0', 'add_q_proj', 'add_k_proj', 'add_v_proj', 'to_add_out'].map(
          (name) => `attn.${name}`,
        ),
      ),
      'ff.linear_in': [24, H],
      'ff.linear_out': [H, 12],
      'ff_context.linear_in': [24, H],
      'ff_context.linear_out': [H, 12],
    }),
    ...blocks(1, 'single_transformer_blocks', single('attn.to_qkv_mlp_proj', 'attn.to_out')),
  };
  const network = networkOf(original);
  expect(network).toMatchObject({ architecture: 'mmdit', blocks: 2, warnings: [] });
  expect(joined(networkOf(diffusers))).toEqual(joined(network));
  expect(reasons(network)['double_stream_modulation_img.lin.weight']).toBe('conditioning embedding');
});

describe('Wan', () => {
  const [X, F] = [H, 32];
  /** wan/modules/model.py, of a model that begins with a picture. */
  const original = {
    ...blocks(2, 'blocks', {
      ...square(['q', 'k', 'v', 'o'].map((name) => `self_attn.${name}`)),
      ...square(['q', 'k', 'v', 'k_img', 'v_img', 'o'].map((name) => `cross_attn.${name}`)),
      ...feedForward('ffn.0', 'ffn.2', F),
      'modulation!': [1, 6, H],
    }),
    ...weights('', {
      patch_embedding: [H, 16, 1, 2, 2],
      'text_embedding.0': [H, 12],
      'text_embedding.2': [H, X],
      'time_embedding.0': [H, 16],
      'time_projection.1': [6 * H, H],
      'img_emb.proj.1': [12, 12],
      'head.head': [4, H],
    }),
  };
  /** transformer_wan.py of diffusers. */
  const diffusers = blocks(2, 'blocks', {
    ...square(['to_q', 'to_k', 'to_v', 'to_out.0'].map((name) => `attn1.${name}`)),
    ...square(
      ['to_q', 'to_k', 'to_v', 'add_k_proj', 'add_v_proj', 'to_out.0'].map((name) => `attn2.${name}`),
    ),
    ...feedForward('ffn.net.0.proj', 'ffn.net.2', F),
  });

  it('reads text and picture apart, the same in both dialects', () => {
    const network = networkOf(original);
    expectSound(network, original);
    expect(network).toMatchObject({ architecture: 'wan', blocks: 2, warnings: [] });
    expect(joined(networkOf(diffusers))).toEqual(joined(network));
    expect(sketch(network).slice(2, 6)).toEqual([
      'cross_attention.q 8→8 q 8x8: cross-attention input → cross-attention heads',
      'cross_attention.kv 8→16 k 8x8 & v 8x8: context → cross-attention heads, cross-attention heads @8',
      'cross_attention.kv 8→16 k_img 8x8 & v_img 8x8: picture → cross-attention heads, cross-attention heads @8',
      'cross_attention.out 8→8 o 8x8: cross-attention heads → MLP input',
    ]);
    expect(reasons(network)).toMatchObject({
      'text_embedding.0.weight': 'conditioning embedding',
      'time_projection.1.weight': 'conditioning embedding',
      'img_emb.proj.1.weight': 'conditioning embedding',
      'head.head.weight': 'output head (unembedding)',
      'blocks.0.modulation': 'buffer: one table per position',
    });
  });
});

it('PixArt (PixArt.py) and HunyuanDiT (models.py) are DiT with cross-attention', () => {
  const cross = [
    'attention.qkv',
    'attention.out',
    'cross_attention.q',
    'cross_attention.kv',
    'cross_attention.out',
    'mlp.up',
    'mlp.down',
  ];
  const rolesOf = (shapes: Shapes): string[] => {
    const network = networkOf(shapes);
    expect(network).toMatchObject({ architecture: 'dit', blocks: 2, warnings: [] });
    return network.projections.filter(({ block }) => block === 1).map(({ role }) => role);
  };
  const pixart = {
    'attn.qkv': [3 * H, H],
    'attn.proj': [H, H],
    'cross_attn.q_linear': [H, H],
    'cross_attn.kv_linear': [2 * H, H],
    'cross_attn.proj': [H, H],
    ...feedForward('mlp.fc1', 'mlp.fc2'),
    'scale_shift_table!': [6, H],
  };
  expect(rolesOf(blocks(2, 'blocks', pixart))).toEqual(cross);
  const hunyuan = {
    'attn1.Wqkv': [3 * H, H],
    'attn1.out_proj': [H, H],
    'attn2.q_proj': [H, H],
    'attn2.kv_proj': [2 * H, 12],
    'attn2.out_proj': [H, H],
    'default_modulation.1': [H, H],
    ...feedForward('mlp.fc1', 'mlp.fc2'),
  };
  const later = weights('blocks.1.', { skip_linear: [H, 2 * H] });
  expect(rolesOf({ ...blocks(2, 'blocks', hunyuan), ...later })).toEqual([
    'linear',
    ...cross.slice(0, 2),
    'conditioning',
    ...cross.slice(2),
  ]);
});

it('Lumina 2 and Z-Image (transformer_lumina2.py, transformer_z_image.py): what refines comes first', () => {
  const block = {
    'attention.qkv': [2 * H, H],
    'attention.out': [H, H],
    'feed_forward.w1': [12, H],
    'feed_forward.w3': [12, H],
    'feed_forward.w2': [H, 12],
  };
  const network = networkOf({
    ...blocks(2, 'layers', { ...block, 'adaLN_modulation.0': [4 * H, 4] }),
    ...blocks(1, 'context_refiner', block),
    ...blocks(1, 'noise_refiner', { ...block, 'adaLN_modulation.0': [4 * H, 4] }),
    ...weights('', { x_embedder: [H, 4], 'cap_embedder.1': [H, 12], 't_embedder.mlp.0': [4, 16] }),
  });
  expect(network).toMatchObject({ architecture: 'lumina', blocks: 4, warnings: [] });
  expect(network.projections.filter(({ role }) => role === 'mlp.down').map(({ name }) => name)).toEqual(
    ['noise_refiner.0', 'context_refiner.0', 'layers.0', 'layers.1'].map((name) => `${name}.feed_forward.w2`),
  );
});
