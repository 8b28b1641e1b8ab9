/** llama.cpp's names give the networks that Hugging Face's names give. */
import { expect, it } from 'vitest';
import { buildNetwork } from '../../../src/core/network/readNetwork';
import type { Network, TensorShape } from '../../../src/core/network/types';

const [WIDTH, HIDDEN, KEYS, TOKENS, EXPERTS, INNER, BLOCKS] = [64, 160, 32, 500, 4, 128, 3];
const CONFIG = { num_attention_heads: 4, vocab_size: TOKENS };

type Tensors = readonly TensorShape[];
const tensor = (name: string, ...shape: number[]): TensorShape => ({ name, dtype: 'F32', shape });
/** A weight at each path, of the shape behind it. */
const weights = (prefix: string, shapes: Readonly<Record<string, readonly number[]>>): TensorShape[] =>
  Object.entries(shapes).map(([path, shape]) => tensor(`${prefix}${path}.weight`, ...shape));
const blocks = (of: (block: number) => TensorShape[]): TensorShape[] =>
  Array.from({ length: BLOCKS }, (_, i) => of(i)).flat();

const HF_OUTSIDE = [
  tensor('model.embed_tokens.weight', TOKENS, WIDTH),
  tensor('model.norm.weight', WIDTH),
  tensor('lm_head.weight', TOKENS, WIDTH),
];
const OUTSIDE = [
  tensor('token_embd.weight', TOKENS, WIDTH),
  tensor('position_embd.weight', 99, WIDTH),
  tensor('token_types.weight', 2, WIDTH),
  tensor('output_norm.weight', WIDTH),
  tensor('output.weight', TOKENS, WIDTH),
  tensor('rope_freqs.weight', 8),
];
const llama = (rest: (block: number) => TensorShape[], keys = KEYS): Tensors => [
  ...HF_OUTSIDE,
  ...blocks((i) => [
    ...weights(`model.layers.${i}.self_attn.`, {
      q_proj: [WIDTH, WIDTH],
      k_proj: [keys, WIDTH],
      v_proj: [keys, WIDTH],
      o_proj: [WIDTH, WIDTH],
    }),
    ...rest(i),
  ]),
];
const gguf = (of: (block: number) => Readonly<Record<string, readonly number[]>>): Tensors => [
  ...OUTSIDE,
  ...blocks((i) => [
    ...weights(`blk.${i}.`, of(i)),
    tensor(`blk.${i}.attn_norm.weight`, WIDTH),
    tensor(`blk.${i}.ffn_norm.weight`, WIDTH),
    tensor(`blk.${i}.attn_q.bias`, WIDTH),
  ]),
];
const attention = (keys = KEYS): Record<string, number[]> => ({
  attn_q: [WIDTH, WIDTH],
  attn_k: [keys, WIDTH],
  attn_v: [keys, WIDTH],
  attn_output: [WIDTH, WIDTH],
});
const GATED = { ffn_gate: [HIDDEN, WIDTH], ffn_up: [HIDDEN, WIDTH], ffn_down: [WIDTH, HIDDEN] };
const mlp = (prefix: string, hidden = HIDDEN): TensorShape[] =>
  weights(prefix, { gate_proj: [hidden, WIDTH], up_proj: [hidden, WIDTH], down_proj: [WIDTH, hidden] });
const experts = (prefix: string): TensorShape[] =>
  Array.from({ length: EXPERTS }, (_, expert) => mlp(`${prefix}${expert}.`)).flat();
const STACKED = {
  ffn_gate_inp: [EXPERTS, WIDTH],
  ffn_gate_exps: [EXPERTS, HIDDEN, WIDTH],
  ffn_up_exps: [EXPERTS, HIDDEN, WIDTH],
  ffn_down_exps: [EXPERTS, WIDTH, HIDDEN],
};
const MIXER = {
  ssm_in: [2 * INNER, WIDTH],
  ssm_conv1d: [INNER, 1, 4],
  ssm_x: [36, INNER],
  ssm_dt: [INNER, 4],
  ssm_out: [WIDTH, INNER],
};
const mixer = (prefix: string): TensorShape[] =>
  weights(prefix, {
    in_proj: MIXER.ssm_in,
    conv1d: MIXER.ssm_conv1d,
    x_proj: MIXER.ssm_x,
    dt_proj: MIXER.ssm_dt,
    out_proj: MIXER.ssm_out,
  });

/** Everything that numbers depend on but where the weights lie. */
function structure({ blocks: count, draws, projections }: Network): unknown {
  return {
    count,
    draws: draws.map(({ width, multiple }) => [width, multiple]),
    projections: projections.map(({ role, block, sources, targets, sampling, parts }) => ({
      ...{ role, block, sources, targets, sampling },
      parts: parts.map(({ taps, groups }) => [taps, groups]),
    })),
  };
}

