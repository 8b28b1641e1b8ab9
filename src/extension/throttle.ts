/** Does something soon after it is asked for, but not more often than it should be. */
export class Throttle {
  #timer: NodeJS.Timeout | undefined;
  #last = -Infinity;

  constructor(
    private readonly everyMs: number,
    private readonly work: () => void,
  ) {}

  /** At once after a pause, else when the time has come; requests until then are one. */
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
