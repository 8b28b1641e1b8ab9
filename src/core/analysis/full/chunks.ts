/** Walks rows of a stored tensor in chunks. */
import type { PlannedPart } from '../plan';
import { rowBytes, type CountIo, type RowRange } from './countPart';

/** Hands every chunk of a part's rows to `use`; the bytes are valid during the call. */
export function forEachChunk(
  part: PlannedPart,
  rows: RowRange,
  io: CountIo,
  use: (bytes: Uint8Array) => void,
): void {
  const bytesPerRow = rowBytes(part);
  const chunkRows = Math.max(1, Math.floor(io.chunkBytes / bytesPerRow));
  const source = io.open(part.file);
  const buffer = new Uint8Array(Math.min(chunkRows, rows.to - rows.from) * bytesPerRow);
  for (let row = rows.from; row < rows.to; row += chunkRows) {
    const bytes = buffer.subarray(0, Math.min(chunkRows, rows.to - row) * bytesPerRow);
    source.read(part.offset + row * bytesPerRow, bytes);
    use(bytes);
    io.advance(bytes.length);
  }
}
