/** Walks rows of a stored tensor in chunks. */
import { rowBytesOf } from '../partRows';
import type { PlannedPart } from '../plan';
import type { CountIo, RowRange } from './countPart';

/** Hands every chunk of a part's rows to `use`; the bytes are valid during the call. */
export function forEachChunk(
  part: PlannedPart,
  rows: RowRange,
  io: CountIo,
  use: (bytes: Uint8Array) => void,
): void {
  const bytesPerRow = rowBytesOf(part);
  const chunkRows = Math.max(1, Math.floor(io.chunkBytes / bytesPerRow));
  const buffer = new Uint8Array(Math.min(chunkRows, rows.to - rows.from) * bytesPerRow);
  for (let row = rows.from; row < rows.to; row += chunkRows) {
    const bytes = buffer.subarray(0, Math.min(chunkRows, rows.to - row) * bytesPerRow);
    io.read(part, row, bytes);
    use(bytes);
    io.advance(bytes.length);
  }
}
