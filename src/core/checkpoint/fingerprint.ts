/** Identifies a checkpoint's content with few reads: hashing all of it would cost more than the analysis. */
import { createHash } from 'node:crypto';
import { sliceOf, type ByteRange, type ByteSource } from '../storage/storage';

const BLOCKS = 64;
const BLOCK_BYTES = 4096;
/** The number of bytes of a header to read at once. */
const CHUNK_BYTES = 2 ** 20;

/**
 * SHA-256, in hexadecimal, over the size, the headers and 64 evenly spaced 4 KiB blocks of each file. A file of at most
 * 256 KiB is hashed whole. In a larger file, a change of values outside the blocks goes unnoticed, so equal
 * fingerprints do not prove equal weights (`core/store/resultSource.ts`).
 * @param onRead called after every read.
 * @throws NeuroMfaError when a file cannot be read.
 */
export function fingerprint(
  files: readonly { source: ByteSource; headers: readonly ByteRange[] }[],
  onRead: () => void = () => undefined,
): string {
  const hash = createHash('sha256');
  for (const { source, headers } of files) {
    const read = (offset: number, length: number): void => {
      hash.update(sliceOf(source, offset, length));
      onRead();
    };
    const headerBytes = headers.reduce((sum, { bytes }) => sum + bytes, 0);
    hash.update(Buffer.from(BigUint64Array.of(BigInt(source.size), BigInt(headerBytes)).buffer));
    for (const { offset, bytes } of headers) {
      for (let at = 0; at < bytes; at += CHUNK_BYTES) read(offset + at, Math.min(CHUNK_BYTES, bytes - at));
    }
    const looked = blocks(source.size);
    source.ahead?.(looked.map(([offset, bytes]) => ({ offset, bytes })));
    for (const [offset, length] of looked) read(offset, length);
  }
  return hash.digest('hex');
}

/** [offset, length] of the blocks of a file of `size` bytes, including its first and last byte. */
function blocks(size: number): [number, number][] {
  if (size <= BLOCKS * BLOCK_BYTES) return [[0, size]];
  return Array.from({ length: BLOCKS }, (_, block) => [
    Math.floor((block * (size - BLOCK_BYTES)) / (BLOCKS - 1)),
    BLOCK_BYTES,
  ]);
}
