/** A search for stored results that several callers may wait for: it continues until nobody waits any more. */

export interface Lookup {
  /** Settles when it has ended, successfully or not. */
  readonly ended: Promise<void>;
  /** It has ended without being stopped: what was not found is not there. */
  readonly complete: boolean;
  /** Aborts when nobody waits any more. */
  readonly signal: AbortSignal;
  /** Adds a waiting caller until its signal aborts; without one, until the search has ended. */
  join(waiting: AbortSignal | undefined): void;
  /** Ends it, whoever waits. */
  stop(): void;
}

/** Begins a search. It has to be joined at once: until then nobody waits for it. */
export function beginLookup(search: (signal: AbortSignal) => Promise<void>): Lookup {
  const controller = new AbortController();
  const stop = (): void => {
    controller.abort();
  };
  let waiting = 0;
  const leave = (): void => {
    if (--waiting === 0) stop();
  };
  const leaving = new Set<AbortSignal>();
  let over = false;
  const ended = search(controller.signal).finally(() => {
    over = true;
    for (const signal of leaving) signal.removeEventListener('abort', leave);
  });
  return {
    ended,
    get complete() {
      return over && !controller.signal.aborted;
    },
    signal: controller.signal,
    join: (signal) => {
      // The same view may ask twice.
      if (over || (signal && leaving.has(signal))) return;
      waiting++;
      if (!signal) return;
      leaving.add(signal);
      if (signal.aborted) leave();
      else signal.addEventListener('abort', leave, { once: true });
    },
    stop,
  };
}
