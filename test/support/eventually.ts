/**
 * Looking at what is told some time after it has happened. Nothing here may depend on speed: on a busy machine a window
 * takes a minute for what takes a second elsewhere, and only a test that fails waits for the end of its patience.
 */
import { setTimeout as delay } from 'node:timers/promises';

/** How long anything may take to show, before it counts as never. */
export const PATIENCE_MS = 180_000;
/** One test shows a few such things, one after the other. */
export const TEST_MS = 4 * PATIENCE_MS;
const PAUSE_MS = 50;

/**
 * Looks again and again until `look` no longer throws. @returns what it then returns.
 * @throws what it threw last, when patience is at an end.
 */
export async function eventually<T>(look: () => T | Promise<T>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await delay(PAUSE_MS);
  }
}
