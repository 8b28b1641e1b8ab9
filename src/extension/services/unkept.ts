/** Results that could not be kept since the user was last told of any: they are shown all the same. */
import type { StoreFailure } from '../../core/store/storeFailure';
import { UnkeptResults } from '../../core/store/unkeptResults';
import type { NeuroMfaError } from '../../protocol/errors';

export class Unkept {
  #unkept = new UnkeptResults();
  #results = 0;

  /** @param unopened why there is no store, if there is none: then nothing is kept. */
  constructor(private readonly unopened: StoreFailure | null = null) {}

  /** A result is there. @param computed rather than from the store. */
  count(computed: boolean): void {
    this.#results++;
    if (computed && this.unopened) this.#unkept.note(this.unopened);
  }

  /** One that is counted could not be kept. */
  note(failure: StoreFailure): void {
    this.#unkept.note(failure);
  }

  /** What there is to tell, once: null for nothing. */
  take(): NeuroMfaError | null {
    const failure = this.#unkept.failure(this.#results, 'and analyze again');
    this.#unkept = new UnkeptResults();
    this.#results = 0;
    return failure;
  }
}
