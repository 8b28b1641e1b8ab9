/** Formats that are not read are refused by name, with the way to one that is. */
import { expect, it } from 'vitest';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import { zip } from '../support/torchFiles';
import { write } from './build';

const ZIP = 'PK\x03\x04';
/** An archive with these members, as text. */
const archive = (...names: string[]): string =>
  zip(names.map((name) => ({ name, content: Buffer.from('pt2') }))).toString('latin1');

it.each<[name: string, content: string, label: RegExp, next: RegExp]>([
  ['model.pt2', `${ZIP}rest`, /torch\.export/, /torch\.save\(torch\.export\.load/],
  [
    'prefixed.pt2',
    archive('prefixed/.format_version', 'prefixed/archive_format', 'prefixed/data/weights/weight_0'),
    /torch\.export/,
    /torch\.save/,
  ],
  [
    'byteorder.pt',
    archive('m/byteorder', 'm/models/m.json', 'm/archive_format'),
    /torch\.export/,
    /torch\.save/,
  ],
  ['first.pt', archive('first/archive_format', 'first/models/model.json'), /torch\.export/, /torch\.save/],
  ['old.pt', archive('serialized_exported_program.json', 'version'), /torch\.export/, /torch\.save/],
  ['model.nemo', 'model_weights.ckpt', /NeMo/, /tar -xf/],
  ['model.pdparams', '\x80\x02}.', /PaddlePaddle/, /paddle2onnx.*numpy\.savez/],
  ['inference.pdmodel', '\x08\x01', /PaddlePaddle/, /paddle2onnx/],
  ['model.tflite', '\x1c\0\0\0TFL3', /TensorFlow Lite/, /tf2onnx\.convert --tflite/],
  ['saved_model.pb', '\x08\x01', /SavedModel/, /tf2onnx\.convert --saved-model/],
  ['model.ckpt-100.index', '\0\0', /checkpoint of TensorFlow/, /load_checkpoint.*numpy\.savez/],
  ['model.ckpt-100.data-00000-of-00001', '\0\0', /checkpoint of TensorFlow/, /load_checkpoint/],
  ['checkpoint', 'model_checkpoint_path: "a"', /checkpoint of TensorFlow/, /load_checkpoint/],
  ['_CHECKPOINT_METADATA', '{}', /Orbax/, /numpy\.savez/],
  ['manifest.ocdbt', '\x0c\xdb;S', /Orbax/, /numpy\.savez/],
  ['flax_model.msgpack', '\x81\xa6params\x80', /Flax/, /safetensors\.flax\.save_file/],
  ['model.mlmodel', '\x08\x05', /Core ML/, /converted from/],
])('%s', (name, content, label, next) => {
  const path = write(`foreign/${name}`, Buffer.from(content, 'latin1'));
  let error: unknown;
  try {
    openCheckpoint(path).close();
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(NeuroMfaError);
  const { code, subject, cause, nextStep } = (error as NeuroMfaError).data;
  expect([code, subject]).toEqual(['unsupported', path]);
  expect(cause).toMatch(label);
  expect(nextStep).toMatch(next);
});
