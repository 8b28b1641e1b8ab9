/** GGUF, the format of ggml and llama.cpp, see `ggufFile.ts`. */
import type { CheckpointFormat } from './format';
import { openGguf } from './ggufFile';

export const gguf: CheckpointFormat = {
  id: 'gguf',
  label: 'GGUF',
  sureNames: ['*.gguf'],
  namesOnRequest: [],
  sniffs: (head) => Buffer.from(head.subarray(0, 4)).toString('latin1') === 'GGUF',
  shardsJoinThemselves: true,
  open: (path, onTensors) => openGguf(gguf, path, onTensors),
};
