/** Limits concurrency as `p-limit` does, whose waiters cannot leave: here, a waiter whose signal aborts does. */
import pLimit, { type LimitFunction } from 'p-limit';

export class Slots {
  readonly #limit: LimitFunction;

  constructor(limit: number) {
    this.#limit = pLimit(limit);
  }

  get most(): number {
    return this.#limit.concurrency;
  }

  /** May change at any time; what has begun goes on. */
  set most(limit: number) {
    this.#limit.concurrency = limit;
  }

  /** Runs `work` when a slot is free. @throws what it throws; the reason of `signal` if that aborts first. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    if (!signal) return this.#limit(work);
    signal.throwIfAborted();
    let leave = (): void => undefined;
    const left = new Promise<never>((_, reject) => {
      leave = () => {
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', leave, { once: true });
    });
    const done = this.#limit(() => {
      signal.removeEventListener('abort', leave);
      // Whoever has left takes no slot.
      signal.throwIfAborted();
      return work();
    });
    return Promise.race([done, left]);
  }
}
