/** All rows of decoded weights are announced before they are read, a share at a time, and nothing is announced that is not read. */
import { expect, it } from 'vitest';
import { announcedRows, CHUNK_BYTES, forEachChunk } from '../../../src/core/counting/chunks';
import type { Kernel } from '../../../src/core/multifractal/kernel/kernel';
import type { StampedFile } from '../../../src/core/storage/stamp';
import type { ByteRange } from '../../../src/core/storage/storage';
import { partRows, type PlannedPart } from '../../../src/core/weights/kinds';

const FILE = { path: '/q8' } as StampedFile;
const [COLUMNS, OFFSET] = [4096, 4096];
/** Q8_0: 32 weights in 34 bytes. */
const ROW_BYTES = (COLUMNS / 32) * 34;

function q8(rows: number): PlannedPart {
  const recipe = { kind: 'blocks', file: FILE, offset: OFFSET, type: 'Q8_0' } as const;
  const weights = { kind: 'recipe', recipe, whole: rows * COLUMNS, skip: 0 } as const;
  return { rows, columns: COLUMNS, taps: 1, groups: 1, dtype: 'F32', weights };
}

it('of a decoded part, in shares of whole chunks', () => {
  const part = q8(10_000);
  // 35 MB of 43 MB.
  let bytes = new Uint8Array();
  const kernel = {
    input: (length: number) =>
      (bytes = bytes.length < length ? new Uint8Array(length) : bytes).subarray(0, length),
  } as unknown as Kernel;
  const announced: ByteRange[][] = [];
  let unread = new Set<number>();
  const read = partRows(() => ({
    ahead(ranges) {
      expect(unread.size).toBe(0);
      announced.push([...ranges]);
      unread = new Set(ranges.map(({ offset }) => offset));
    },
    read(ranges, into) {
      for (const { offset } of ranges) expect(unread.delete(offset)).toBe(true);
      into.fill(0);
    },
  }));
  const rows = { from: 3, to: 9_999 };
  forEachChunk(
    kernel,
    part,
    rows,
    { read, chunkBytes: CHUNK_BYTES, advance: () => undefined },
    () => undefined,
  );
  expect(unread.size).toBe(0);
  const sizes = announced.map((ranges) => ranges.reduce((sum, each) => sum + each.bytes, 0));
  expect(sizes.reduce((sum, each) => sum + each, 0)).toBe((rows.to - rows.from) * ROW_BYTES);
  expect(sizes).toEqual([announcedRows(part) * ROW_BYTES, expect.any(Number)]);
  expect(sizes[0]).toBeLessThanOrEqual(2 ** 25);
  expect(announcedRows(part) % (CHUNK_BYTES / (4 * COLUMNS))).toBe(0);
});

it('of a disk, nothing', () => {
  const kernel = { input: (length: number) => new Uint8Array(length) } as unknown as Kernel;
  let reads = 0;
  const read = partRows(() => ({
    read(ranges, into) {
      reads += ranges.length;
      into.fill(0);
    },
  }));
  forEachChunk(
    kernel,
    q8(8),
    { from: 0, to: 8 },
    { read, chunkBytes: CHUNK_BYTES, advance: () => undefined },
    () => undefined,
  );
  // Each row once: 16,384 weights at a time.
  expect(reads).toBe(2);
});