it.each<[name: string, huggingFace: Tensors, llamaCpp: Tensors]>([
  ['Llama', llama((i) => mlp(`model.layers.${i}.mlp.`)), gguf(() => ({ ...attention(), ...GATED }))],
  [
    'Llama with as many keys as queries, all square',
    llama((i) => mlp(`model.layers.${i}.mlp.`, WIDTH), WIDTH),
    gguf(() => ({
      ...attention(WIDTH),
      ffn_gate: [WIDTH, WIDTH],
      ffn_up: [WIDTH, WIDTH],
      ffn_down: [WIDTH, WIDTH],
    })),
  ],
  [
    'GPT-2, which its converter turns',
    blocks((i) =>
      weights(`h.${i}.`, {
        'attn.c_attn': [WIDTH, 3 * WIDTH],
        'attn.c_proj': [WIDTH, WIDTH],
        'mlp.c_fc': [WIDTH, HIDDEN],
        'mlp.c_proj': [HIDDEN, WIDTH],
      }),
    ),
    gguf(() => ({
      attn_qkv: [3 * WIDTH, WIDTH],
      attn_output: [WIDTH, WIDTH],
      ffn_up: [HIDDEN, WIDTH],
      ffn_down: [WIDTH, HIDDEN],
    })),
  ],
  [
    'Phi-3, with gate and up in one',
    [
      ...HF_OUTSIDE,
      ...blocks((i) =>
        weights(`model.layers.${i}.`, {
          'self_attn.qkv_proj': [WIDTH + 2 * KEYS, WIDTH],
          'self_attn.o_proj': [WIDTH, WIDTH],
          'mlp.gate_up_proj': [2 * HIDDEN, WIDTH],
          'mlp.down_proj': [WIDTH, HIDDEN],
        }),
      ),
    ],
    gguf(() => ({
      attn_qkv: [WIDTH + 2 * KEYS, WIDTH],
      attn_output: [WIDTH, WIDTH],
      ffn_up: [2 * HIDDEN, WIDTH],
      ffn_down: [WIDTH, HIDDEN],
    })),
  ],
  [
    'Mixtral and its like',
    llama((i) => experts(`model.layers.${i}.mlp.experts.`)),
    gguf(() => ({ ...attention(), ...STACKED })),
  ],
  [
    'Qwen 2 with shared experts',
    llama((i) => [
      ...mlp(`model.layers.${i}.mlp.shared_expert.`, 96),
      ...experts(`model.layers.${i}.mlp.experts.`),
    ]),
    gguf(() => ({
      ...attention(),
      ...STACKED,
      ffn_gate_inp_shexp: [WIDTH],
      ffn_gate_shexp: [96, WIDTH],
      ffn_up_shexp: [96, WIDTH],
      ffn_down_shexp: [WIDTH, 96],
    })),
  ],
  [
    'DeepSeek with latent attention',
    [
      ...HF_OUTSIDE,
      ...blocks((i) => [
        ...weights(`model.layers.${i}.self_attn.`, {
          q_a_proj: [24, WIDTH],
          q_b_proj: [96, 24],
          kv_a_proj_with_mqa: [20, WIDTH],
          kv_b_proj: [128, 16],
          o_proj: [WIDTH, WIDTH],
        }),
        ...mlp(`model.layers.${i}.mlp.`),
      ]),
    ],
    gguf(() => ({
      attn_q_a: [24, WIDTH],
      attn_q_b: [96, 24],
      attn_kv_a_mqa: [20, WIDTH],
      attn_kv_b: [128, 16],
      attn_output: [WIDTH, WIDTH],
      ...GATED,
    })),
  ],
  [
    'Mamba',
    blocks((i) => mixer(`backbone.layers.${i}.mixer.`)),
    [...OUTSIDE, ...blocks((i) => [...weights(`blk.${i}.`, MIXER), tensor(`blk.${i}.ssm_a`, INNER, 16)])],
  ],
  [
    'Jamba, with attention in one of its blocks',
    [
      ...HF_OUTSIDE,
      ...blocks((i) => [
        ...(i === 1
          ? llama(() => [], WIDTH).filter(({ name }) => name.startsWith('model.layers.1.'))
          : mixer(`model.layers.${i}.mamba.`)),
        ...mlp(`model.layers.${i}.feed_forward.`),
      ]),
    ],
    gguf((i) => ({ ...(i === 1 ? attention(WIDTH) : MIXER), ...GATED })),
  ],
])('%s', (_, huggingFace, llamaCpp) => {
  const own = buildNetwork({ tensors: llamaCpp, config: CONFIG }, 'gguf');
  const other = buildNetwork({ tensors: huggingFace, config: CONFIG }, 'hf');
  expect(structure(own)).toEqual(structure(other));
  expect(own.projections.length).toBeGreaterThan(BLOCKS);
  // No matrix is left out for want of a name.
  const known =
    /^(token-embedding|position-table|output-head|router|state-space-parameter|normalization|not-a-matrix|bias)$/;
  expect(own.skipped.filter(({ reason }) => !known.test(reason.code))).toEqual([]);
  expect(own.warnings).toEqual([]);
});
