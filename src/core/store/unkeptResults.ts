/** Results that could not be kept, as one failure of what they were computed for: it names the store, not a checkpoint. */
import { NeuroMfaError } from '../../protocol/errors';
import type { StoreFailure } from './storeFailure';

export class UnkeptResults {
  readonly #failures: StoreFailure[] = [];

  get count(): number {
    return this.#failures.length;
  }

  note(failure: StoreFailure): void {
    this.#failures.push(failure);
  }

  /**
   * All of them in one; null where there are none.
   * @param total results that there are. @param orElse the end of the next step: what else may help.
   */
  failure(total: number, orElse: string): NeuroMfaError | null {
    const [first] = this.#failures;
    if (!first) return null;
    const others = new Set(this.#failures.map(({ reason }) => reason)).size - 1;
    const further = others === 1 ? 'one other reason' : `${others} other reasons`;
    return new NeuroMfaError(
      first.code,
      first.data.subject,
      `${this.count} of ${total} results could not be kept in this store: ${first.reason}${others > 0 ? ` (and ${further})` : ''}`,
      `${first.remedy}, ${orElse}`,
      { cause: first },
    );
  }
}
