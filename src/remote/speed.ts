/** Measures the connection to a server by its answers. */
import type { Pace } from './coalesce';
import { CONNECTIONS } from './transport';

/** Assumed speed of a connection that has not been measured, in bytes per second and seconds. */
export const USUAL = { bandwidth: 100e6, latency: 0.04 };
/** Fewer answers, or bytes, are not enough for a measurement. */
const MIN_ANSWERS = 2;
const MIN_BYTES = 4e6;

export class Speed {
  #answers = 0;
  /** The shortest time counts: a busy machine delays answers and never speeds them up. */
  #earliest = Infinity;
  #bytes = 0;
  #busy = 0;
  #active = 0;
  #since = 0;
  #pace: Pace | null = null;

  /** Of one request, in seconds. */
  get latency(): number {
    return this.#answers < MIN_ANSWERS ? USUAL.latency : this.#earliest;
  }

  /** Of all connections together, in bytes per second. */
  get bandwidth(): number {
    return this.#bytes < MIN_BYTES || this.#busy === 0 ? USUAL.bandwidth : this.#bytes / this.#busy;
  }

  /**
   * The speed that decides which ranges are joined, rounded to powers of two: this way the requests are those that were announced in
   * the price, although no two measurements are equal. Fixed once measured.
   */
  get pace(): Pace {
    const pace = this.#pace ?? {
      bandwidth: inSteps(this.bandwidth, USUAL.bandwidth),
      latency: inSteps(this.latency, USUAL.latency),
      connections: CONNECTIONS,
    };
    if (this.#answers >= MIN_ANSWERS) this.#pace = pace;
    return pace;
  }

  /** Adds one answer to the measurement. */
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
