/**
 * A range of bytes that continues elsewhere, such as in the next file: elements may begin in one and end in the other.
 */
import type { StampedFile } from '../../storage/stamp';
import { readAt } from '../../storage/storage';
import { elementBytes, type RecipeKind } from './recipe';

export interface JoinedRecipe {
  kind: 'joined';
  /** In order; together they are the tensor. */
  runs: readonly Run[];
}

export interface Run {
  file: StampedFile;
  /** Absolute offset of its first byte. */
  offset: number;
  bytes: number;
}

export const JOINED: RecipeKind<JoinedRecipe> = {
  open: ({ runs }, { dtype }, files) => ({
    read(first, into) {
      let skip = first * elementBytes(dtype);
      let filled = 0;
      for (const { file, offset, bytes } of runs) {
        const own = Math.min(bytes - skip, into.length - filled);
        if (own > 0) {
          readAt(files(file), offset + skip, into.subarray(filled, filled + own));
          filled += own;
        }
        skip = Math.max(0, skip - bytes);
      }
    },
  }),
  storedBytes: (_, { dtype }, _first, elements) => elements * elementBytes(dtype),
  heldBytes: () => 0,
  seconds: () => 0,
};
