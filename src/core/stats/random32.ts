/**
 * Fast random numbers of 32 bits for millions of draws: Chris Doty-Humphrey's sfc32 (PractRand), its state from Philox, so that
 * streams of different keys and counters have nothing in common.
 */
import { philox } from '../weights/philox';

/** Rounds after which the state is mixed. */
const WARM_UP = 12;

export class Random32 {
  /** Of sfc32: what the next words follow from. */
  readonly state = new Int32Array(4);
  #words = new Uint32Array();

  constructor(key: readonly [number, number], a: number, b: number, c: number) {
    const state = new Uint32Array(this.state.buffer);
    philox(a, b, c, 0, key[0], key[1], state);
    this.next(WARM_UP);
  }

  /** The next `count` whole numbers from 0 to 2^32 − 1: made together, which is several times as fast. Valid until the next call. */
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
