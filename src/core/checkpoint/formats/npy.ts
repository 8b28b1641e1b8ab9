/** Arrays of NumPy and archives of them, see `npyFile.ts`. */
import type { CheckpointFile } from './format';
import { isNpy, isNpz } from './heads';
import { openNpy, openNpz } from './npyFile';

export const npz: CheckpointFile = {
  id: 'npz',
  label: 'NumPy archive',
  sureNames: ['*.npz'],
  namesOnRequest: [],
  sniffs: isNpz,
  open: (path, onTensors) => openNpz(npz, path, onTensors),
};

export const npy: CheckpointFile = {
  id: 'npy',
  label: 'NumPy array',
  sureNames: [],
  namesOnRequest: ['*.npy'],
  sniffs: isNpy,
  open: (path, onTensors) => openNpy(npy, path, onTensors),
};
