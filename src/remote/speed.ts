/** How fast the way to a server is, as its answers tell. */
import type { Pace } from './coalesce';
import { CONNECTIONS } from './transport';

/** What is taken for the speed of a connection that nothing is known of, in bytes per second and seconds. */
export const USUAL = { bandwidth: 100e6, latency: 0.04 };
/** Fewer answers, or bytes, tell nothing. */
const LEAST_ANSWERS = 2;
const LEAST_BYTES = 4e6;

export class Speed {
  #answers = 0;
  /** A busy machine makes answers later, and never earlier. */
  #earliest = Infinity;
  #bytes = 0;
  #busy = 0;
  #active = 0;
  #since = 0;
  #pace: Pace | null = null;

  /** Of one request, in seconds. */
  get latency(): number {
    return this.#answers < LEAST_ANSWERS ? USUAL.latency : this.#earliest;
  }

  /** Of all connections together, in bytes per second. */
  get bandwidth(): number {
    return this.#bytes < LEAST_BYTES || this.#busy === 0 ? USUAL.bandwidth : this.#bytes / this.#busy;
  }

  /**
   * By which it is decided what is read together, in steps of a factor of two: what is read is what was told then, although no
   * two measurements are equal. Once measured, it stays.
   */
  get pace(): Pace {
    const pace = this.#pace ?? {
      bandwidth: inSteps(this.bandwidth, USUAL.bandwidth),
      latency: inSteps(this.latency, USUAL.latency),
      connections: CONNECTIONS,
    };
    if (this.#answers >= LEAST_ANSWERS) this.#pace = pace;
    return pace;
  }

  /** Measures one answer. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    if (this.#active++ === 0) this.#since = performance.now();
    try {
      return await work();
    } finally {
      if (--this.#active === 0) this.#busy += (performance.now() - this.#since) / 1000;
    }
  }

  /** @param latency in seconds. */
  answered(latency: number, bytes: number): void {
    this.#bytes += bytes;
    this.#answers++;
    this.#earliest = Math.min(this.#earliest, latency);
  }
}

/** The nearest of `unit` times a power of two. */
function inSteps(value: number, unit: number): number {
  return unit * 2 ** Math.round(Math.log2(Math.max(value, 1e-6 * unit) / unit));
}
