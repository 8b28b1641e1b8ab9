/** Models of language and vision: every tower is a family of its own, under whatever prefix. */
import { describe, expect, it } from 'vitest';
import { networkOf, reasons, repeat, sketch, weights, type Shapes } from './support';

const [H, W] = [12, 8];
const LANGUAGE: Shapes = {
  'self_attn.q_proj': [12, H],
  'self_attn.k_proj': [4, H],
  'self_attn.v_proj': [4, H],
  'self_attn.o_proj': [H, 12],
  'mlp.gate_proj': [32, H],
  'mlp.up_proj': [32, H],
  'mlp.down_proj': [H, 32],
};
const language = (at: string): Shapes => repeat(1, weights(`${at}.#.`, LANGUAGE));
const vision = (at: string, layers: Shapes): Shapes => repeat(2, weights(`${at}.#.`, layers));
const fusedAttention: Shapes = { 'attn.qkv': [24, W], 'attn.proj': [W, W] };

const FUSED = [
  'attention.qkv 8→24 qkv 24x8: input → attention heads, attention heads @8, attention heads @16',
  'attention.out 8→8 proj 8x8: attention heads → MLP input',
];
const APART = (out: string): string[] => [
  'attention.qkv 8→24 q_proj 8x8 & k_proj 8x8 & v_proj 8x8: input → attention heads, attention heads @8, attention heads @16',
  `attention.out 8→8 ${out} 8x8: attention heads → MLP input`,
];
const apart = (path: string, out: string): Shapes =>
  Object.fromEntries(['q_proj', 'k_proj', 'v_proj', out].map((name) => [`${path}.${name}`, [W, W]]));
const UP_DOWN = (up: string, down: string): string[] => [
  `mlp.up 8→16 ${up} 16x8: MLP input → MLP hidden`,
  `mlp.down 16→8 ${down} 8x16: MLP hidden → next`,
];
const GATED = (gate: string, up: string, down: string): string[] => [
  `mlp.up 8→32 ${gate} 16x8 & ${up} 16x8: MLP input → MLP hidden, MLP hidden @16`,
  `mlp.down 16→8 ${down} 8x16: MLP hidden → next`,
];

