import type { TensorShape } from '../../../src/core/network/types';

/** The tensors of a GPT-NeoX model, with the names and shapes that Hugging Face gives them. */
export function neoxTensors(
  hidden: number,
  blocks: number,
  wide = 4 * hidden,
  prefix = 'gpt_neox.',
): TensorShape[] {
  const tensor = (name: string, ...shape: number[]): TensorShape => ({ name, dtype: 'F16', shape });
  const block = (i: number): TensorShape[] => {
    const at = `${prefix}layers.${i}.`;
    return [
      tensor(`${at}input_layernorm.weight`, hidden),
      tensor(`${at}attention.query_key_value.weight`, 3 * hidden, hidden),
      tensor(`${at}attention.query_key_value.bias`, 3 * hidden),
      tensor(`${at}attention.dense.weight`, hidden, hidden),
      tensor(`${at}mlp.dense_h_to_4h.weight`, wide, hidden),
      tensor(`${at}mlp.dense_4h_to_h.weight`, hidden, wide),
    ];
  };
  return [
    tensor(`${prefix}embed_in.weight`, 256, hidden),
    ...Array.from({ length: blocks }, (_, i) => block(i)).flat(),
    tensor('embed_out.weight', 256, hidden),
  ];
}
