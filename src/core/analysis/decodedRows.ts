/** Walks all weights of a part as float64, for work that does not go through the kernel. */
import { decode } from '../checkpoint/dtype';
import type { CountIo } from '../counting/chunks';
import { rowBytesOf } from '../weights/kinds';
import type { PlannedPart } from './plan';

/** Passes row after row to `use`, widened exactly; each row is valid during the call. */
export function forEachDecodedRow(part: PlannedPart, io: CountIo, use: (row: Float64Array) => void): void {
  const row = new Float64Array(part.columns * part.taps);
  const bytesPerRow = rowBytesOf(part);
  const chunkRows = Math.max(1, Math.min(part.rows, Math.floor(io.chunkBytes / bytesPerRow)));
  const buffer = new Uint8Array(chunkRows * bytesPerRow);
  for (let first = 0; first < part.rows; first += chunkRows) {
    const bytes = buffer.subarray(0, Math.min(chunkRows, part.rows - first) * bytesPerRow);
    io.read(part, first, bytes);
    for (let at = 0; at < bytes.length; at += bytesPerRow) {
      decode(part.dtype, bytes.subarray(at, at + bytesPerRow), row);
      use(row);
    }
    io.advance(bytes.length);
  }
}
