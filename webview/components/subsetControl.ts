/** Shows the current part of the network, and lets readers change it or return to the whole. */
import { html, nothing, render } from 'lit';
import type { Subset } from '../../src/protocol/analysis';
import {
  writtenSubset,
  type Coverage,
  type NetworkOutline,
  type SubsetInput,
} from '../../src/protocol/subset';
import { h } from '../dom';
import { t, thrownText } from '../l10n';
import { partSentence, type ShownPart } from '../words/subset';
import { subsetForm } from './subsetForm';

export interface SubsetActions {
  outline: () => Promise<NetworkOutline>;
  checkSubset: (input: SubsetInput) => Promise<Coverage>;
  setSubset: (input: SubsetInput) => Promise<unknown>;
}

/** What is open below the bar: the form, or a text in its place. */
type Below = HTMLElement | { text: string; fault: boolean };

export class SubsetControl {
  /** Its element in a bar. */
  readonly element = h('span', { class: 'subset', 'data-testid': 'subset' });
  /** The open form, or the reason why it is not there yet: goes below the bar. */
  readonly form = h('div', { class: 'drawer subset-place', hidden: true });
  #part: string | null = null;
  #asked: Subset | null = null;
  #note: string | null = null;
  #below: Below | null = null;

  constructor(private readonly actions: SubsetActions) {}

  /**
   * @param shown everything on the page, and the part of its network that it is about.
   * @param asked the chosen part, null for the whole network; an open form does not change.
   * @param note further information about a choice; null where no choice is possible.
   */
  show(shown: readonly ShownPart[], asked: Subset | null, note: string | null = ''): void {
    this.#part = partSentence(shown);
    this.#asked = asked;
    this.#note = note;
    this.element.toggleAttribute('data-part', this.#part !== null);
    this.element.hidden = this.#part === null && note === null;
    this.#draw();
  }

  #draw(): void {
    const text = this.#part ?? t('All layers');
    const symbol = this.#part === null ? 'filter' : 'filter-filled';
    const name = html`<span class="codicon codicon-${symbol}" aria-hidden="true"></span
      ><span class="first-words" title=${this.#part ?? nothing} data-testid="subset-name">${text}</span>`;
    const whole = t('Show all layers');
    render(
      this.#note === null
        ? name
        : html`<button
              type="button"
              class="tool"
              aria-label=${t('{0} Choose a part of the network', /[.]$/.test(text) ? text : `${text}.`)}
              aria-expanded=${this.#below !== null}
              data-testid="subset-choose"
              @click=${this.#toggle}
            >
              ${name}<span class="codicon codicon-chevron-down" aria-hidden="true"></span>
            </button>
            ${
              this.#asked &&
              html`<button
                type="button"
                class="tool"
                title=${whole}
                aria-label=${whole}
                data-testid="subset-whole"
                @click=${this.#showWhole}
              >
                <span class="codicon codicon-clear-all" aria-hidden="true"></span>
              </button>`
            }`,
      this.element,
    );
    const below = this.#below;
    this.form.hidden = below === null;
    render(
      below === null || below instanceof HTMLElement
        ? below
        : html`<p class="note ${below.fault ? 'error-text' : ''}" role="status">${below.text}</p>`,
      this.form,
    );
  }

  /** Opens and closes the form. */
  readonly #toggle = (): void => {
    if (this.#below === null) void this.#open();
    else this.#close();
  };

  readonly #showWhole = async (): Promise<void> => {
    try {
      await this.actions.setSubset(writtenSubset(null));
      this.#close();
    } catch (error) {
      this.#tell(error, true);
    }
  };

  async #open(): Promise<void> {
    this.#tell(t('Reading the structure of the network …'));
    try {
      const outline = await this.actions.outline();
      // Closed again meanwhile.
      if (this.#below === null) return;
      const form = subsetForm(outline, this.#asked, this.#note ?? '', {
        check: this.actions.checkSubset,
        apply: async (input) => {
          await this.actions.setSubset(input);
          this.#close();
        },
        close: () => {
          this.#close();
        },
      });
      this.#place(form);
      form.querySelector('input')?.focus();
    } catch (error) {
      this.#tell(error, true);
    }
  }

  #close(): void {
    const focused = this.form.contains(document.activeElement);
    this.#place(null);
    if (focused) this.element.querySelector('button')?.focus();
  }

  #tell(what: unknown, fault = false): void {
    this.#place({ text: thrownText(what), fault });
  }

  #place(below: Below | null): void {
    this.#below = below;
    this.#draw();
  }
}
