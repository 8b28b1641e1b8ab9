/** Distributed checkpoints of PyTorch (DCP), see `dcpFile.ts`. */
import type { CheckpointFormat } from '../format';
import { openDcp } from './dcpFile';

/** PyTorch's name for the list of tensors and pieces. */
const DCP_METADATA = '.metadata';

export const dcp: CheckpointFormat = {
  id: 'dcp',
  label: 'PyTorch distributed checkpoint (DCP)',
  sureNames: ['*.distcp'],
  namesOnRequest: [],
  openedBy: DCP_METADATA,
  // The list has a name of its own, so any other content is damage to this format.
  sniffs: (head, fileName) => fileName === DCP_METADATA || isList(head),
  open: (path, onTensors) => openDcp(dcp, path, onTensors),
};

/** Whether these first bytes are those of the list of tensors and pieces: a bare pickle, which names its class. */
function isList(head: Uint8Array): boolean {
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1');
  return text.startsWith('\x80') && text.includes('state_dict_metadata');
}
