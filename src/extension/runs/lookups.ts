/** Searches for stored results that several may wait for: one goes on until nobody does any more. */

export interface Lookup {
  /** Settles when it has ended, however it did. */
  readonly ended: Promise<void>;
  /** Aborts when nobody waits any more. */
  readonly signal: AbortSignal;
  /** Somebody waits, until their signal aborts; without one, until it has ended. */
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
