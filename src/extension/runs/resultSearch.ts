/** One view's search for stored results: it continues while the view exists, and covers what the view shows. */
import type { Log } from '../services/analyses';
import type { Runs } from './runs';

export class ResultSearch {
  #current: AbortController | undefined;

  constructor(
    private readonly runs: Pick<Runs, 'load'>,
    private readonly log: Pick<Log, 'error'>,
  ) {}

  /** Looks for the results of these runs, and no longer for those of earlier calls. */
  look(ids: Iterable<string>): void {
    const before = this.#current;
    this.#current = new AbortController();
    for (const id of ids) {
      this.runs.load(id, this.#current.signal).catch((error: unknown) => {
        this.log.error(error instanceof Error ? error : String(error));
      });
    }
    // Only now, so that what is requested again continues.
    before?.abort();
  }

  stop(): void {
    this.#current?.abort();
    this.#current = undefined;
  }
}
