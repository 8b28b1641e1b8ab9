/**
 * Keeps a page from staying blank: in place of what cannot be drawn, and of messages that are refused, it says so, with a way to
 * the log. Knows no document, so that it can be tested without one.
 */
import { shortened } from '../../src/protocol/visible';

/** What stands in place of the page. */
export interface FaultView {
  show(text: string): void;
  hide(): void;
}

/** As much as a person reads; the log has the rest. */
const MOST_SHOWN = 1000;

export class PageGuard {
  /** Something has been drawn: from then on a fault elsewhere leaves no blank page. */
  #drawn = false;

  constructor(private readonly view: FaultView) {}

  /** A handler that draws everything there is: it replaces a fault that was shown before. */
  whole<T>(draw: (model: T) => void): (model: T) => null {
    return this.#guarded(draw, () => {
      this.#drawn = true;
      this.view.hide();
    });
  }

  /** A handler that changes what has been drawn. */
  part<T>(change: (news: T) => void): (news: T) => null {
    return this.#guarded(change, () => undefined);
  }

  /** The page cannot be shown as it should be. */
  fail(error: unknown): void {
    this.view.show(shortened(error instanceof Error ? error.message : String(error), MOST_SHOWN));
  }

  /**
   * A message was refused. One to a method of the page is missed by it; others may be of anybody's, such as programs that
   * have put themselves into the browser.
   */
  refused(cause: string, method: string | undefined): void {
    if (method === undefined) this.uncaught(cause);
    else this.fail(cause);
  }

  /** Something went wrong that may be of no account. */
  uncaught(error: unknown): void {
    if (!this.#drawn) this.fail(error);
  }

  /** Whoever called hears of a fault as well. */
  #guarded<T>(work: (value: T) => void, done: () => void): (value: T) => null {
    return (value) => {
      try {
        work(value);
      } catch (error) {
        this.fail(error);
        throw error;
      }
      done();
      return null;
    };
  }
}
