/** Does something soon after it is requested, but not more often than a given interval. */
export class Throttle {
  #timer: NodeJS.Timeout | undefined;
  #last = -Infinity;

  constructor(
    private readonly everyMs: number,
    private readonly work: () => void,
  ) {}

  /** Immediately after a pause, otherwise when the interval has passed; requests until then are joined. */
  request(): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        this.#last = performance.now();
        this.work();
      },
      Math.max(0, this.#last + this.everyMs - performance.now()),
    );
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
