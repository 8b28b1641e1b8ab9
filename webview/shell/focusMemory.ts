/**
 * The control that has the focus: it has it again after the page has been drawn anew, and after the editor has discarded the page and made it
 * again. The focus is never taken from elsewhere: as long as the page itself does not have it, its control waits for it.
 */
import * as v from 'valibot';
import { count } from '../../src/protocol/numbers';

export const placeSchema = v.object({
  /** Its test id, or else its id. */
  id: v.string(),
  /** Its place among those that share the id, as rows of a table do, and how many these are. */
  index: count,
  of: count,
});
export type Place = v.InferOutput<typeof placeSchema>;

const sharing = (id: string): HTMLElement[] => [
  ...document.querySelectorAll<HTMLElement>(`[data-testid="${CSS.escape(id)}"], #${CSS.escape(id)}`),
];

function placeOf(element: Element): Place | null {
  const id = element.getAttribute('data-testid') ?? element.id;
  if (!id) return null;
  const all = sharing(id);
  return { id, index: Math.max(0, all.indexOf(element as HTMLElement)), of: all.length };
}

/** Undefined where there are more or fewer of its kind now: nobody knows which of them it was. */
function controlAt({ id, index, of }: Place): HTMLElement | undefined {
  const all = sharing(id);
  return all.length === of ? all[index] : undefined;
}

export class FocusMemory {
  /** What has the focus, as far as the page knows. */
  #focused: Element | null = null;
  /** The focus is to go back to the remembered place, once the page has it. */
  #waits: boolean;

  /**
   * @param place where it was before the page was made.
   * @param keep remembers where it is.
   */
  constructor(
    private place: Place | null,
    private readonly keep: (place: Place | null) => void,
  ) {
    this.#waits = place !== null;
    document.addEventListener('focusin', ({ target }) => {
      this.#focused = target as Element;
      this.#waits = false;
      this.#moveTo(placeOf(this.#focused));
    });
    for (const type of ['keydown', 'pointerdown'])
      document.addEventListener(
        type,
        () => {
          // The reader has gone on without it.
          this.#waits = false;
          if (this.#isNowhere()) this.#focused = null;
        },
        { capture: true },
      );
    document.addEventListener('click', () => {
      if (!this.#isNowhere()) return;
      this.#focused = null;
      this.#moveTo(null);
    });
    window.addEventListener('focus', () => {
      this.resume();
    });
  }

  /** Must be called whenever the page has been drawn. */
  resume(): void {
    if (!this.#isNowhere()) return;
    // Drawing has taken it away.
    if (this.#focused) this.#waits = true;
    this.#focused = null;
    if (this.#waits && this.place && document.hasFocus())
      controlAt(this.place)?.focus({ preventScroll: true });
  }

  #moveTo(place: Place | null): void {
    this.place = place;
    this.keep(place);
  }

  #isNowhere(): boolean {
    const { activeElement } = document;
    return activeElement === null || activeElement === document.body;
  }
}
