/** Asks the system thousands of small questions without blocking the event loop. */
import { setImmediate as turn } from 'node:timers/promises';

/** About this many local files can be examined in a millisecond. */
const BATCH = 64;

/**
 * Calls `work` on every item in order, and yields to other work between batches. `work` may make synchronous system
 * calls: a promise for each of 10,000 files would cost five to ten times as much as the calls themselves.
 */
export async function inBatches<T>(items: Iterable<T>, work: (item: T) => void): Promise<void> {
  let done = 0;
  for (const item of items) {
    work(item);
    if (++done % BATCH === 0) await turn();
  }
}
