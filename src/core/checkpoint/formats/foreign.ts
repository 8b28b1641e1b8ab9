/** Recognizes files that are not what they are taken for, so that the error can say what they are. */
import { basename } from 'node:path';
import { NeuroMfaError } from '../../../protocol/errors';
import { integer } from '../../../protocol/format';

/** Enough of a file's beginning for every check here and for the formats' own. */
export const HEAD_BYTES = 4096;

const CONVERT =
  'Save the model as safetensors (in Python: model.save_pretrained(folder, safe_serialization=True) of transformers, or safetensors.torch.save_model(model, "model.safetensors") for any model of PyTorch)';

interface Kind {
  matches: (head: string, fileName: string) => boolean;
  label: string;
  nextStep: string;
}

/** A Python expression for the arrays by their names. */
const savez = (arrays: string): string => `numpy.savez("model.npz", **${arrays})`;

/** Entries of the archives that `torch.export` writes: in a folder since PyTorch 2.6, at the top before. */
const EXPORTED = /^(?:[^/]+\/)?(?:archive_format|serialized_exported_program\.json)$/;

/** Whether a zip archive with a member of this name is a program written by `torch.export`. */
export const isExported = (member: string): boolean => EXPORTED.test(member);

/** The name of the first member of a zip archive, which follows the 30 bytes of its header. */
function firstMember(head: string): string {
  const length = head.charCodeAt(26) | (head.charCodeAt(27) << 8);
  return head.slice(30, 30 + length);
}

const EXPORTED_PROGRAM: Kind = {
  matches: (head, name) =>
    head.startsWith('PK\x03\x04') && (name.endsWith('.pt2') || isExported(firstMember(head))),
  label: 'a program that torch.export has written',
  nextStep:
    'Save its weights (in Python: torch.save(torch.export.load("model.pt2").state_dict, "model.pt")), and choose that file',
};

/** Heads are read as Latin-1, one character per byte. The first match counts. */
const KINDS: readonly Kind[] = [
  EXPORTED_PROGRAM,
  {
    matches: (_, name) => name.endsWith('.nemo'),
    label: 'an archive of NeMo',
    nextStep:
      'Unpack it (tar -xf model.nemo), and choose the model_weights.ckpt in it, or the folder model_weights',
  },
  {
    matches: (_, name) => /\.pd(?:params|iparams|model)$/.test(name),
    label: 'a model of PaddlePaddle',
    nextStep: `Convert it to ONNX with paddle2onnx, or save its arrays (in Python: ${savez('{k: v.numpy() for k, v in paddle.load("model.pdparams").items()}')})`,
  },
  {
    matches: (head) => head.slice(4, 8) === 'TFL3',
    label: 'a model of TensorFlow Lite',
    nextStep:
      'Convert it to ONNX (python -m tf2onnx.convert --tflite model.tflite --output model.onnx), or take the model that it was made from',
  },
  {
    matches: (_, name) => name === 'saved_model.pb',
    label: 'a SavedModel of TensorFlow',
    nextStep: 'Convert its folder to ONNX (python -m tf2onnx.convert --saved-model . --output model.onnx)',
  },
  {
    matches: (_, name) => /\.(?:index|meta|data-\d+-of-\d+)$/.test(name) || name === 'checkpoint',
    label: 'part of a checkpoint of TensorFlow',
    nextStep: `Save its arrays (in Python: r = tf.train.load_checkpoint("model.ckpt"); ${savez('{k: r.get_tensor(k) for k in r.get_variable_to_shape_map()}')})`,
  },
  {
    matches: (_, name) =>
      /^(?:_checkpoint_metadata|_metadata|manifest\.ocdbt|\.zarray|zarr\.json)$/.test(name),
    label: 'part of a checkpoint of Orbax (JAX)',
    nextStep: `Load it with Orbax and save its arrays by their names (in Python: ${savez('arrays')})`,
  },
  {
    matches: (_, name) => name.endsWith('.msgpack'),
    label: 'a file of Flax (msgpack)',
    nextStep:
      'Save it as safetensors (in Python: safetensors.flax.save_file(flax.traverse_util.flatten_dict(flax.serialization.msgpack_restore(open("flax_model.msgpack", "rb").read()), sep="."), "model.safetensors"))',
  },
  {
    matches: (_, name) => /\.ml(?:model|package)$/.test(name),
    label: 'a model of Core ML',
    nextStep: 'Take the model that it was converted from, in PyTorch, ONNX or Keras',
  },
  { matches: (head) => head.startsWith('PK\x03\x04'), label: 'a zip archive', nextStep: CONVERT },
  {
    matches: (head) => /^\x80[\x02-\x05]/.test(head), // eslint-disable-line no-control-regex -- the first bytes of a binary file are control characters
    label: 'a pickle, but not one that torch.save has written',
    nextStep: CONVERT,
  },
  {
    matches: (head) => /^\s*<(!doctype|html)/i.test(head),
    label: 'a web page',
    nextStep: 'Download the file itself; a model with restricted access needs a login',
  },
];

/**
 * The error for a file that is empty, a Git LFS pointer or of a known foreign kind; null for anything else.
 * @param head the first bytes of the file, up to {@link HEAD_BYTES}.
 */
export function foreignFile(path: string, head: Uint8Array): NeuroMfaError | null {
  if (head.length === 0) {
    return new NeuroMfaError('damaged', path, 'the file is empty', 'Save or download it again');
  }
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1');
  // https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md; the second host wrote the first pointers.
  if (/^version https:\/\/(git-lfs|hawser)\.github\.com\/spec\//.test(text)) {
    const size = /^size (\d{1,15})$/m.exec(text)?.[1];
    return new NeuroMfaError(
      'missing',
      path,
      `this is a Git LFS pointer, not the file itself${size ? ` (${integer(Number(size))} bytes)` : ''}`,
      `Fetch the file with: git lfs pull --include="${basename(path)}"`,
    );
  }
  const kind = KINDS.find(({ matches }) => matches(text, basename(path).toLowerCase()));
  return kind ? foreignError(path, kind) : null;
}

/** The error for an archive that {@link isExported} identifies as a program. */
export const exportedProgram = (path: string): NeuroMfaError => foreignError(path, EXPORTED_PROGRAM);

function foreignError(path: string, { label, nextStep }: Kind): NeuroMfaError {
  return new NeuroMfaError('unsupported', path, `this is ${label}`, nextStep);
}
