/** ONNX: a graph of operations, see `onnxFile.ts`. */
import type { CheckpointFile } from './format';
import { openOnnx } from './onnxFile';

/** Fields of a model that may follow its version. */
const SECOND_FIELDS = new Set([0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42]);

const isOnnx = (head: Uint8Array): boolean =>
  head[0] === 0x08 && head[1]! > 0 && head[1]! < 0x20 && SECOND_FIELDS.has(head[2]!);

export const onnx: CheckpointFile = {
  id: 'onnx',
  label: 'ONNX',
  sureNames: ['*.onnx'],
  namesOnRequest: [],
  sniffs: isOnnx,
  open: (path, onTensors) => openOnnx(onnx, path, onTensors),
};
