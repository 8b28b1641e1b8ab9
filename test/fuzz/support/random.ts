/** Choices that are the same for the same seed, on any machine. */

const TWO_32 = 2 ** 32;

/** sfc32 (Chris Doty-Humphrey, PractRand): small, quick, and no two seeds begin alike after a few rounds. */
export class Random {
  readonly #state: Uint32Array;

  /** @param stream tells the sequences of one seed apart. */
  constructor(seed: number, stream: string) {
    this.#state = Uint32Array.of(seed, Math.floor(seed / TWO_32), hashOf(stream), 1);
    for (let round = 0; round < 15; round++) this.u32();
  }

  /** A whole number from 0 to 2³² − 1. */
  u32(): number {
    const state = this.#state;
    const [a, b, c, counter] = state as unknown as [number, number, number, number];
    const result = (a + b + counter) >>> 0;
    state[3] = counter + 1;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + result;
    return result;
  }

  /** A whole number below `end`, which is at most 2³². */
  below(end: number): number {
    return Math.floor((this.u32() / TWO_32) * end);
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** From 0 to 1, 1 left out. */
  fraction(): number {
    return this.u32() / TWO_32;
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** As many values as `make` is called for: from `least` to `most`. */
  list<T>(least: number, most: number, make: (index: number) => T): T[] {
    return Array.from({ length: this.between(least, most) }, (_, index) => make(index));
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    const words = Uint32Array.from({ length: Math.ceil(length / 4) }, () => this.u32());
    return new Uint8Array(words.buffer, 0, length);
  }
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  return hash >>> 0;
}
