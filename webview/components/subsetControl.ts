/** Shows the current part of the network, and lets readers change it or return to the whole. */
import type { Subset } from '../../src/protocol/analysis';
import {
  writtenSubset,
  type Coverage,
  type NetworkOutline,
  type SubsetInput,
} from '../../src/protocol/subset';
import { h, icon, onClick } from '../dom';
import { t, thrownText } from '../l10n';
import { partSentence, type ShownPart } from '../words/subset';
import type { ToolButton } from './button';
import { toolButton } from './controls';
import { subsetForm } from './subsetForm';

export interface SubsetActions {
  outline: () => Promise<NetworkOutline>;
  checkSubset: (input: SubsetInput) => Promise<Coverage>;
  setSubset: (input: SubsetInput) => Promise<unknown>;
}

export class SubsetControl {
  /** Its element in a bar. */
  readonly element = h('span', { class: 'subset', 'data-testid': 'subset' });
  /** The open form, or the reason why it is not there yet: goes below the bar. */
  readonly form = h('div', { class: 'drawer subset-place', hidden: true });
  #asked: Subset | null = null;
  #note = '';

  constructor(private readonly actions: SubsetActions) {}

  /**
   * @param shown everything on the page, and the part of its network that it is about.
   * @param asked the chosen part, null for the whole network; an open form does not change.
   * @param note further information about a choice; null where no choice is possible.
   */
  show(shown: readonly ShownPart[], asked: Subset | null, note: string | null = ''): void {
    this.#asked = asked;
    this.#note = note ?? '';
    const part = partSentence(shown);
    this.element.toggleAttribute('data-part', part !== null);
    this.element.hidden = part === null && note === null;
    const name = [
      icon(part === null ? 'filter' : 'filter-filled'),
      h(
        'span',
        { class: 'first-words', title: part ?? undefined, 'data-testid': 'subset-name' },
        part ?? t('All layers'),
      ),
    ];
    this.element.replaceChildren(
      ...(note === null ? name : [this.#toggle(name, part ?? t('All layers'))]),
      ...(note !== null && asked ? [toolButton(this.#whole)] : []),
    );
    this.#mark();
  }

  /** Opens and closes the form; its text is the current part. */
  #toggle(name: readonly Node[], part: string): HTMLElement {
    const label = t('{0} Choose a part of the network', /[.]$/.test(part) ? part : `${part}.`);
    return onClick(
      h(
        'button',
        { type: 'button', class: 'tool', 'aria-label': label, 'data-testid': 'subset-choose' },
        ...name,
        icon('chevron-down'),
      ),
      () => {
        if (this.form.hidden) void this.#open();
        else this.#close();
      },
    );
  }

  get #whole(): ToolButton {
    return {
      icon: 'clear-all',
      label: t('Show all layers'),
      testId: 'subset-whole',
      run: () => void this.#apply(writtenSubset(null)),
    };
  }

  #mark(): void {
    this.element
      .querySelector('[data-testid="subset-choose"]')
      ?.setAttribute('aria-expanded', String(!this.form.hidden));
  }

  async #open(): Promise<void> {
    this.#tell(t('Reading the structure of the network …'));
    try {
      const outline = await this.actions.outline();
      // Closed again meanwhile.
      if (this.form.hidden) return;
      const form = subsetForm(outline, this.#asked, this.#note, {
        check: this.actions.checkSubset,
        apply: async (input) => {
          await this.actions.setSubset(input);
          this.#close();
        },
        close: () => {
          this.#close();
        },
      });
      this.form.replaceChildren(form);
      form.querySelector('input')?.focus();
    } catch (error) {
      this.#tell(error, true);
    }
  }

  async #apply(input: SubsetInput): Promise<void> {
    try {
      await this.actions.setSubset(input);
      this.#close();
    } catch (error) {
      this.#tell(error, true);
    }
  }

  #close(): void {
    const focused = this.form.contains(document.activeElement);
    this.form.hidden = true;
    this.form.replaceChildren();
    this.#mark();
    if (focused) this.element.querySelector('button')?.focus();
  }

  #tell(what: unknown, fault = false): void {
    const words = thrownText(what);
    this.form.hidden = false;
    this.#mark();
    this.form.replaceChildren(h('p', { class: fault ? 'note error-text' : 'note', role: 'status' }, words));
  }
}
