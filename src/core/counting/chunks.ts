/** Walks rows of a stored tensor in chunks, read straight into the kernel's memory. */
import type { Kernel } from '../multifractal/kernel/kernel';
import { rowBytesOf, storedBytes, type ReadRows } from '../weights/kinds';
import type { PlannedPart } from '../analysis/plan';

/** Large enough to amortize a read, small enough that the counters of the current columns stay in cache. */
export const CHUNK_BYTES = 4 * 2 ** 20;

/**
 * About so many bytes of decoded rows are announced at a time: enough for several requests, and few enough that predicting the reads takes
 * no longer than a person waits for "cancel".
 */
const ANNOUNCED_BYTES = 32 * 2 ** 20;

export interface CountIo {
  read: ReadRows;
  /** Rows are read together up to this size; a longer row is read alone. */
  chunkBytes: number;
  /** Called with every chunk in the kernel's input, before it is counted. */
  onInput?: (part: PlannedPart, rows: RowRange) => void;
  /** Called after every chunk with the bytes read; throws to stop the work. */
  advance(bytes: number): void;
}

/** Rows `from` … `to` (excluded) of a part. */
export interface RowRange {
  from: number;
  to: number;
}

/** Bytes of input the kernel needs for chunks of this part: at least one row. */
export function inputBytes(part: PlannedPart, chunkBytes: number): number {
  return Math.max(rowBytesOf(part), Math.min(chunkBytes, part.rows * rowBytesOf(part)));
}

/** Number of rows of a part that are announced together: all, unless a recipe decodes them. */
export function announcedRows(part: PlannedPart, chunkBytes = CHUNK_BYTES): number {
  if (part.weights.kind !== 'recipe') return Math.max(1, part.rows);
  const chunkRows = chunkRowsOf(part, chunkBytes);
  const each = Math.max(1, storedBytes(part, part.rows) / Math.max(1, part.rows));
  return chunkRows * Math.max(1, Math.floor(ANNOUNCED_BYTES / each / chunkRows));
}

const chunkRowsOf = (part: PlannedPart, chunkBytes: number): number =>
  Math.max(1, Math.floor(chunkBytes / rowBytesOf(part)));

/** Passes every chunk of a part's rows to `use`; the bytes are in the kernel's input, and valid during the call. */
export function forEachChunk(
  kernel: Kernel,
  part: PlannedPart,
  rows: RowRange,
  io: CountIo,
  use: (rows: RowRange, bytes: Uint8Array) => void,
): void {
  const bytesPerRow = rowBytesOf(part);
  const chunkRows = chunkRowsOf(part, io.chunkBytes);
  const announced = announcedRows(part, io.chunkBytes);
  for (let from = rows.from; from < rows.to; from += chunkRows) {
    if ((from - rows.from) % announced === 0)
      io.read.ahead?.(part, () => [{ first: from, rows: Math.min(announced, rows.to - from) }]);
    const to = Math.min(from + chunkRows, rows.to);
    const bytes = kernel.input((to - from) * bytesPerRow);
    io.read(part, from, bytes);
    io.onInput?.(part, { from, to });
    use({ from, to }, bytes);
    io.advance(bytes.length);
  }
}
