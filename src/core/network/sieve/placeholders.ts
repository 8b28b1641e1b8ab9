/**
 * Refuses files with empty tensors in place of weights, or with all weights in one vector: sharded training leaves such
 * files behind.
 */
import { NeuroMfaError } from '../../../protocol/errors';
import { shortened } from '../../../protocol/visible';
import { isDecodable } from '../../checkpoint/dtype';
import type { NamedTensor } from '../names';

/** @throws NeuroMfaError `unsupported` where weights are empty placeholders, or flattened. */
export function refusePlaceholders(all: readonly NamedTensor[], subject: string): void {
  const empty = all.filter(
    ({ tensor: { name, shape, dtype } }) =>
      shape.length === 1 && shape[0] === 0 && isDecodable(dtype) && name.endsWith('.weight'),
  );
  if (empty.length > 0) {
    throw new NeuroMfaError(
      'unsupported',
      subject,
      `${empty.length} of its weights are empty placeholders of shape [0], such as ${shortened(empty[0]!.tensor.name)}: DeepSpeed ZeRO-3 (or FSDP) had divided them among its processes when the file was saved`,
      'Analyze the global_step folder of DeepSpeed (zero_pp_rank_0_mp_rank_00_model_states.pt) in its place, or what zero_to_fp32.py makes of it (of FSDP, accelerate merge-weights); or train with stage3_gather_16bit_weights_on_model_save',
    );
  }
  const flat = all.find(
    ({ tensor: { name, shape } }) => shape.length === 1 && /(^|[._])flat_param(_\d+)?$/.test(name),
  );
  if (flat) {
    throw new NeuroMfaError(
      'unsupported',
      subject,
      `its weights are flattened into vectors by PyTorch FSDP, such as ${shortened(flat.tensor.name)}: which values are which layer is not in the file`,
      'Save the model with StateDictType.FULL_STATE_DICT, or merge the shards (accelerate merge-weights)',
    );
  }
}
