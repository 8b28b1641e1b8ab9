/** Low-rank adapters by themselves (Hu et al., ICLR 2022), and tensors that are there under several names. */
import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../../src/core/network/adapters';
import { expectFault } from '../checkpoint/build';
import { lines, networkOf, reasons, repeat, tensors, weights } from './support';

describe('low-rank adapters', () => {
  const pair = (name: string, rank: number, from: number, to: number) => ({
    [`${name}.lora_A`]: [rank, from],
    [`${name}.lora_B`]: [to, rank],
  });
  const at = 'base_model.model.model.layers';

  it('PEFT: the halves A of q and v read one input; each B reads its own rank', () => {
    const shapes = weights(`${at}.#.self_attn.`, {
      ...pair('q_proj', 4, 16, 16),
      ...pair('v_proj', 2, 16, 8),
    });
    const network = networkOf(repeat(2, shapes));
    expect(network).toMatchObject({ architecture: 'lora', blocks: 2 });
    const own = `${at}.0.self_attn`;
    expect(lines(network).slice(0, 3)).toEqual([
      `0 lora.a 16→6 ${own}.q_proj.lora_A 4x16 & ${own}.v_proj.lora_A 2x16: ${own}.{q_proj,v_proj} input → ${own}.q_proj rank, ${own}.v_proj rank @4`,
      `0 lora.b 4→16 ${own}.q_proj.lora_B 16x4: ${own}.q_proj rank → ${own}.q_proj output`,
      `0 lora.b 2→8 ${own}.v_proj.lora_B 8x2: ${own}.v_proj rank → ${own}.v_proj output`,
    ]);
  });

  it.each([
    ['PEFT with adapter names', 'l.0.q_proj.lora_A.default.weight', 'l.0.q_proj.lora_B.default.weight'],
    ['kohya', 'lora_unet_mid_attn1_to_q.lora_down.weight', 'lora_unet_mid_attn1_to_q.lora_up.weight'],
    ['diffusers', 'unet.mid.attn1.to_q.lora.down.weight', 'unet.mid.attn1.to_q.lora.up.weight'],
  ])('knows the names of %s', (_tool, a, b) => {
    expect(networkOf({ [a]: [4, 16], [b]: [8, 4] }).projections.map(({ role }) => role)).toEqual([
      'lora.a',
      'lora.b',
    ]);
  });

  it('says what does not fit', () => {
    expectFault(
      () => networkOf({ 'q.lora_A.weight': [4, 16] }),
      'unsupported',
      'test',
      /q.lora_A.weight has no other half/,
    );
    const ranks = { 'q.lora_A.weight': [4, 16], 'q.lora_B.weight': [8, 2] };
    expectFault(() => networkOf(ranks), 'unsupported', 'test', /has rank 4 and q.lora_B.weight has rank 2/);
  });

  it('leaves updates out where the model itself is there, whose layers keep their names inside', () => {
    const shapes = weights('model.layers.#.', {
      'self_attn.q_proj.base_layer': [8, 8],
      'self_attn.q_proj.lora_A.default': [2, 8],
      'self_attn.q_proj.lora_B.default': [8, 2],
      'self_attn.k_proj': [8, 8],
      'self_attn.v_proj': [8, 8],
      'self_attn.o_proj': [8, 8],
    });
    const network = networkOf(repeat(1, shapes));
    expect(network.architecture).toBe('llama');
    expect(Object.values(reasons(network))).toEqual(
      Array(2).fill('low-rank update of a tensor that is here: analyse the adapter by itself'),
    );
  });
});

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
    tensors(shapes).map((tensor, i) => ({ ...tensor, file: 'a.bin', offset: offsets(tensor.name, i) }));

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
      file: i < 4 ? 'a.bin' : 'b.bin',
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
