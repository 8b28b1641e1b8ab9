/** Low-rank adapters as plain data: which tensors of a model they change, and by what. */
import type { TensorInfo } from '../checkpoint/types';
import type { DecodedTensor } from '../quantized/decode';
import type { Computed } from '../network/sieve/parametrized';

/** What is added to a tensor: scale · B · A (Hu et al., LoRA, ICLR 2022), seen as [targets, rank] times [rank, sources]. */
export interface LowRankUpdate {
  /** Shape [rank, sources, …]; [sources, rank] where halves are stored by neuron. */
  a: TensorInfo;
  /** Shape [targets, rank, …] with nothing but ones behind; [rank, targets]. */
  b: TensorInfo;
  rank: number;
  byNeuron: boolean;
  scale: number;
  /** The tensor that it is added to; null where the update stands alone. */
  base: TensorInfo | null;
  /**
   * Whether the sum is stored [sources, targets], as in GPT-2's Conv1D; null for a square whose shape does not tell: then
   * its projection's layout does.
   */
  turned: boolean | null;
}

/**
 * A tensor of a model: stored as it is, or decoded from quantized ones, or (of type F64, at the place of its A) what an update
 * makes, or what is computed.
 */
export interface ModelTensor extends DecodedTensor {
  update?: LowRankUpdate;
  /** At the place of `of`, with its shape and type. */
  computed?: Pick<Computed<TensorInfo>, 'kind' | 'of' | 'by'>;
}
