/** Recognizes files that are not what they are taken for, so that the error can say what they are. */
import { basename } from 'node:path';
import { NeuroMfaError } from '../../../protocol/errors';

/** Enough of a file's beginning for every check here and for the formats' own. */
export const HEAD_BYTES = 4096;

const CONVERT =
  'Save the model as safetensors (in Python: model.save_pretrained(folder, safe_serialization=True) of transformers, or safetensors.torch.save_model(model, "model.safetensors") for any model of PyTorch)';

interface Kind {
  matches: (head: string, fileName: string) => boolean;
  label: string;
  nextStep: string;
}

/** Heads are read as Latin-1, one character per byte. The first match counts. */
const KINDS: readonly Kind[] = [
  { matches: (head) => head.startsWith('PK\x03\x04'), label: 'a zip archive', nextStep: CONVERT },
  {
    matches: (head) => /^\x80[\x02-\x05]/.test(head), // eslint-disable-line no-control-regex -- binary magic
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
    const size = /^size (\d+)$/m.exec(text)?.[1];
    return new NeuroMfaError(
      'missing',
      path,
      `this is a Git LFS pointer, not the file itself${size ? ` (${size} bytes)` : ''}`,
      `Fetch the file with: git lfs pull --include="${basename(path)}"`,
    );
  }
  const kind = KINDS.find(({ matches }) => matches(text, basename(path).toLowerCase()));
  return kind ? new NeuroMfaError('unsupported', path, `this is ${kind.label}`, kind.nextStep) : null;
}
