/** Which part of the network is shown, the way to another, and back to the whole. */
import type { Subset } from '../../src/protocol/analysis';
import {
  writtenSubset,
  type Coverage,
  type NetworkOutline,
  type SubsetInput,
} from '../../src/protocol/subset';
import { h, icon } from '../dom';
import { t } from '../l10n';
import { partSentence, type ShownPart } from '../words/subset';
import { linkButton } from './linkButton';
import { subsetForm } from './subsetForm';

export interface SubsetActions {
  outline: () => Promise<NetworkOutline>;
  checkSubset: (input: SubsetInput) => Promise<Coverage>;
  setSubset: (input: SubsetInput) => Promise<unknown>;
}

export class SubsetControl {
  readonly element = h('div', { class: 'subset', 'data-testid': 'subset' });
  readonly #line = h('p', { class: 'subset-line' });
  /** The form, while it is open, or why it is not there yet. */
  readonly #place = h('div', { hidden: true });
  #asked: Subset | null = null;
  #note = '';

  constructor(private readonly actions: SubsetActions) {
    this.element.append(this.#line, this.#place);
  }

  /**
   * @param shown everything on the page, and the part of its network that it is about.
   * @param asked the part that is chosen, null for the whole network; an open form stays as it is.
   * @param note what else there is to know about a choice; null where there is none to be made.
   * @param before what stands before it in the same line.
   */
  show(
    shown: readonly ShownPart[],
    asked: Subset | null,
    note: string | null = '',
    before: readonly HTMLElement[] = [],
  ): void {
    this.#asked = asked;
    this.#note = note ?? '';
    const part = partSentence(shown);
    this.element.toggleAttribute('data-part', part !== null);
    this.element.hidden = part === null && note === null;
    this.#line.replaceChildren(
      ...before,
      h(
        'span',
        { class: 'subset-name' },
        icon(part === null ? 'filter' : 'filter-filled'),
        h('span', { 'data-testid': 'subset-name' }, part ?? t('All layers')),
      ),
      ...(note === null ? [] : this.#links(part !== null)),
    );
  }

  #links(isPart: boolean): HTMLElement[] {
    const open = (): void => {
      if (this.#place.hidden) void this.#open();
      else this.#close();
    };
    const whole = (): void => void this.#apply(writtenSubset(null));
    return [
      isPart
        ? linkButton(t('Change'), 'subset-choose', open, t('Change the part of the network'))
        : linkButton(t('Choose a part'), 'subset-choose', open, t('Choose a part of the network')),
      ...(this.#asked ? [linkButton(t('Show all layers'), 'subset-whole', whole)] : []),
    ];
  }

  async #open(): Promise<void> {
    this.#tell(t('Reading what the network is made of …'));
    try {
      const outline = await this.actions.outline();
      // Closed again meanwhile.
      if (this.#place.hidden) return;
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
      this.#place.replaceChildren(form);
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
    const focused = this.#place.contains(document.activeElement);
    this.#place.hidden = true;
    this.#place.replaceChildren();
    if (focused) this.#line.querySelector('button')?.focus();
  }

  #tell(what: unknown, fault = false): void {
    const words = what instanceof Error ? what.message : String(what);
    this.#place.hidden = false;
    this.#place.replaceChildren(h('p', { class: fault ? 'note error-text' : 'note', role: 'status' }, words));
  }
}
