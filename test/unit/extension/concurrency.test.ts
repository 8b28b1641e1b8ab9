import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { forEachBounded } from '../../../src/extension/concurrency';

describe('forEachBounded', () => {
  it('keeps to the limit, uses it, and takes the items in order', async () => {
    const begun: number[] = [];
    let working = 0;
    let most = 0;
    await forEachBounded([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      begun.push(item);
      most = Math.max(most, ++working);
      await turn();
      working--;
    });
    expect(most).toBe(3);
    expect(begun).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('settles with nothing to do', async () => {
    await expect(forEachBounded([], 3, () => Promise.reject(new Error('never')))).resolves.toBeUndefined();
  });
});
