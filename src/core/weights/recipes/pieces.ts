/**
 * A tensor in several ranges or tiles, each row-major in a file: the parts that processes of a training run have
 * written.
 */
import type { StampedFile } from '../../storage/stamp';
import { readAt } from '../../storage/storage';
import type { OpenFile } from '../openFile';
import { elementBytes, type RecipeKind } from './recipe';

/** Tiles that together contain every element of the tensor exactly once, which opening the checkpoint verifies. */
export interface PiecesRecipe {
  kind: 'pieces';
  /** The shape of the tensor that the tiles divide. */
  shape: readonly number[];
  tiles: readonly Tile[];
}

/** A box of indices. */
export interface Tile {
  file: StampedFile;
  /** Absolute offset of its first element. */
  offset: number;
  /** Its first index in every dimension, and its size. */
  starts: readonly number[];
  sizes: readonly number[];
}

/** A tile as rows: ranges of elements that are contiguous in the tensor too. */
interface Rows {
  tile: Tile;
  /** Length of one range, in elements. */
  length: number;
  count: number;
  /** The index in the tensor of the first element of range `index`; ascending. */
  startOf: (index: number) => number;
}

export const PIECES: RecipeKind<PiecesRecipe> = {
  open(recipe, { dtype }, files) {
    const rows = rowsOf(recipe);
    const size = elementBytes(dtype);
    return {
      read(first, into) {
        const count = into.length / size;
        let found = 0;
        for (const each of rows) found += readTile(each, first, count, size, into, files);
        if (found !== count) throw new Error(`${count - found} elements are in no piece`);
      },
    };
  },
  storedBytes: (_, { dtype }, _first, elements) => elements * elementBytes(dtype),
  heldBytes: ({ tiles }) => tiles.length * ROW_BYTES,
  seconds: () => 0,
};

/** Approximate size of a row's object and closure. */
const ROW_BYTES = 300;

/** Reads a tile's elements among `first` … `first + count`. @returns how many. */
function readTile(
  { tile, length, count: runs, startOf }: Rows,
  first: number,
  count: number,
  size: number,
  into: Uint8Array,
  files: OpenFile,
): number {
  let low = 0;
  for (let high = runs; low < high;) {
    const middle = (low + high) >>> 1;
    if (startOf(middle) + length > first) high = middle;
    else low = middle + 1;
  }
  let found = 0;
  for (let run = low; run < runs; run++) {
    const start = startOf(run);
    if (start >= first + count) break;
    const from = Math.max(start, first);
    const to = Math.min(start + length, first + count);
    const bytes = into.subarray((from - first) * size, (to - first) * size);
    readAt(files(tile.file), tile.offset + (run * length + from - start) * size, bytes);
    found += to - from;
  }
  return found;
}

function rowsOf({ shape, tiles }: PiecesRecipe): Rows[] {
  const steps = shape.map((_, i) => product(shape.slice(i + 1)));
  return tiles.map((tile) => {
    const { starts, sizes } = tile;
    // Dimensions after this one are contiguous; of this one a tile may cover a part.
    let inner = shape.length - 1;
    while (inner > 0 && sizes[inner] === shape[inner]) inner--;
    const length = product(sizes.slice(Math.max(0, inner)));
    const begin = starts.reduce((sum, start, i) => sum + start * steps[i]!, 0);
    const startOf = (index: number): number => {
      let at = begin;
      let rest = index;
      for (let i = inner - 1; i >= 0; i--) {
        at += (rest % sizes[i]!) * steps[i]!;
        rest = Math.floor(rest / sizes[i]!);
      }
      return at;
    };
    return { tile, length, count: length === 0 ? 0 : product(sizes) / length, startOf };
  });
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}
