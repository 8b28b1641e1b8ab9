/** Collects results that could not be stored since the last report to the user; panels show them all the same. */
import type { StoreFailure } from '../../core/store/storeFailure';
import { UnstoredResults } from '../../core/store/unstoredResults';
import type { NeuroMfaError } from '../../protocol/errors';

export class Unstored {
  #unstored = new UnstoredResults();
  #results = 0;

  /** @param unopened why there is no store, if so: then no result is stored. */
  constructor(private readonly unopened: StoreFailure | null = null) {}

  /** Counts a result. @param computed whether it is new rather than from the store. */
  count(computed: boolean): void {
    this.#results++;
    if (computed && this.unopened) this.#unstored.note(this.unopened);
  }

  /** Notes that a counted result could not be stored. */
  note(failure: StoreFailure): void {
    this.#unstored.note(failure);
  }

  /** The failure to report, and null until the next one. */
  take(): NeuroMfaError | null {
    const failure = this.#unstored.failure(this.#results, 'and analyze again');
    this.#unstored = new UnstoredResults();
    this.#results = 0;
    return failure;
  }
}
