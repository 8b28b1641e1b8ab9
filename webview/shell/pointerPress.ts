/**
 * Holds back what the extension host sends while the reader presses a button of the pointer: where the pressed control is
 * drawn anew before it is released, the browser makes no click of it, and a drag ends.
 */

/** After this time, in ms, nothing is held back: the pointer may have been released where the page does not see it. */
const LONGEST_MS = 5000;

export class PointerPress {
  /** Settles when the pointer is released; null where it is not pressed. */
  #released: Promise<void> | null = null;
  #release: () => void = () => undefined;

  constructor() {
    window.addEventListener(
      'pointerdown',
      () => {
        this.#press();
      },
      { capture: true },
    );
    for (const type of ['pointerup', 'pointercancel'])
      window.addEventListener(
        type,
        () => {
          this.#release();
        },
        { capture: true },
      );
    window.addEventListener('blur', () => {
      this.#release();
    });
    window.addEventListener(
      'pointermove',
      ({ buttons }) => {
        if (buttons === 0) this.#release();
      },
      { capture: true },
    );
  }

  /** Calls `draw` at once, or in the order of the calls when the pointer has been released. */
  after<T>(draw: () => T): T | Promise<T> {
    return this.#released ? this.#released.then(draw) : draw();
  }

  #press(): void {
    this.#released ??= new Promise((resolve) => {
      const release = (): void => {
        clearTimeout(longest);
        this.#release = () => undefined;
        this.#released = null;
        resolve();
      };
      const longest = setTimeout(release, LONGEST_MS);
      // The click follows the release.
      this.#release = () => setTimeout(release);
    });
  }
}
