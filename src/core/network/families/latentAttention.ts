/** DeepSeek's multi-head latent attention: `modeling_deepseek_v2.py`, `modeling_deepseek_v3.py`. */
import { family, separate, stack, step, unit } from '../family';
import { LLAMA_MLP } from './decoders';

const KEY_VALUE = [
  step('attention.qkv', 'key-value latent', [separate(['self_attn.kv_b_proj'], 'keys and values')]),
  step('attention.out', 'heads', [separate(['self_attn.o_proj'], 'output')]),
];
/** Its targets are the latent and, behind it, the rotary part of the key. */
const DOWN = 'self_attn.kv_a_proj_with_mqa';

const ATTENTION = unit('attention', [
  [
    step('attention.qkv', 'input', [
      separate(['self_attn.q_a_proj', DOWN], ['query latent', 'latent and rotary key']),
    ]),
    step('attention.qkv', 'query latent', [separate(['self_attn.q_b_proj'], 'queries')]),
    ...KEY_VALUE,
  ],
  [
    step('attention.qkv', 'input', [
      separate(['self_attn.q_proj', DOWN], ['queries', 'latent and rotary key']),
    ]),
    ...KEY_VALUE,
  ],
]);

export const DEEPSEEK = family(
  'deepseek',
  [stack('layers.#', [[ATTENTION], LLAMA_MLP])],
  ['deepseek_v2', 'deepseek_v3'],
);
