/** Tells the extension host how the page is looked at, for panels that are opened anew. */

/** Changes that follow each other faster, as those of scrolling do, are reported together. */
const TELL_EVERY_MS = 200;

export class LastView {
  /** As last reported, or as the page began. */
  #known: string;
  #view: Record<string, unknown> = {};
  #waits = false;

  /** @param state what the page begins with: nothing else of it is reported before the reader changes something. */
  constructor(
    state: unknown,
    private readonly tell: (view: Record<string, unknown>) => void,
  ) {
    this.#known = JSON.stringify(viewOf(state));
  }

  /** @param state as a page stores it: what it shows, the reader's choices, and how it is looked at. */
  changed(state: unknown): void {
    this.#view = viewOf(state);
    if (this.#waits) return;
    this.#waits = true;
    setTimeout(() => {
      this.#waits = false;
      const text = JSON.stringify(this.#view);
      if (text === this.#known) return;
      this.#known = text;
      this.tell(this.#view);
    }, TELL_EVERY_MS);
  }
}

function viewOf(state: unknown): Record<string, unknown> {
  const { choices, looks } = (state ?? {}) as { choices?: unknown; looks?: object };
  // A panel that is opened anew takes the focus nowhere.
  return { choices, looks: { ...looks, focus: null } };
}
