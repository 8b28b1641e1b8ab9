/** Weights in blocks of a few bits each, as ggml quantizes them; decoded to float32. */
import type { StampedFile } from '../../storage/stamp';
import { readAt } from '../../storage/storage';
import { floatsIn, storedBytesOf } from './floats';
import { BLOCK_TYPES, decodeBlocks, type BlockTypeName } from './ggmlBlocks';
import type { RecipeKind } from './recipe';

export interface BlocksRecipe {
  kind: 'blocks';
  file: StampedFile;
  /** Absolute offset of the first block. */
  offset: number;
  type: BlockTypeName;
}

/** Number of elements to decode at once: a multiple of every block size. */
const ELEMENTS_AT_ONCE = 2 ** 14;
const ELEMENTS_PER_SECOND = 2e8;

export const BLOCKS: RecipeKind<BlocksRecipe> = {
  open({ file, offset, type }, _, files) {
    const source = files(file);
    const { elements: length, bytes: size } = BLOCK_TYPES[type];
    const stored = new Uint8Array((ELEMENTS_AT_ONCE / length) * size);
    const values = new Float32Array(ELEMENTS_AT_ONCE);
    return {
      read(first, into) {
        const end = first + into.length / Float32Array.BYTES_PER_ELEMENT;
        for (let from = first; from < end;) {
          // The requested range may begin and end within blocks.
          const block = Math.floor(from / length);
          const blocks = Math.min(Math.ceil(end / length) - block, ELEMENTS_AT_ONCE / length);
          const bytes = stored.subarray(0, blocks * size);
          readAt(source, offset + block * size, bytes);
          const to = Math.min(end, (block + blocks) * length);
          const place = (from - first) * Float32Array.BYTES_PER_ELEMENT;
          const own = to - from === blocks * length ? floatsIn(into, place, to - from) : null;
          if (own) {
            decodeBlocks(type, bytes, own);
            storedBytesOf(own);
          } else {
            decodeBlocks(type, bytes, values.subarray(0, blocks * length));
            const wanted = values.subarray(from - block * length, to - block * length);
            into.set(storedBytesOf(wanted), place);
          }
          from = to;
        }
      },
    };
  },
  storedBytes({ type }, _, first, elements) {
    const { elements: length, bytes } = BLOCK_TYPES[type];
    return elements === 0 ? 0 : (Math.ceil((first + elements) / length) - Math.floor(first / length)) * bytes;
  },
  heldBytes: ({ type }) => {
    const { elements: length, bytes } = BLOCK_TYPES[type];
    return ELEMENTS_AT_ONCE * (Float32Array.BYTES_PER_ELEMENT + bytes / length);
  },
  seconds: (_, elements) => elements / ELEMENTS_PER_SECOND,
};
