/** What goes wrong on the way from a server, of each kind by itself or at random from a seed. */
export const FAULTS = [
  /** 503 with `Retry-After: 0`. */
  'unavailable',
  /** The connection ends before there is an answer. */
  'reset',
  /** The connection ends within the body. */
  'short',
  /** A whole file (200) for a range. */
  'whole',
  /** 206 with another `Content-Range` than was asked for. */
  'elsewhere',
  /** 206 of another version: its own ETag. */
  'changed',
  /** The body comes byte by byte, and never ends. */
  'drip',
  /** More bytes than were told, without an end. */
  'endless',
  /** 200 and the page to sign in, as portals answer. */
  'page',
  /** 206 with the text of a pointer of Git LFS. */
  'pointer',
] as const;
export type Fault = (typeof FAULTS)[number];

/** Those that a client gets over by asking again. */
export const PASSING: readonly Fault[] = ['unavailable', 'reset', 'short', 'whole'];

export class Faults {
  #state: number;
  #kinds: readonly Fault[] = [];
  #rate = 0;
  #after = 0;
  /** How often each of them happened. */
  readonly happened = new Map<Fault, number>();

  constructor(seed = 1) {
    this.#state = seed;
  }

  /** From now on a share of answers are wrong. @param after so many answers are right before. */
  set(kinds: readonly Fault[], rate = 1, after = 0): void {
    [this.#kinds, this.#rate, this.#after] = [kinds, rate, after];
    this.happened.clear();
  }

  /** The fault of the next answer, if it has one. */
  next(): Fault | undefined {
    if (this.#kinds.length === 0 || this.#after-- > 0 || this.#random() >= this.#rate) return undefined;
    const fault = this.#kinds[Math.floor(this.#random() * this.#kinds.length)]!;
    this.happened.set(fault, (this.happened.get(fault) ?? 0) + 1);
    return fault;
  }

  /** In [0, 1): a linear congruence of 32 bits, of which the upper ones are used. */
  #random(): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return this.#state / 2 ** 32;
  }
}
