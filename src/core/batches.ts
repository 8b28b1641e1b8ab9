/** Thousands of small questions to the system, without making anybody wait. */
import { setImmediate as turn } from 'node:timers/promises';

/** So many local files are looked at in a millisecond. */
const BATCH = 64;

/**
 * Calls `work` on every item in order; between batches others have their turn. `work` may ask the system and wait for
 * the answer: a promise for each of 10,000 files costs five to ten times as much as the answers do.
 */
export async function inBatches<T>(items: Iterable<T>, work: (item: T) => void): Promise<void> {
  let done = 0;
  for (const item of items) {
    work(item);
    if (++done % BATCH === 0) await turn();
  }
}
