/** A compressed member of an archive: unpacked as a whole, and cached. */
import { inflateRawSync } from 'node:zlib';
import { integer } from '../../../protocol/format';
import { NeuroMfaError } from '../../../protocol/errors';
import type { StampedFile } from '../../storage/stamp';
import { sliceOf } from '../../storage/storage';
import { elementBytes, type RecipeKind } from './recipe';

export interface InflatedRecipe {
  kind: 'inflated';
  file: StampedFile;
  /** Absolute offset of the first compressed byte. */
  offset: number;
  /** Number of compressed bytes. */
  stored: number;
  /** Number of unpacked bytes, and how many of these come before the first element. */
  bytes: number;
  skip: number;
  /** The shape where the first index varies fastest (Fortran order); null for row-major values. */
  fortran: readonly number[] | null;
}

/** Limit for what is unpacked at once: the maker of such a recipe must check it. */
export const MAX_INFLATED_BYTES = 256 * 2 ** 20;
const ELEMENTS_PER_SECOND = 2e7;

export const INFLATED: RecipeKind<InflatedRecipe> = {
  open(recipe, { dtype }, files) {
    const { file, offset, stored, bytes, skip, fortran } = recipe;
    const size = elementBytes(dtype);
    const unpacked = inflate(sliceOf(files(file), offset, stored), bytes);
    if (!unpacked)
      throw new NeuroMfaError(
        'damaged',
        file.path,
        `the file is damaged: the ${integer(stored)} bytes from byte ${offset} on cannot be unpacked to ${integer(bytes)}`,
        'Save or download the file again',
      );
    const values = unpacked.subarray(skip);
    const held = fortran ? rowMajor(values, fortran, size) : values;
    return {
      read(first, into) {
        into.set(held.subarray(first * size, first * size + into.length));
      },
    };
  },
  // All of them, whatever is read.
  storedBytes: ({ stored }, _tensor, _first, elements) => (elements === 0 ? 0 : stored),
  heldBytes: ({ stored, bytes, fortran }) => stored + (fortran ? 2 : 1) * bytes,
  seconds: (_, elements) => elements / ELEMENTS_PER_SECOND,
};

/** Null where the content does not match its description. */
function inflate(content: Uint8Array, bytes: number): Uint8Array | null {
  try {
    const unpacked = inflateRawSync(content, { maxOutputLength: Math.max(1, bytes) });
    return unpacked.length === bytes ? unpacked : null;
  } catch {
    return null;
  }
}

/** The same values with the last index varying fastest. */
function rowMajor(values: Uint8Array, shape: readonly number[], size: number): Uint8Array {
  const ordered = new Uint8Array(values.length);
  const index = shape.map(() => 0);
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((product, side) => product * side, size));
  let to = 0;
  for (let from = 0; from < values.length; from += size) {
    for (let byte = 0; byte < size; byte++) ordered[to + byte] = values[from + byte]!;
    for (let i = 0; i < shape.length; i++) {
      index[i]!++;
      to += strides[i]!;
      if (index[i]! < shape[i]!) break;
      to -= shape[i]! * strides[i]!;
      index[i] = 0;
    }
  }
  return ordered;
}
