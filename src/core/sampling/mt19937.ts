/**
 * The Mersenne Twister MT19937 and the draws that NumPy's legacy `RandomState` makes with it, bit for bit.
 *
 * Sources: Matsumoto & Nishimura, "Mersenne Twister", ACM TOMACS 8 (1998), with their 2002 initialization
 * (`init_genrand`); method §2 for the shuffle and the masked rejection.
 */
const N = 624;
const M = 397;

export class Mt19937 {
  readonly #state = new Uint32Array(N);
  #next = N;

  /** @param seed a 32-bit integer, as in `RandomState(seed)`. */
  constructor(seed: number) {
    const state = this.#state;
    state[0] = seed;
    for (let i = 1; i < N; i++) {
      const previous = state[i - 1]! ^ (state[i - 1]! >>> 30);
      state[i] = Math.imul(1812433253, previous) + i;
    }
  }

  /** The next output, uniform over 0 … 2^32 − 1. */
  uint32(): number {
    if (this.#next === N) this.#refill();
    let y = this.#state[this.#next++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  }

  /** Uniform over 0 … `max`, by masked rejection. `max` < 2^32. */
  interval(max: number): number {
    if (max === 0) return 0;
    const mask = 0xffffffff >>> Math.clz32(max);
    for (;;) {
      const value = (this.uint32() & mask) >>> 0;
      if (value <= max) return value;
    }
  }

  /** `choice(arange(n), k, replace=False)`: the first `k` of a permutation of 0 … n − 1. */
  choose(k: number, n: number): Uint32Array {
    const items = new Uint32Array(n);
    for (let i = 0; i < n; i++) items[i] = i;
    for (let i = n - 1; i > 0; i--) {
      const j = this.interval(i);
      const swapped = items[i]!;
      items[i] = items[j]!;
      items[j] = swapped;
    }
    return items.slice(0, k);
  }

  #refill(): void {
    const state = this.#state;
    for (let i = 0; i < N - M; i++) state[i] = twist(state[i]!, state[i + 1]!, state[i + M]!);
    for (let i = N - M; i < N - 1; i++) state[i] = twist(state[i]!, state[i + 1]!, state[i + M - N]!);
    state[N - 1] = twist(state[N - 1]!, state[0]!, state[M - 1]!);
    this.#next = 0;
  }
}

function twist(upper: number, lower: number, far: number): number {
  const y = (upper & 0x80000000) | (lower & 0x7fffffff);
  return far ^ (y >>> 1) ^ (-(y & 1) & 0x9908b0df);
}
