/** Checkpoints of DeepSpeed ZeRO-3, see `zeroFile.ts`. */
import type { CheckpointFormat } from '../format';
import { pytorch } from './pytorch';
import { openZero3 } from './zeroFile';

const FIRST = 'zero_pp_rank_0_mp_rank_00_model_states.pt';

export const zero3: CheckpointFormat = {
  id: 'deepspeed-zero3',
  label: 'DeepSpeed ZeRO-3',
  sureNames: ['zero_pp_rank_*_model_states.pt'],
  namesOnRequest: [],
  openedBy: FIRST,
  sniffs: (head, fileName) => fileName === FIRST && pytorch.sniffs(head, fileName),
  open: (path, onTensors) => openZero3(zero3, path, onTensors),
};
