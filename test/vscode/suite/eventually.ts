import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

/** Waits for what the editor tells of some time after it has happened. */
export async function eventually(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    assert.ok(tries < 100, `never: ${what}`);
    await delay(50);
  }
}
