/** Limits how far work may begin ahead of its consumer: pieces that finish out of order stay in memory until their turn. */
export class Ahead {
  readonly #most: number;
  #limit: number;
  /** By ascending index. */
  readonly #waiting: { index: number; go: () => void }[] = [];

  /** @param most number of pieces of work that may have begun and are not yet consumed. */
  constructor(most: number) {
    this.#most = most;
    this.#limit = most;
  }

  /** Runs piece `index` when it may begin. Call in order of the index; the failure of one piece does not stop the others. */
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

  /** Notes that all pieces before `index` are consumed. */
  doneBefore(index: number): void {
    this.#limit = Math.max(this.#limit, index + this.#most);
    while (this.#waiting.length > 0 && this.#waiting[0]!.index < this.#limit) this.#waiting.shift()!.go();
  }
}
