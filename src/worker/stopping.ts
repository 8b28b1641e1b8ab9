/** Stops an analysis: asks its workers to stop, and ends them after a grace period. */
import { setMaxListeners } from 'node:events';
import { NeuroMfaError } from '../protocol/errors';
import type { SharedControl } from './control';

/** Grace period in milliseconds: users wait half a second at most. */
const CANCEL_GRACE_MS = 250;

export interface Stopping {
  /** Aborts when the grace period is over. */
  kill: AbortSignal;
  /** Asks the workers to stop, and ends them after the grace period. */
  stop(): void;
  dispose(): void;
}

/** @param signal the user's wish to stop. */
export function cooperativeStop(control: SharedControl, signal: AbortSignal | undefined): Stopping {
  const killer = new AbortController();
  setMaxListeners(0, killer.signal); // every job adds a listener, and there may be thousands
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    control.stop();
    timer ??= setTimeout(() => {
      killer.abort();
    }, CANCEL_GRACE_MS);
  };
  signal?.addEventListener('abort', stop, { once: true });
  return {
    kill: killer.signal,
    stop,
    dispose() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    },
  };
}

/** All results, or the first failure once every job has ended: after a failure the other jobs are asked to stop. */
export async function allOrStop<T extends readonly unknown[] | []>(
  jobs: T,
  stopping: Stopping,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const settled = await Promise.allSettled(
    jobs.map((job) =>
      Promise.resolve(job).catch((error: unknown) => {
        stopping.stop();
        throw error;
      }),
    ),
  );
  const failures = settled.filter((each) => each.status === 'rejected').map((each) => each.reason as unknown);
  if (failures.length === 0)
    return settled.map((each) => (each as PromiseFulfilledResult<unknown>).value) as never;
  // The first failure cancelled the other jobs, so it is the cause to report.
  throw (
    failures.find((error) => !(error instanceof NeuroMfaError && error.code === 'cancelled')) ?? failures[0]
  );
}
