/** Experts and routers are told apart first, in families and by names alike: `--roles` relies on it. */
import { describe, expect, it } from 'vitest';
import { selectProjections } from '../../../src/core/network/select';
import { makeSubset } from '../../../src/core/network/subset';
import { networkOf, reasons, repeat, weights, type Shapes } from './support';

const H = 64;
const [M, E] = [32, 4];
const attention = weights('self_attn.', { q_proj: [H, H], k_proj: [H, H], v_proj: [H, H], o_proj: [H, H] });
/** Three matrices with the hidden layer narrower than the activations, as in most mixtures. */
const gatedAt = (
  path: string,
  [gate, up, down]: readonly string[] = ['gate_proj', 'up_proj', 'down_proj'],
): Shapes => weights(`${path}.`, { [gate!]: [M, H], [up!]: [M, H], [down!]: [H, M] });
const mixtral = ['w1', 'w3', 'w2'];

/** Two blocks, each with attention and what is given, `experts` taken for each number of an expert. */
function model(experts: Shapes, rest: Shapes, attn: Shapes = attention): Shapes {
  return repeat(
    2,
    Object.fromEntries(
      Object.entries({ ...attn, ...repeat(E, experts), ...rest }).map(([name, shape]) => [
        `model.layers.#.${name}`,
        shape,
      ]),
    ),
  );
}

/** Of the first block: the tensors that each choice of roles takes. */
function taken(shapes: Shapes, role: string): string[] {
  const network = selectProjections(networkOf(shapes), makeSubset({ roles: [role] }), 'test');
  const names = network.projections
    .filter(({ block }) => block === 0)
    .flatMap(({ parts }) => parts.map(({ tensor }) => tensor));
  return [...new Set(names)].sort();
}

/** Expert, dense MLP and router of public models: what each of the names stands for is in the model code named. */
const MIXTURES: readonly [name: string, experts: Shapes, dense: Shapes, routers: Shapes, attn?: Shapes][] = [
  [
    'Mixtral (modeling_mixtral.py)',
    gatedAt('block_sparse_moe.experts.#', mixtral),
    {},
    weights('block_sparse_moe.', { gate: [E, H] }),
  ],
  [
    'Qwen2-MoE (modeling_qwen2_moe.py)',
    { ...gatedAt('mlp.experts.#'), ...gatedAt('mlp.shared_expert') },
    {},
    weights('mlp.', { gate: [E, H], shared_expert_gate: [1, H] }),
  ],
  [
    'DeepSeek-MoE (modeling_deepseek.py)',
    { ...gatedAt('mlp.experts.#'), ...gatedAt('mlp.shared_experts') },
    {},
    weights('mlp.', { gate: [E, H], 'gate.e_score_correction_bias!': [E] }),
  ],
  [
    'Llama 4 (modeling_llama4.py), experts in one tensor',
    {
      'feed_forward.experts.gate_up_proj': [E, H, 2 * M],
      'feed_forward.experts.down_proj': [E, M, H],
      ...gatedAt('feed_forward.shared_expert'),
    },
    {},
    weights('feed_forward.', { router: [E, H] }),
  ],
  [
    'Arctic (modeling_arctic.py), a residual MLP beside the experts',
    gatedAt('block_sparse_moe.experts.#', mixtral),
    gatedAt('residual_mlp', mixtral),
    weights('block_sparse_moe.', { gate: [E, H] }),
  ],
  [
    'Grok-2, a dense MLP beside the experts',
    gatedAt('block_sparse_moe.experts.#', mixtral),
    gatedAt('mlp'),
    weights('block_sparse_moe.', { gate: [E, H] }),
  ],
  [
    'Hunyuan (modeling_hunyuan.py), a router with a name of two parts',
    { ...gatedAt('mlp.experts.#'), ...gatedAt('mlp.shared_mlp') },
    {},
    weights('mlp.', { 'gate.wg': [E, H] }),
  ],
  [
    'Aria (modeling_aria.py), [experts, in, out]',
    {
      'mlp.experts.fc1.weight': [E, H, 2 * M],
      'mlp.experts.fc2.weight': [E, M, H],
      ...gatedAt('mlp.shared_experts'),
    },
    {},
    weights('mlp.', { router: [E, H] }),
  ],
  [
    'a Llama whose experts have names that it does not know',
    weights('mlp.experts.#.', { input: [M, H], output: [H, M] }),
    {},
    weights('mlp.', { gate: [E, H] }),
  ],
  [
    'JetMoE (modeling_jetmoe.py), stacks that are not called experts',
    { 'ffn.input_linear.weight': [E, 4 * M, H], 'ffn.output_linear.weight': [E, H, 2 * M] },
    {},
    weights('ffn.', { 'router.layer': [E, H] }),
    weights('attn.', { wq: [H, H], wk: [H, H], wv: [H, H], wo: [H, H] }),
  ],
  [
    "GPT-OSS in OpenAI's names (gpt_oss/torch/model.py)",
    { 'mlp.mlp1_weight': [E, 4 * M, H], 'mlp.mlp2_weight': [E, H, 2 * M] },
    {},
    weights('mlp.', { gate: [E, H] }),
    weights('attn.', { qkv: [2 * H, H], out: [H, H] }),
  ],
  [
    'Ling (modeling_bailing_moe.py)',
    { ...gatedAt('mlp.experts.#'), ...gatedAt('mlp.shared_experts') },
    {},
    weights('mlp.', { gate: [E, H] }),
    weights('attention.', { query_key_value: [2 * H, H], dense: [H, H] }),
  ],
  [
    'DeepSpeed-MoE',
    weights('mlp.deepspeed_moe.experts.deepspeed_experts.#.', {
      dense_h_to_4h: [M, H],
      dense_4h_to_h: [H, M],
    }),
    {},
    weights('mlp.deepspeed_moe.', { 'gate.wg': [E, H] }),
    weights('attention.', { query_key_value: [3 * H, H], dense: [H, H] }),
  ],
  [
    'names that nobody knows, with a hidden layer as wide as the activations',
    weights('moe_layer.experts.#.', { fc1: [H, H], fc2: [H, H] }),
    weights('ffn.', { fc1: [2 * H, H], fc2: [H, 2 * H] }),
    weights('moe_layer.', { gate: [E, H] }),
    weights('mix.', { wq: [H, H], wk: [H, H], wv: [H, H], wo: [H, H] }),
  ],
  [
    'MLX, experts in one tensor',
    weights('mlp.switch_mlp.', { gate_proj: [E, M, H], up_proj: [E, M, H], down_proj: [E, H, M] }),
    {},
    weights('mlp.', { gate: [E, H] }),
    weights('attn.', { wq: [H, H], wk: [H, H], wv: [H, H], wo: [H, H] }),
  ],
  [
    'llama.cpp',
    weights('', {
      ffn_gate_exps: [E, M, H],
      ffn_up_exps: [E, M, H],
      ffn_down_exps: [E, H, M],
      ffn_up_shexp: [M, H],
      ffn_down_shexp: [H, M],
    }),
    {},
    weights('', { ffn_gate_inp: [E, H] }),
    weights('', { attn_q: [H, H], attn_k: [H, H], attn_v: [H, H], attn_output: [H, H] }),
  ],
];