describe('a language model with a vision tower', () => {
  it.each<
    [name: string, text: string, tower: string, layers: Shapes, architecture: string, expected: string[]]
  >([
    [
      'LLaVA, PaliGemma, Gemma 3 (modeling_siglip.py)',
      'language_model.model.layers',
      'vision_tower.vision_model.encoder.layers',
      { ...apart('self_attn', 'out_proj'), 'mlp.fc1': [16, W], 'mlp.fc2': [W, 16] },
      'llama + clip',
      [...APART('out_proj'), ...UP_DOWN('fc1', 'fc2')],
    ],
    [
      'the same under the prefixes of recent versions',
      'model.language_model.layers',
      'model.vision_tower.vision_model.encoder.layers',
      { ...apart('self_attn', 'out_proj'), 'mlp.fc1': [16, W], 'mlp.fc2': [W, 16] },
      'llama + clip',
      [...APART('out_proj'), ...UP_DOWN('fc1', 'fc2')],
    ],
    [
      'Qwen 2-VL (modeling_qwen2_vl.py)',
      'model.layers',
      'visual.blocks',
      { ...fusedAttention, 'mlp.fc1': [16, W], 'mlp.fc2': [W, 16] },
      'llama + vit',
      [...FUSED, ...UP_DOWN('fc1', 'fc2')],
    ],
    [
      'Qwen 2.5-VL (modeling_qwen2_5_vl.py): a gate',
      'model.layers',
      'visual.blocks',
      { ...fusedAttention, 'mlp.gate_proj': [16, W], 'mlp.up_proj': [16, W], 'mlp.down_proj': [W, 16] },
      'llama + vit',
      [...FUSED, ...GATED('gate_proj', 'up_proj', 'down_proj')],
    ],
    [
      'Qwen 3-VL (modeling_qwen3_vl.py)',
      'model.language_model.layers',
      'model.visual.blocks',
      { ...fusedAttention, 'mlp.linear_fc1': [16, W], 'mlp.linear_fc2': [W, 16] },
      'llama + vit',
      [...FUSED, ...UP_DOWN('linear_fc1', 'linear_fc2')],
    ],
    [
      'InternVL (modeling_internvl_chat.py)',
      'language_model.model.layers',
      'vision_model.encoder.layers',
      { ...fusedAttention, 'mlp.fc1': [16, W], 'mlp.fc2': [W, 16] },
      'llama + vit',
      [...FUSED, ...UP_DOWN('fc1', 'fc2')],
    ],
    [
      'Llama 4 (modeling_llama4.py): a tower with the names of Llama',
      'language_model.model.layers',
      'vision_model.model.layers',
      { ...apart('self_attn', 'o_proj'), 'mlp.fc1': [16, W], 'mlp.fc2': [W, 16] },
      'llama',
      [...APART('o_proj'), ...UP_DOWN('fc1', 'fc2')],
    ],
    [
      'Pixtral (modeling_pixtral.py)',
      'language_model.model.layers',
      'vision_tower.transformer.layers',
      {
        ...apart('attention', 'o_proj'),
        'feed_forward.gate_proj': [16, W],
        'feed_forward.up_proj': [16, W],
        'feed_forward.down_proj': [W, 16],
      },
      'llama',
      [...APART('o_proj'), ...GATED('gate_proj', 'up_proj', 'down_proj')],
    ],
    [
      'BLIP-2 with a Llama (modeling_blip_2.py)',
      'language_model.model.layers',
      'vision_model.encoder.layers',
      {
        'self_attn.qkv': [24, W],
        'self_attn.projection': [W, W],
        'mlp.fc1': [16, W],
        'mlp.fc2': [W, 16],
      },
      'llama + clip',
      [FUSED[0]!, 'attention.out 8→8 projection 8x8: attention heads → MLP input', ...UP_DOWN('fc1', 'fc2')],
    ],
  ])('%s', (_name, text, tower, layers, architecture, expected) => {
    const network = networkOf({ ...language(text), ...vision(tower, layers), 'lm_head.weight': [99, H] });
    expect(network).toMatchObject({ architecture, blocks: 3, warnings: [] });
    expect(sketch(network)[1]).toBe('attention.out 12→12 o_proj 12x12: attention heads → MLP input');
    expect(sketch(network, 1)).toEqual(expected);
    expect(network.skipped).toEqual([{ tensor: 'lm_head.weight', reason: { code: 'output-head' } }]);
  });

  it('is a part of the model where a tower is not known, and says so', () => {
    const network = networkOf({
      ...language('language_model.model.layers'),
      ...vision('vision_tower.stages', { 'mixing.reader': [W, 40], 'mixing.writer': [40, W] }),
      'multi_modal_projector.linear_1.weight': [2, W],
    });
    expect(network.architecture).toBe('llama');
    expect(reasons(network)).toMatchObject({
      'vision_tower.stages.0.mixing.reader.weight': 'not part of a block of llama',
      'multi_modal_projector.linear_1.weight': 'not part of a block of llama',
    });
    expect(network.warnings).toEqual([
      {
        code: 'weights-left-out',
        tensors: 5,
        share: expect.closeTo(0.46, 2) as number,
        tensor: 'vision_tower.stages.0.mixing.reader.weight',
        reason: { code: 'outside-blocks', architecture: 'llama' },
      },
    ]);
  });

  it('takes a tower in names that no family has, if all of its layers are known', () => {
    const tower: Shapes = {
      attn_q: [W, W],
      attn_k: [W, W],
      attn_v: [W, W],
      attn_out: [W, W],
      ffn_up: [16, W],
      ffn_down: [W, 16],
    };
    const network = networkOf({ ...language('language_model.model.layers'), ...vision('v.blk', tower) });
    expect(network).toMatchObject({ architecture: 'llama + generic', blocks: 3, warnings: [] });
    expect(sketch(network, 1)).toEqual([
      'attention.qkv 8→24 attn_q 8x8 & attn_k 8x8 & attn_v 8x8: input → attention heads, attention heads @8, attention heads @16',
      'attention.out 8→8 attn_out 8x8: attention heads → MLP input',
      ...UP_DOWN('ffn_up', 'ffn_down'),
    ]);
    const strange = networkOf({
      ...language('language_model.model.layers'),
      ...vision('v.blk', { ...tower, gauge: [W, 3] }),
    });
    expect(strange.architecture).toBe('llama');
  });

  it('and where blocks hold layers that the family has not', () => {
    const network = networkOf({
      ...repeat(2, weights('model.layers.#.', { ...LANGUAGE, 'adapter.reader': [32, H] })),
    });
    expect(reasons(network)['model.layers.1.adapter.reader.weight']).toBe(
      'blocks of llama have no such layer',
    );
    expect(network.warnings).toHaveLength(1);
  });
});

