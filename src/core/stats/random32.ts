/**
 * Fast 32-bit random numbers for millions of draws: Chris Doty-Humphrey's sfc32 (PractRand), seeded from Philox, so
 * that streams with different keys and counters are independent.
 */
import { philox } from '../weights/philox';

/** Number of rounds that mix the initial state. */
const WARM_UP = 12;

export class Random32 {
  /** The state of sfc32, which determines the next numbers. */
  readonly state = new Int32Array(4);
  #words = new Uint32Array();

  constructor(key: readonly [number, number], a: number, b: number, c: number) {
    const state = new Uint32Array(this.state.buffer);
    philox(a, b, c, 0, key[0], key[1], state);
    this.next(WARM_UP);
  }

  /**
   * The next `count` integers from 0 to 2^32 − 1; making them together is several times as fast. Valid until the next
   * call.
   */
  next(count: number): Uint32Array {
    if (this.#words.length < count) this.#words = new Uint32Array(count);
    const words = this.#words;
    const state = this.state;
    let [s0, s1, s2, counter] = [state[0]!, state[1]!, state[2]!, state[3]!];
    for (let i = 0; i < count; i++) {
      const sum = (((s0 + s1) | 0) + counter) | 0;
      counter = (counter + 1) | 0;
      s0 = s1 ^ (s1 >>> 9);
      s1 = (s2 + (s2 << 3)) | 0;
      s2 = (((s2 << 21) | (s2 >>> 11)) + sum) | 0;
      words[i] = sum;
    }
    state[0] = s0;
    state[1] = s1;
    state[2] = s2;
    state[3] = counter;
    return words;
  }
}
