/** Keras: weights in HDF5, alone or in an archive, see `kerasFile.ts`. */
import type { CheckpointFile } from './format';
import { hdf5Start, isHdf5 } from './heads';
import { openKeras, openKerasArchive } from './kerasFile';

export const keras: CheckpointFile = {
  id: 'keras-h5',
  label: 'Keras (HDF5)',
  sureNames: ['*.weights.h5'],
  namesOnRequest: ['*.h5', '*.hdf5'],
  sniffs: isHdf5,
  isFoundIn: (source) => hdf5Start(source) !== null,
  open: (path, onTensors) => openKeras(keras, path, onTensors),
};

/** Whether the first member of an archive is one that Keras writes first. */
const isKerasArchive = (head: Uint8Array): boolean =>
  ARCHIVE.test(Buffer.from(head.subarray(0, 64)).toString('latin1'));

// eslint-disable-next-line no-control-regex -- the first bytes of a binary file are control characters
const ARCHIVE = /^PK\x03\x04[^]{26}(?:metadata\.json|config\.json|model\.weights\.h5)/;

export const kerasArchive: CheckpointFile = {
  id: 'keras',
  label: 'Keras',
  sureNames: ['*.keras'],
  namesOnRequest: [],
  sniffs: isKerasArchive,
  open: (path, onTensors) => openKerasArchive(kerasArchive, path, onTensors),
};
