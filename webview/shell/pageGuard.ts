/**
 * Keeps a page from staying blank: it replaces what cannot be drawn, and messages that are refused, by an explanation
 * with a link to the log. Knows no document, so that it can be tested without one.
 */
import { shortened } from '../../src/protocol/visible';
import { thrownText } from '../l10n';

/** The view that replaces the page. */
export interface FaultView {
  show(text: string): void;
  hide(): void;
}

/** As much as a person reads; the log has the rest. */
const MAX_SHOWN = 1000;

export class PageGuard {
  /** Whether something has been drawn: from then on a fault elsewhere leaves no blank page. */
  #drawn = false;

  constructor(private readonly view: FaultView) {}

  /** A handler that draws everything: it replaces a fault that was shown before. */
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

  /** Shows that the page cannot be shown as it should be. */
  fail(error: unknown): void {
    this.view.show(shortened(thrownText(error), MAX_SHOWN));
  }

  /**
   * Called when a message was refused. If it was for a method of the page, the page lacks it; others may come from
   * anywhere, such as programs injected into the browser.
   */
  refused(cause: string, method: string | undefined): void {
    if (method === undefined) this.uncaught(cause);
    else this.fail(cause);
  }

  /** Called for a failure that may not matter. */
  uncaught(error: unknown): void {
    if (!this.#drawn) this.fail(error);
  }

  /** The caller receives the fault as well. */
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
