import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { localFiles } from '../../../src/core/storage/localFiles';
import type { ByteRange } from '../../../src/core/storage/storage';
import { Mt19937 } from '../../../src/core/sampling/mt19937';

const folder = mkdtempSync(join(tmpdir(), 'ranges-'));
const path = join(folder, 'bytes');
const BYTES = 3_000_000;
const content = Uint8Array.from({ length: BYTES }, (_, i) => (i * 2_654_435_761) >>> 24);
writeFileSync(path, content);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function read(ranges: readonly ByteRange[]): Uint8Array {
  const source = localFiles.open(path);
  const into = new Uint8Array(ranges.reduce((sum, { bytes }) => sum + bytes, 0));
  try {
    source.read(ranges, into);
  } finally {
    source.close();
  }
  return into;
}

it('ranges of a file fill a buffer one after another, near and far, touching, overlapping, empty and backward', () => {
  const random = new Mt19937(3);
  for (const [longest, gap] of [
    [3000, 100],
    [3000, 9000],
    [300_000, 9000],
    [10, 200_000],
  ] as const) {
    const ranges: ByteRange[] = [];
    let offset = 0;
    while (offset < BYTES) {
      const bytes = Math.min(random.interval(longest), BYTES - offset);
      ranges.push({ offset, bytes });
      // Now and then back into what was read before.
      offset = Math.max(0, offset + bytes + random.interval(gap) - (random.interval(9) === 0 ? 500 : 0));
    }
    expect(ranges.length).toBeGreaterThan(15);
    const expected = ranges.map((range) => content.subarray(range.offset, range.offset + range.bytes));
    expect(Buffer.compare(read(ranges), Buffer.concat(expected))).toBe(0);
  }
});

it('near ranges of which the last is beyond the end are damage, not zeros', () => {
  const near = [0, 4000, 8000].map((back) => ({ offset: BYTES - 9000 + back, bytes: 1001 }));
  expect(() => read(near)).toThrow(/ended 1 bytes too early/);
});
