/** Shared memory that sums of projections come back in, one slot each, used again: such memory is freed late. */
export class SumSlots {
  readonly #free: SharedArrayBuffer[] = [];
  readonly #used = new Map<number, SharedArrayBuffer>();
  #first = 0;

  /** @param bytes of each. */
  constructor(private readonly bytes: number) {}

  /** The slot of projection `index` until {@link releaseBefore}; what is in it is of no meaning. */
  take(index: number): SharedArrayBuffer {
    const slot = this.#free.pop() ?? new SharedArrayBuffer(this.bytes);
    this.#used.set(index, slot);
    return slot;
  }

  /** Notes that the sums of all projections before `index` have been added up. */
  releaseBefore(index: number): void {
    for (; this.#first < index; this.#first++) {
      const slot = this.#used.get(this.#first);
      if (!slot) continue;
      this.#used.delete(this.#first);
      this.#free.push(slot);
    }
  }
}
