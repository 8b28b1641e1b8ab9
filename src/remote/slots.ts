/** Limits concurrency; the limit may change at any time. */
export class Slots {
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(private limit: number) {}

  get most(): number {
    return this.limit;
  }

  set most(limit: number) {
    this.limit = limit;
    this.#next();
  }

  /** Runs `work` when a slot is free. @throws what it throws; the reason of `signal` if that aborts first. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    signal?.throwIfAborted();
    if (this.#taken >= this.limit) await this.#wait(signal);
    else this.#taken++;
    try {
      signal?.throwIfAborted();
      return await work();
    } finally {
      this.#taken--;
      this.#next();
    }
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal?.removeEventListener('abort', stop);
        this.#taken++;
        resolve();
      };
      const stop = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1);
        reject(signal!.reason as Error);
      };
      this.#waiting.push(go);
      signal?.addEventListener('abort', stop, { once: true });
    });
  }

  #next(): void {
    while (this.#taken < this.limit && this.#waiting.length > 0) this.#waiting.shift()!();
  }
}
