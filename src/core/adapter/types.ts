/** Low-rank adapters as plain data: which tensors of a model they change, and how. */
import type { TensorInfo } from '../checkpoint/types';
import type { DecodedTensor } from '../quantized/decode';
import type { Computed } from '../network/sieve/parametrized';

/**
 * The change of a tensor: scale · B · A (Hu et al., LoRA, ICLR 2022), a product of [targets, rank] and [rank, sources].
 */
export interface LowRankUpdate {
  /** Shape [rank, sources, …]; [sources, rank] where halves are stored by neuron. */
  a: TensorInfo;
  /** Shape [targets, rank, …], where all further sizes are 1; [rank, targets] where halves are stored by neuron. */
  b: TensorInfo;
  rank: number;
  byNeuron: boolean;
  scale: number;
  /** The tensor to which the update is added; null where the update stands alone. */
  base: TensorInfo | null;
  /**
   * Whether the sum is stored [sources, targets], as in GPT-2's Conv1D; null for a square matrix, whose shape does not
   * say: the layout of its projection decides.
   */
  turned: boolean | null;
}

/**
 * A tensor of a model: stored as it is, decoded from quantized tensors, or made by an update or a computation (then of
 * type F64, at the position of its A).
 */
export interface ModelTensor extends DecodedTensor {
  update?: LowRankUpdate;
  /** At the position of `of`, with its shape and type. */
  computed?: Pick<Computed<TensorInfo>, 'kind' | 'of' | 'by'>;
}
