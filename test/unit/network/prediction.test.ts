/** Blocks that predict further tokens are trained beside the model, which runs without them: they are no part of its network. */
import { expect, it } from 'vitest';
import { lines, networkOf, reasons, repeat, weights, type Shapes } from './support';

const H = 12;
const PREDICTION = 'multi-token prediction: the model runs without it';
const gated = (at: string, width = 8): Shapes =>
  weights(`${at}.`, { gate_proj: [width, H], up_proj: [width, H], down_proj: [H, width] });
const latent = (at: string): Shapes =>
  weights(`${at}.self_attn.`, {
    q_a_proj: [6, H],
    q_b_proj: [12, 6],
    kv_a_proj_with_mqa: [5, H],
    kv_b_proj: [16, 4],
    o_proj: [H, 8],
  });
const grouped = (at: string): Shapes =>
  weights(`${at}.self_attn.`, { q_proj: [12, H], k_proj: [4, H], v_proj: [4, H], o_proj: [H, 12] });
const deepseekBlock = (at: string): Shapes => ({
  ...latent(at),
  ...weights(`${at}.`, { 'mlp.gate': [2, H], 'mlp.gate.e_score_correction_bias!': [2] }),
  ...repeat(2, gated(`${at}.mlp.experts.#`)),
  ...gated(`${at}.mlp.shared_experts`),
});

it('DeepSeek-V3 (README_WEIGHTS.md): a whole block behind the last one, with eh_proj', () => {
  const model = {
    'model.embed_tokens.weight': [99, H],
    ...latent('model.layers.0'),
    ...gated('model.layers.0.mlp', 20),
    ...deepseekBlock('model.layers.1'),
    'lm_head.weight': [99, H],
  };
  const further = {
    ...deepseekBlock('model.layers.2'),
    ...weights('model.layers.2.', {
      embed_tokens: [99, H],
      enorm: [H],
      hnorm: [H],
      eh_proj: [H, 2 * H],
      'shared_head.norm': [H],
      'shared_head.head': [99, H],
    }),
  };
  const config = { model_type: 'deepseek_v3', num_nextn_predict_layers: 1 };
  const network = networkOf({ ...model, ...further }, config);
  expect(network).toMatchObject({ architecture: 'deepseek', blocks: 2, warnings: [] });
  expect(lines(network)).toEqual(lines(networkOf(model, config)));
  const why = reasons(network);
  for (const name of Object.keys(further)) expect([name, why[name]]).toEqual([name, PREDICTION]);
});

it.each([
  ['Qwen3-Next', 'mtp.', { fc: [H, 2 * H], norm: [H] }],
  ['MiMo (modeling_mimo.py)', 'model.mtp_layers.0.', { input_proj: [H, 2 * H], final_layernorm: [H] }],
  ['ERNIE 4.5', 'model.mtp_linear_proj.0.', {}],
])('%s: modules of their own', (_name, prefix, layers: Shapes) => {
  const model = repeat(2, { ...grouped('model.layers.#'), ...gated('model.layers.#.mlp') });
  const further = {
    ...grouped('mtp.layers.0'),
    ...gated('mtp.layers.0.mlp'),
    ...weights(prefix, layers),
  };
  const network = networkOf({ ...model, ...further });
  expect(network).toMatchObject({ architecture: 'llama', blocks: 2, warnings: [] });
  expect(lines(network)).toEqual(lines(networkOf(model)));
  const why = reasons(network);
  for (const name of Object.keys(further)) expect([name, why[name]]).toEqual([name, PREDICTION]);
});

it('a file that holds nothing else is read', () => {
  const network = networkOf({ ...grouped('mtp.layers.0'), ...gated('mtp.layers.0.mlp') });
  expect(network).toMatchObject({ architecture: 'llama', blocks: 1 });
});

it('the indexer of sparse attention (DeepSeek-V3.2) is no layer either', () => {
  const indexer = weights('model.layers.#.self_attn.indexer.', {
    wq_b: [8, 6],
    wk: [4, H],
    weights_proj: [2, H],
  });
  const model = repeat(2, { ...latent('model.layers.#'), ...gated('model.layers.#.mlp', 20) });
  const network = networkOf({ ...model, ...repeat(2, indexer) });
  expect(network).toMatchObject({ architecture: 'deepseek', warnings: [] });
  expect(lines(network)).toEqual(lines(networkOf(model)));
  expect(reasons(network)['model.layers.0.self_attn.indexer.wq_b.weight']).toBe(
    'indexer: chooses the tokens that attention reads',
  );
});
