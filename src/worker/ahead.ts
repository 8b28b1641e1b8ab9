/** Work that may begin only so far ahead of what is done with: what is finished out of turn has to be kept until its turn comes. */
export class Ahead {
  readonly #most: number;
  #limit: number;
  /** By rising index. */
  readonly #waiting: { index: number; go: () => void }[] = [];

  /** @param most pieces of work that may be begun and not yet done with. */
  constructor(most: number) {
    this.#most = most;
    this.#limit = most;
  }

  /** Runs piece `index` when it may begin. Asked in order; where one piece fails, the others find that out by themselves. */
  async run<T>(index: number, work: () => Promise<T>): Promise<T> {
    if (index >= this.#limit) {
      await new Promise<void>((go) => {
        this.#waiting.push({ index, go });
      });
    }
    try {
      return await work();
    } catch (error) {
      this.doneBefore(Infinity);
      throw error;
    }
  }

  /** All pieces before `index` are done with. */
  doneBefore(index: number): void {
    this.#limit = Math.max(this.#limit, index + this.#most);
    while (this.#waiting.length > 0 && this.#waiting[0]!.index < this.#limit) this.#waiting.shift()!.go();
  }
}