describe.each(MIXTURES)('%s', (_name, experts, dense, routers, attn) => {
  const shapes = model(experts, { ...dense, ...routers }, attn);
  const named = (list: Shapes): string[] =>
    Object.keys(repeat(E, list))
      .map((name) => `model.layers.0.${name}`)
      .sort();
  const matrices = (list: Shapes): Shapes =>
    Object.fromEntries(Object.entries(list).filter(([, shape]) => shape.length > 1));

  it('--roles expert takes both sides of every expert and nothing else', () => {
    expect(taken(shapes, 'expert')).toEqual(named(experts));
    const up = taken(shapes, 'expert.up');
    const down = taken(shapes, 'expert.down');
    expect([...up, ...down].sort()).toEqual(named(experts));
    for (const name of down) expect(name).toMatch(/down|w2|fc2|4h_to_h|output|mlp2/);
  });

  it('--roles mlp takes no expert', () => {
    if (Object.keys(dense).length > 0) expect(taken(shapes, 'mlp')).toEqual(named(dense));
    else expect(networkOf(shapes).projections.filter(({ role }) => role.startsWith('mlp.'))).toEqual([]);
  });

  it('leaves the router out', () => {
    const why = reasons(networkOf(shapes));
    for (const name of named(matrices(routers)))
      expect([name, why[name]]).toEqual([name, expect.stringMatching(/router|vector/)]);
  });
});

it('knows the gate of a gated MLP from a router', () => {
  const network = networkOf(
    repeat(2, weights('blocks.#.', { 'mlp.gate': [M, H], 'mlp.up': [M, H], 'mlp.down': [H, M] })),
  );
  expect(
    network.projections
      .filter(({ block }) => block === 0)
      .map(({ parts }) => parts.map(({ tensor }) => tensor))
      .flat()
      .sort(),
  ).toEqual(['down', 'gate', 'up'].map((leaf) => `blocks.0.mlp.${leaf}.weight`));
});

it('takes no tower for an expert because it is called one', () => {
  const tower = weights('gemma_expert.', { fc1: [M, H], fc2: [H, M] });
  const network = networkOf(
    repeat(
      2,
      Object.fromEntries(
        Object.entries(tower).map(([name, shape]) => [name.replace('.', '.stages.#.mlp.'), shape]),
      ),
    ),
  );
  expect(network.projections.map(({ role }) => role)).not.toContain('expert.up');
});
