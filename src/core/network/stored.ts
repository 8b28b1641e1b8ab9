/** What a reader should know about how the weights of a network are stored. */
import type { Fact } from '../../protocol/facts';
import { because } from './reasons';
import type { Config, Network, TensorShape } from './types';

/**
 * Architectures, by their GGUF names, for which llama.cpp's converter (`convert_hf_to_gguf.py`) reorders the rows of
 * queries and keys relative to Hugging Face.
 */
const REORDERED = new Set(
  'llama deci granite granitemoe minicpm xverse baichuan internlm2 olmo arcee smollm3 mistral3 gptneox bloom falcon'.split(
    ' ',
  ),
);

/** Warns about quantized weights, and about rows in another order than elsewhere. */
export function storedWarnings(
  { projections }: Network,
  tensors: readonly TensorShape[],
  config: Config,
): Fact[] {
  const used = new Set(projections.flatMap(({ parts }) => parts.map(({ tensor }) => tensor)));
  const decoded = tensors.filter(({ name, stored }) => stored !== undefined && used.has(name));
  const types = [...new Set(decoded.map(({ stored }) => stored!))].sort();
  const isReordered = REORDERED.has(String(config?.['gguf_architecture']));
  return [
    ...(decoded.length > 0
      ? [{ code: 'decoded-weights' as const, types, tensors: decoded.length, of: used.size }]
      : []),
    ...(isReordered ? [because('rows-reordered')] : []),
  ];
}
