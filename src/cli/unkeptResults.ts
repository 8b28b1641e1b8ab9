/** Results that could not be kept, as one failure of the run: what it names is the store, not a checkpoint. */
import { furtherReasons, StoreFailure } from '../core/store/storeFailure';
import type { ResultStore } from '../core/store/resultStore';
import { NeuroMfaError } from '../protocol/errors';

export class UnkeptResults {
  readonly #failures: StoreFailure[] = [];

  constructor(private readonly store: ResultStore | null) {}

  get count(): number {
    return this.#failures.length;
  }

  note(error: unknown): void {
    this.#failures.push(StoreFailure.of(error, this.store?.directory ?? '--store'));
  }

  /** All of them in one; null where there are none. @param total results of the whole run. */
  failure(total: number): NeuroMfaError | null {
    const [first] = this.#failures;
    if (!first) return null;
    return new NeuroMfaError(
      first.code,
      first.data.subject,
      `${this.count} of ${total} results could not be kept in this store: ${first.reason}${furtherReasons(this.#failures)}`,
      `${first.remedy}, name another folder with --store, or use --no-store`,
      { cause: first },
    );
  }
}
