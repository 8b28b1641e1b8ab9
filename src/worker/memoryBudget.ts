/** One memory budget for all analyses: each leases the memory of its workers and its result. */
import { NeuroMfaError } from '../protocol/errors';

export interface Lease<T> {
  readonly allocation: T;
  /** Returns the memory; called once. */
  release(): void;
}

interface Waiting {
  /** Leases what fits now, and returns whether anything did. */
  attempt(): boolean;
}

export class MemoryBudget {
  #leased = 0;
  readonly #waiting: Waiting[] = [];

  /** @param limit returns the bytes that all analyses together may take; called at every lease. */
  constructor(readonly limit: () => number) {}

  /** Bytes that no analysis has leased. */
  get free(): number {
    return Math.max(0, this.limit() - this.#leased);
  }

  /**
   * Leases memory as soon as other analyses have returned enough. Requests are served in order, so that a large one does not
   * wait forever.
   *
   * @param allocate finds an allocation within so many bytes; throws where none fits. It is called with the whole budget first.
   * @param subject of the message when the analysis is cancelled.
   * @throws what `allocate` throws for the whole budget; NeuroMfaError `cancelled` where `signal` aborts first.
   */
  async lease<T extends { memory: number }>(
    allocate: (bytes: number) => T,
    subject: string,
    signal?: AbortSignal,
  ): Promise<Lease<T>> {
    const whole = this.limit();
    allocate(whole);
    return new Promise((resolve, reject) => {
      const cancelled = (): void => {
        const at = this.#waiting.indexOf(request);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(new NeuroMfaError('cancelled', subject, 'it was canceled', ''));
        this.#serve();
      };
      const request: Waiting = {
        attempt: () => {
          // The only analysis gets its whole lease, even if the setting has shrunk meanwhile.
          const allocation = this.#leased === 0 ? allocate(whole) : fitting(allocate, this.free);
          if (!allocation) return false;
          signal?.removeEventListener('abort', cancelled);
          resolve(this.#leaseOf(allocation));
          return true;
        },
      };
      if (signal?.aborted) {
        cancelled();
        return;
      }
      signal?.addEventListener('abort', cancelled, { once: true });
      this.#waiting.push(request);
      this.#serve();
    });
  }

  #leaseOf<T extends { memory: number }>(allocation: T): Lease<T> {
    this.#leased += allocation.memory;
    return {
      allocation,
      release: () => {
        this.#leased -= allocation.memory;
        this.#serve();
      },
    };
  }

  #serve(): void {
    while (this.#waiting[0]?.attempt()) this.#waiting.shift();
  }
}

function fitting<T>(allocate: (bytes: number) => T, bytes: number): T | null {
  try {
    return allocate(bytes);
  } catch {
    // It fits once other analyses have returned their memory.
    return null;
  }
}
