/** Notifies listeners. The editor has such a class, but modules that work without the editor need one as well. */

/** Registers a listener; returns a function that removes it. */
export type Listen<T> = (listener: (value: T) => void) => () => void;

export class Emitter<T> {
  readonly #listeners = new Set<(value: T) => void>();

  readonly event: Listen<T> = (listener) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  fire(value: T): void {
    for (const listener of this.#listeners) listener(value);
  }
}
