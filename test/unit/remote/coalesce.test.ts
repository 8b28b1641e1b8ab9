import { describe, expect, it } from 'vitest';
import type { ByteRange } from '../../../src/core/storage/storage';
import { requestsFor } from '../../../src/remote/aheadPlan';
import {
  bestGap,
  coalesce,
  MAX_GAP_BYTES,
  MAX_REQUEST_BYTES,
  secondsOf,
  usualGap,
} from '../../../src/remote/coalesce';

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

  it('are all in the requests, whatever they are, in order and without overlaps', () => {
    for (let seed = 0; seed < 500; seed++) {
      const random = generator(seed);
      let offset = 0;
      const ranges = Array.from({ length: 1 + Math.floor(random() * 40) }, () => {
        offset += Math.floor(random() * (random() < 0.1 ? 2 ** 25 : 2 ** 17)) - (random() < 0.2 ? 50 : 0);
        offset = Math.max(0, offset);
        return { offset, bytes: Math.floor(random() * (random() < 0.05 ? 2 ** 25 : 2 ** 14)) };
      }).sort((a, b) => a.offset - b.offset);
      const requests = coalesce(ranges, Math.floor(random() * MAX_GAP_BYTES));
      let end = -1;
      for (const { offset: from, bytes } of requests) {
        expect(from).toBeGreaterThanOrEqual(end);
        expect(bytes).toBeGreaterThan(0);
        expect(bytes).toBeLessThanOrEqual(MAX_REQUEST_BYTES);
        end = from + bytes;
      }
      const isHeld = (at: number): boolean =>
        requests.some((each) => at >= each.offset && at < each.offset + each.bytes);
      for (const { offset: from, bytes } of ranges)
        if (bytes > 0)
          expect([from, from + (bytes >> 1), from + bytes - 1].every(isHeld), `seed ${seed}`).toBe(true);
    }
  });

  it('have the gap with which they take the least time, of all gaps', () => {
    for (let seed = 0; seed < 200; seed++) {
      const random = generator(seed);
      let offset = 0;
      const ranges = Array.from({ length: 1 + Math.floor(random() * 300) }, () => {
        offset += Math.floor(random() ** 3 * 2 ** 17);
        const range = { offset, bytes: 1 + Math.floor(random() * 2 ** 12) };
        offset += range.bytes;
        return range;
      });
      const pace = { bandwidth: 10 ** (6 + 3 * random()), latency: 0.3 * random(), connections: 32 };
      const secondsWith = (gap: number): number => {
        const requests = coalesce(ranges, gap);
        return secondsOf(
          { bytes: requests.reduce((sum, { bytes }) => sum + bytes, 0), requests: requests.length },
          pace,
        );
      };
      const gap = bestGap(ranges, pace);
      expect(gap).toBeLessThanOrEqual(MAX_GAP_BYTES);
      // Where most is wanted, all is read.
      if (gap === MAX_GAP_BYTES) continue;
      const least = secondsWith(gap);
      for (let other = 0; other <= MAX_GAP_BYTES; other += 1777)
        expect(secondsWith(other), `seed ${seed}`).toBeGreaterThanOrEqual(least * (1 - 1e-9));
    }
  });

  it('are read as one where most of what lies together is wanted, but for what lies far off', () => {
    const near = [0, 100, 200].map((offset) => ({ offset, bytes: 90 }));
    expect(bestGap(near, { bandwidth: 1, latency: 0, connections: 1 })).toBe(MAX_GAP_BYTES);
    expect(coalesce([...near, { offset: 1e6, bytes: 90 }], MAX_GAP_BYTES)).toEqual([
      { offset: 0, bytes: 290 },
      { offset: 1e6, bytes: 90 },
    ]);
  });

  it('are joined over what flows while a request is on its way where they are few', () => {
    expect(usualGap({ bandwidth: 100e6, latency: 0.04, connections: 32 })).toBe(125_000);
    expect(usualGap({ bandwidth: 1e9, latency: 0.5, connections: 32 })).toBe(MAX_GAP_BYTES);
    expect(usualGap({ bandwidth: 1e6, latency: 0, connections: 32 })).toBe(1250);
  });

  it('that lie before those read earlier are requests of their own, and no byte is asked for twice', () => {
    const pace = { bandwidth: 1e6, latency: 1, connections: 1 };
    const tensor = (from: number): ByteRange[] =>
      Array.from({ length: 20 }, (_, i) => ({ offset: from + 500 * i, bytes: 100 }));
    const ranges = [...tensor(5e6), ...tensor(1e6), ...tensor(5e6), ...tensor(3e6)];
    const requests = requestsFor(ranges, bestGap(ranges, pace));
    expect(requests).toEqual([
      { offset: 1e6, bytes: 9600 },
      { offset: 3e6, bytes: 9600 },
      { offset: 5e6, bytes: 9600 },
    ]);
  });
});
