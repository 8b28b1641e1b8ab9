/** A clock for waiting on other machines, so that tests need not wait. */
import { setTimeout as pause } from 'node:timers/promises';

export interface Clock {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** @throws the reason of `signal` where it aborts first. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const machineClock: Clock = {
  now: () => performance.now(),
  wait: (milliseconds, signal) => pause(milliseconds, undefined, signal && { signal }),
};

/**
 * Network file systems cache for up to a minute that a file was absent: what is missing after its writer has ended is
 * looked up again for this long before it counts as lost.
 */
export const LATE_MS = 65_000;
const LOOKED_UP_EVERY_MS = 2_000;

/**
 * The result of `find`, called again for {@link LATE_MS} where there is none.
 * @throws what `find` throws; where `signal` aborts.
 */
export async function findLate<T>(
  find: () => Promise<T | null>,
  clock: Clock,
  signal?: AbortSignal,
): Promise<T | null> {
  const begin = clock.now();
  for (;;) {
    const found = await find();
    if (found !== null || clock.now() - begin >= LATE_MS) return found;
    await clock.wait(LOOKED_UP_EVERY_MS, signal);
  }
}
