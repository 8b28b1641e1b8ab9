/** Elements as consecutive varints, which is how ONNX stores halves without raw bytes. They are cached as a whole. */
import { integer } from '../../../protocol/format';
import { NeuroMfaError } from '../../../protocol/errors';
import type { StampedFile } from '../../storage/stamp';
import { sliceOf } from '../../storage/storage';
import { elementBytes, type RecipeKind } from './recipe';

export interface VarintsRecipe {
  kind: 'varints';
  file: StampedFile;
  /** Absolute offset of the first number. */
  offset: number;
  /** Size of all numbers. */
  bytes: number;
}

const ELEMENTS_PER_SECOND = 1e8;

export const VARINTS: RecipeKind<VarintsRecipe> = {
  open({ file, offset, bytes }, { dtype, elements }, files) {
    const size = elementBytes(dtype);
    const held = decoded(sliceOf(files(file), offset, bytes), elements, size);
    if (!held)
      throw new NeuroMfaError(
        'damaged',
        file.path,
        `the file is damaged: the ${integer(bytes)} bytes from byte ${offset} on are not ${integer(elements)} numbers`,
        'Save or download the file again',
      );
    return {
      read(first, into) {
        into.set(held.subarray(first * size, first * size + into.length));
      },
    };
  },
  // All of them, whatever is read.
  storedBytes: ({ bytes }, _tensor, _first, elements) => (elements === 0 ? 0 : bytes),
  heldBytes: ({ bytes }, { dtype, elements }) => bytes + elements * elementBytes(dtype),
  seconds: (_, elements) => elements / ELEMENTS_PER_SECOND,
};

/** The low bytes of every number; null where the count is wrong. */
function decoded(bytes: Uint8Array, elements: number, size: number): Uint8Array | null {
  const values = new Uint8Array(elements * size);
  let at = 0;
  let low = 0;
  let shift = 0;
  for (const byte of bytes) {
    if (shift < 28) low |= (byte & 0x7f) << shift;
    shift += 7;
    if (byte >= 0x80) continue;
    if (at === values.length) return null;
    for (let i = 0; i < size; i++) values[at++] = (low >>> (8 * i)) & 0xff;
    low = 0;
    shift = 0;
  }
  return at === values.length && shift === 0 ? values : null;
}
