/** One memory budget for all analyses at once: each leases what its workers and its result may take. */
import { NeuroMfaError } from '../protocol/errors';

export interface Lease<T> {
  readonly allocation: T;
  /** Returns the memory. To be called once. */
  release(): void;
}

interface Waiting {
  /** Leases what fits now, and says whether that was anything. */
  attempt(): boolean;
}

export class MemoryBudget {
  #leased = 0;
  readonly #waiting: Waiting[] = [];

  /** @param limit bytes that all analyses together may take, asked for at every lease. */
  constructor(readonly limit: () => number) {}

  /** Bytes that no analysis has leased. */
  get free(): number {
    return Math.max(0, this.limit() - this.#leased);
  }

  /**
   * Leases memory, as soon as other analyses have returned enough of it. Requests are served in their order, so that a
   * large one is not passed over for ever.
   *
   * @param allocate finds an allocation within so many bytes; throws where none fits. It is asked for the whole budget first.
   * @param subject what the analysis is about, for the message when it is cancelled.
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
        reject(new NeuroMfaError('cancelled', subject, 'it was cancelled', ''));
        this.#serve();
      };
      const request: Waiting = {
        attempt: () => {
          // Alone, it gets what it was promised, whatever the setting has become meanwhile.
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
    // Not now: it fits once others have returned their memory.
    return null;
  }
}
