/** How fast the way to a server is, as its answers tell. */
import { bestGap } from './coalesce';
import { CONNECTIONS } from './transport';

/** What is taken for the speed of a connection that nothing is known of, in bytes per second and seconds. */
export const USUAL = { bandwidth: 100e6, latency: 0.04 };
/** Fewer answers, or bytes, tell nothing. */
const LEAST_ANSWERS = 4;
const LEAST_BYTES = 4e6;

export class Speed {
  readonly #latencies: number[] = [];
  #bytes = 0;
  #busy = 0;
  #active = 0;
  #since = 0;
  #gap: number | null = null;

  /** Of one request, in seconds. */
  get latency(): number {
    const known = this.#latencies.toSorted((a, b) => a - b);
    return known.length < LEAST_ANSWERS ? USUAL.latency : known[Math.floor(known.length / 2)]!;
  }

  /** Of all connections together, in bytes per second. */
  get bandwidth(): number {
    return this.#bytes < LEAST_BYTES || this.#busy === 0 ? USUAL.bandwidth : this.#bytes / this.#busy;
  }

  /** Ranges no farther apart are read together. It stays what it was first, so that what is read is what was told. */
  get gap(): number {
    return (this.#gap ??= bestGap(this.bandwidth, this.latency, CONNECTIONS));
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
    if (this.#latencies.length < 256) this.#latencies.push(latency);
  }
}
