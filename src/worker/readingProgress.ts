/** How far a worker has come with headers: it writes, and whoever waits looks now and then. */
import type { ReadingProgress } from '../protocol/inspect';

const [TENSORS, BLOCKS, OF_BLOCKS, STEPS] = [0, 1, 2, 3];
const COUNTS = 4;

export class SharedReading {
  readonly #counts: Int32Array;

  constructor(
    readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(COUNTS * Int32Array.BYTES_PER_ELEMENT),
  ) {
    this.#counts = new Int32Array(buffer);
  }

  /** To be called by the job when it begins: until then it waits for a worker. */
  begin(): this {
    this.#step();
    return this;
  }

  /** May be called with the same count again: something has been read that is no tensor. */
  readonly onTensors = (count: number): void => {
    Atomics.store(this.#counts, TENSORS, count);
    this.#step();
  };

  readonly onBlocks = (done: number, of: number): void => {
    Atomics.store(this.#counts, OF_BLOCKS, of);
    Atomics.store(this.#counts, BLOCKS, done);
    this.#step();
  };

  get progress(): ReadingProgress {
    const [tensors, blocks, ofBlocks] = [TENSORS, BLOCKS, OF_BLOCKS].map((at) =>
      Atomics.load(this.#counts, at),
    );
    // The two are not written together: those of one family may meet those of the next.
    return { tensors: tensors!, blocks: Math.min(blocks!, ofBlocks!), ofBlocks: ofBlocks! };
  }

  /** Another number after every step; 0 before the first one. */
  get steps(): number {
    return Atomics.load(this.#counts, STEPS);
  }

  #step(): void {
    Atomics.add(this.#counts, STEPS, 1);
  }
}
