/** DeepSeek's multi-head latent attention: `modeling_deepseek_v2.py`, `modeling_deepseek_v3.py`. */
import { family, separate, stack, step, unit, type Unit } from '../family';
import { LLAMA_MLP, mixture } from './decoders';
import { gated, mlp } from './transformer';

/** @param path of its module in the block. */
export function latentAttention(path: string, name = 'attention'): Unit {
  const at = (leaf: string): string => `${path}.${leaf}`;
  // The targets of what reads the input are the latent and, behind it, the rotary part of the key.
  const down = at('kv_a_proj_with_mqa');
  const keyValue = [
    step('attention.qkv', 'key-value latent', [separate([at('kv_b_proj')], 'keys and values')]),
    step('attention.out', 'heads', [separate([at('o_proj')], 'output')]),
  ];
  return unit(name, [
    [
      step('attention.qkv', 'input', [
        separate([at('q_a_proj'), down], ['query latent', 'latent and rotary key']),
      ]),
      step('attention.qkv', 'query latent', [separate([at('q_b_proj')], 'queries')]),
      ...keyValue,
    ],
    [
      step('attention.qkv', 'input', [separate([at('q_proj'), down], ['queries', 'latent and rotary key'])]),
      ...keyValue,
    ],
  ]);
}

export const DEEPSEEK = family(
  'deepseek',
  [stack('layers.#', [[latentAttention('self_attn')], LLAMA_MLP])],
  ['deepseek_v2', 'deepseek_v3'],
);

/**
 * Two sublayers in every block, whose experts read what the first MLP reads and write behind the second:
 * `modeling_longcat_flash.py`.
 */
const denseMlp = (number: number, name: string): Unit => ({
  ...mlp([gated(`mlps.${number}.gate_proj`, `mlps.${number}.up_proj`)], [`mlps.${number}.down_proj`]),
  name,
});

export const LONGCAT = family(
  'longcat_flash',
  [
    stack('layers.#', [
      [latentAttention('self_attn.0')],
      [...mixture('mlp'), denseMlp(0, 'MLP')],
      [latentAttention('self_attn.1', 'second attention')],
      [denseMlp(1, 'second MLP')],
    ]),
  ],
  ['longcat_flash'],
);
