/** PyTorch files: `torch.save` of any version since 0.4, `torch.jit.save`, and what trainers save with them. */
import { joinTensorFiles } from '../../tensorFiles';
import type { CheckpointFile } from '../format';
import { isLegacy, isZip } from '../heads';
import { openTorchFile } from './torchFile';

/** The first member of a PyTorch archive: its name follows the 30 bytes of its header. */
const FIRST_MEMBER =
  /^[^/]+\/(?:data\.pkl|data\/|byteorder|version|\.format_version|\.storage_alignment|constants|code\/)/;

export const pytorch: CheckpointFile = {
  id: 'pytorch',
  label: 'PyTorch',
  sureNames: [
    '*.ckpt',
    '*.pt',
    '*.pth',
    'pytorch_model*.bin',
    'adapter_model*.bin',
    'diffusion_pytorch_model*.bin',
  ],
  namesOnRequest: [],
  namesOfOthers: ['*.bin'],
  sniffs(head) {
    if (isLegacy(head)) return true;
    const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 512)).toString('latin1');
    return isZip(head) && FIRST_MEMBER.test(text.slice(30));
  },
  open(path, onTensors) {
    const file = openTorchFile(path, onTensors);
    return joinTensorFiles(path, pytorch.id, [file], {
      settings: file.config,
      ...(onTensors && { onTensors }),
    });
  },
};
