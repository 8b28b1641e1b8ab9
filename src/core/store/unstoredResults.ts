/** Joins the failures to store results into one error, which names the store and not a checkpoint. */
import { NeuroMfaError } from '../../protocol/errors';
import type { StoreFailure } from './storeFailure';

export class UnstoredResults {
  readonly #failures: StoreFailure[] = [];

  get count(): number {
    return this.#failures.length;
  }

  note(failure: StoreFailure): void {
    this.#failures.push(failure);
  }

  /**
   * All failures as one; null where there are none.
   * @param total number of results. @param orElse end of the next step: an alternative remedy.
   */
  failure(total: number, orElse: string): NeuroMfaError | null {
    const [first] = this.#failures;
    if (!first) return null;
    const others = new Set(this.#failures.map(({ reason }) => reason)).size - 1;
    const further = others === 1 ? 'one other reason' : `${others} other reasons`;
    return new NeuroMfaError(
      first.code,
      first.data.subject,
      `${this.count} of ${total} results could not be stored in this store: ${first.reason}${others > 0 ? ` (and ${further})` : ''}`,
      `${first.remedy}, ${orElse}`,
      { cause: first },
    );
  }
}