describe('vision transformers of other names', () => {
  const block = (layers: Shapes): string[] => {
    const network = networkOf(vision('blocks', layers));
    expect(network).toMatchObject({ architecture: 'vit', blocks: 2, skipped: [], warnings: [] });
    return sketch(network);
  };

  it('DINOv2 (vision_transformer.py): gate and up in one tensor', () => {
    expect(block({ ...fusedAttention, 'mlp.w12': [32, W], 'mlp.w3': [W, 16] })).toEqual([
      ...FUSED,
      'mlp.up 8→32 w12 32x8: MLP input → MLP hidden, MLP hidden @16',
      'mlp.down 16→8 w3 8x16: MLP hidden → next',
    ]);
  });

  it('EVA-02 (timm, eva.py): q, k and v apart, gate and up apart', () => {
    const layers = {
      ...apart('attn', 'proj'),
      'mlp.fc1_g': [16, W],
      'mlp.fc1_x': [16, W],
      'mlp.fc2': [W, 16],
    };
    expect(block(layers)).toEqual([...APART('proj'), ...GATED('fc1_g', 'fc1_x', 'fc2')]);
  });

  it('SAM (modeling_sam.py), its tables of relative positions left out', () => {
    const network = networkOf(
      vision('vision_encoder.layers', {
        ...fusedAttention,
        'attn.rel_pos_h!': [27, 4],
        'mlp.lin1': [16, W],
        'mlp.lin2': [W, 16],
      }),
    );
    expect(sketch(network)).toEqual([...FUSED, ...UP_DOWN('lin1', 'lin2')]);
    expect(reasons(network)['vision_encoder.layers.0.attn.rel_pos_h']).toBe('position table');
  });

  it('DINOv2 and DINOv3 (modeling_dinov2.py, modeling_dinov3_vit.py)', () => {
    const two = networkOf(
      vision('encoder.layer', {
        ...Object.fromEntries(
          ['query', 'key', 'value'].map((name) => [`attention.attention.${name}`, [W, W]]),
        ),
        'attention.output.dense': [W, W],
        'mlp.weights_in': [32, W],
        'mlp.weights_out': [W, 16],
        'layer_scale1.lambda1!': [W],
      }),
    );
    expect(sketch(two).slice(2)).toEqual([
      'mlp.up 8→32 weights_in 32x8: MLP input → MLP hidden, MLP hidden @16',
      'mlp.down 16→8 weights_out 8x16: MLP hidden → next',
    ]);
    const three = networkOf(
      vision('layer', { ...apart('attention', 'o_proj'), 'mlp.up_proj': [16, W], 'mlp.down_proj': [W, 16] }),
    );
    expect(three.architecture).toBe('vit');
    expect(sketch(three)).toEqual([...APART('o_proj'), ...UP_DOWN('up_proj', 'down_proj')]);
  });
});
