/** Progress of reading headers in shared memory: the worker writes it, and the waiting thread polls it. */
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

  /** The job calls this when it begins; until then it waits for a worker. */
  begin(): this {
    this.#step();
    return this;
  }

  /** May be called with the same count again, after reading bytes that complete no tensor. */
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
    // The two values are not written atomically, so they may belong to two different families.
    return { tensors: tensors!, blocks: Math.min(blocks!, ofBlocks!), ofBlocks: ofBlocks! };
  }

  /** A number that changes with every step; 0 before the first. */
  get steps(): number {
    return Atomics.load(this.#counts, STEPS);
  }

  #step(): void {
    Atomics.add(this.#counts, STEPS, 1);
  }
}
