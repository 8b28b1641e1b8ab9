import { describe, expect, it } from 'vitest';
import { bestGap, coalesce, MOST_GAP_BYTES, MOST_REQUEST_BYTES } from '../../../src/remote/coalesce';

/** A generator that is the same on every machine. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

describe('ranges of a file', () => {
  it('are joined up to the gap', () => {
    const ranges = [0, 100, 250, 1000].map((offset) => ({ offset, bytes: 10 }));
    expect(coalesce(ranges, 0)).toEqual(ranges);
    expect(coalesce(ranges, 90)).toEqual([
      { offset: 0, bytes: 110 },
      { offset: 250, bytes: 10 },
      { offset: 1000, bytes: 10 },
    ]);
  });

  it('are read as one where most of the span is wanted', () => {
    const ranges = [0, 100, 200].map((offset) => ({ offset, bytes: 90 }));
    expect(coalesce(ranges, 0)).toEqual([{ offset: 0, bytes: 290 }]);
  });

  it('are all in the requests, whatever they are, in order and without overlaps', () => {
    for (let seed = 0; seed < 500; seed++) {
      const random = generator(seed);
      let offset = 0;
      const ranges = Array.from({ length: 1 + Math.floor(random() * 40) }, () => {
        offset += Math.floor(random() * (random() < 0.1 ? 2 ** 25 : 2 ** 17)) - (random() < 0.2 ? 50 : 0);
        offset = Math.max(0, offset);
        return { offset, bytes: Math.floor(random() * (random() < 0.05 ? 2 ** 25 : 2 ** 14)) };
      }).sort((a, b) => a.offset - b.offset);
      const requests = coalesce(ranges, Math.floor(random() * MOST_GAP_BYTES));
      let end = -1;
      for (const { offset: from, bytes } of requests) {
        expect(from).toBeGreaterThanOrEqual(end);
        expect(bytes).toBeGreaterThan(0);
        expect(bytes).toBeLessThanOrEqual(MOST_REQUEST_BYTES);
        end = from + bytes;
      }
      const isHeld = (at: number): boolean =>
        requests.some((each) => at >= each.offset && at < each.offset + each.bytes);
      for (const { offset: from, bytes } of ranges)
        if (bytes > 0)
          expect([from, from + (bytes >> 1), from + bytes - 1].every(isHeld), `seed ${seed}`).toBe(true);
    }
  });

  it('have a gap that fits the connection, within bounds', () => {
    expect(bestGap(100e6, 0.04, 32)).toBe(125_000);
    expect(bestGap(1e9, 0.5, 32)).toBe(MOST_GAP_BYTES);
    expect(bestGap(100e6, 0, 32)).toBe(0);
  });
});
