/** TensorFlow.js: a description as JSON and files of weights, see `tfjsFile.ts`. */
import type { CheckpointFile } from './format';
import { openTfjs } from './tfjsFile';

/** Matches the beginning of such a file; of a long topology only the beginning is read. */
const isTfjs = (head: Uint8Array): boolean => {
  const text = Buffer.from(head).toString('latin1');
  return (
    /^\s*\{[^]*"(?:weightsManifest|modelTopology)"\s*:/.test(text) ||
    /^\s*\{\s*"format"\s*:\s*"(?:layers|graph)-model"/.test(text) ||
    /^\s*\[\s*\{\s*"(?:paths|weights)"\s*:\s*\[/.test(text)
  );
};

export const tfjs: CheckpointFile = {
  id: 'tfjs',
  label: 'TensorFlow.js',
  sureNames: ['*-weights_manifest.json'],
  namesOnRequest: ['weights_manifest.json', 'model.json'],
  sniffs: isTfjs,
  open: (path, onTensors) => openTfjs(tfjs, path, onTensors),
};
