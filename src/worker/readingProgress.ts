/** How far a worker has come with headers: it writes, and whoever waits looks now and then. */
import type { ReadingProgress } from '../protocol/inspect';

const [TENSORS, BLOCKS, OF_BLOCKS] = [0, 1, 2];

export class SharedReading {
  readonly #counts: Int32Array;

  constructor(readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT)) {
    this.#counts = new Int32Array(buffer);
  }

  readonly tellTensors = (count: number): void => {
    Atomics.store(this.#counts, TENSORS, count);
  };

  readonly tellBlocks = (done: number, of: number): void => {
    Atomics.store(this.#counts, OF_BLOCKS, of);
    Atomics.store(this.#counts, BLOCKS, done);
  };

  get progress(): ReadingProgress {
    const [tensors, blocks, ofBlocks] = [TENSORS, BLOCKS, OF_BLOCKS].map((at) =>
      Atomics.load(this.#counts, at),
    );
    // The two are not written together: those of one family may meet those of the next.
    return { tensors: tensors!, blocks: Math.min(blocks!, ofBlocks!), ofBlocks: ofBlocks! };
  }
}
