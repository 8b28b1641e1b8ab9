/** A checkpoint that could be read: search, table and facts, updated together. */
import '@vscode-elements/elements/dist/vscode-button/index.js';
import { html, nothing, render, type TemplateResult } from 'lit';
import { tensorCount } from '../../src/protocol/counts';
import type { ErrorData } from '../../src/protocol/errors';
import type { ShownInspection } from '../../src/protocol/inspect';
import { field } from '../components/field';
import { select } from '../components/select';
import { h } from '../dom';
import { integer } from '../../src/protocol/format';
import { faultIn, t } from '../l10n';
import { checkpointFacts, headline, metadata, tensorDetails, totalsTable } from './facts';
import { TensorGrid } from './grid';
import type { InspectMemory } from './memory';
import { filtered, ordered } from './order';
import { Search, type Part } from './search';
import { Tensors } from './tensors';
import { totalsOf, type Totals } from './totals';
import { wordsOf } from '../words/facts';

const PARTS = ['all', 'network', 'left-out'] as const;

export interface TensorViewActions {
  /** Analyzes all of the checkpoint, or the layers of one role. */
  analyze: (role: string | null) => void;
  chooseWeights: (set: string) => void;
}

export class TensorView {
  readonly element = h('div', { class: 'inspect' });
  readonly #tensors: Tensors;
  readonly #totals: Totals;
  readonly #search: Search;
  readonly #grid: TensorGrid;
  readonly #parts: HTMLElement;
  readonly #above: readonly HTMLElement[];
  readonly #beside: readonly HTMLElement[];
  #details: HTMLElement;
  /** All tensors in the chosen order. */
  #order: Uint32Array;
  /** Those that are shown. */
  #shown: Uint32Array = new Uint32Array();

  /**
   * @param facts the facts about the values of its tensors.
   * @throws Error when the columns of the tensors do not fit each other.
   */
  constructor(
    name: string,
    private readonly inspection: ShownInspection,
    private readonly facts: HTMLElement,
    private readonly memory: InspectMemory,
    private readonly actions: TensorViewActions,
  ) {
    const tensors = new Tensors(inspection.tensors);
    this.#tensors = tensors;
    this.#totals = totalsOf(tensors);
    this.#search = new Search(tensors);
    this.#order = ordered(tensors, memory.choices);
    this.#grid = new TensorGrid(tensors, {
      sort: (column) => {
        const { choices } = memory;
        memory.choose({ column, descending: choices.column === column && !choices.descending });
        this.#order = ordered(tensors, memory.choices);
        this.#show();
      },
      choose: (tensor) => {
        this.#details = tensorDetails(tensors, tensor);
        this.#draw();
        memory.choose({ selected: tensor === null ? null : { tensor, name: tensors.names.at(tensor) } });
      },
      moved: () => {
        memory.choose({ scrollTop: this.#grid.scrollTop });
      },
    });
    this.#details = tensorDetails(tensors, null);
    this.#parts = this.#partChoice();
    this.#above = this.#firstLines(name);
    this.#beside = [totalsTable(tensors, this.#totals), checkpointFacts(inspection), metadata(inspection)];
    this.#draw();
  }

  /** Must be called once the view is on the page: only then can rows be measured. */
  begin(): void {
    const { scrollTop, selected } = this.memory.choices;
    this.#show();
    const { count, names } = this.#tensors;
    if (selected && selected.tensor < count && names.at(selected.tensor) === selected.name)
      this.#grid.select(selected.tensor);
    this.#grid.scrollTop = scrollTop;
  }

  #draw(): void {
    const none = this.#shown.length === 0;
    this.#grid.element.hidden = none;
    render(
      html`${this.#above}
        <div class="inspect-columns">
          <div class="inspect-main">
            ${this.#toolbar()}${this.#grid.element}
            <p class="note" ?hidden=${!none}>${t('No tensor matches all these words.')}</p>
          </div>
          <div class="inspect-aside">
            <div class="tensor-details" aria-live="polite">${this.#details}</div>
            ${this.#beside}
          </div>
        </div>
        ${this.facts}`,
      this.element,
    );
  }

  /** What was found and what is wrong with it. */
  #firstLines(name: string): HTMLElement[] {
    const { fault, warnings } = this.inspection;
    return [
      h(
        'h1',
        { class: 'headline', 'data-testid': 'headline' },
        headline(name, this.inspection, this.#totals, this.#tensors.projectionCount),
      ),
      ...(fault
        ? [h('p', { class: 'note warning', 'data-testid': 'fault' }, faultText(faultIn(fault)))]
        : []),
      ...warnings
        .map(wordsOf)
        .map((warning) => h('p', { class: 'note warning', 'data-testid': 'warning' }, `${warning}.`)),
      ...warnings.flatMap((fact) =>
        fact.code === 'several-weights' ? [this.#setChoice(fact.taken[0]!, fact.others)] : [],
      ),
    ];
  }

  #toolbar(): TemplateResult {
    const { query, part } = this.memory.choices;
    const { analyze } = this.actions;
    const label = t('Search names, types, shapes, roles and reasons');
    const [shown, all] = [this.#shown.length, this.#tensors.count];
    const count =
      shown === all ? tensorCount(shown, t) : t('{0} of {1} tensors', integer(shown), integer(all));
    return html`<div class="inspect-toolbar">
      <input
        type="search"
        class="text-box search"
        placeholder=${t('Search tensors')}
        aria-label=${label}
        title=${label}
        spellcheck="false"
        autocomplete="off"
        data-testid="search"
        .value=${query}
        @input=${({ target }: InputEvent) => {
          this.memory.choose({ query: (target as HTMLInputElement).value });
          this.#show();
        }}
      />
      ${this.#parts}
      <p class="status" role="status" data-testid="count" .textContent=${count}></p>
      ${
        this.inspection.fault
          ? nothing
          : html`${
                this.#part(part).kind === 'role'
                  ? html`<vscode-button
                      data-testid="analyze-role"
                      secondary
                      @click=${() => {
                        analyze(this.memory.choices.part);
                      }}
                      >${t('Analyze {0} Alone', part)}</vscode-button
                    >`
                  : nothing
              }
              <vscode-button
                data-testid="analyze"
                @click=${() => {
                  analyze(null);
                }}
                >${t('Analyze')}</vscode-button
              >`
      }
    </div>`;
  }

  /** Which tensors are shown: all, or one part of them. */
  #partChoice(): HTMLElement {
    const { all, network, leftOut, roles } = this.#totals;
    const option = (value: string, label: string, count: number): { value: string; label: string } => ({
      value,
      label: `${label} (${integer(count)})`,
    });
    const parts = [
      option('all', t('All tensors'), all.tensors),
      option('network', t('In the network'), network.tensors),
      ...this.#tensors.roleList.map((role, i) => option(role, role, roles[i]!.tensors)),
      option('left-out', t('Left out'), leftOut.tensors),
    ];
    const chosen = parts.some(({ value }) => value === this.memory.choices.part)
      ? this.memory.choices.part
      : 'all';
    if (chosen !== this.memory.choices.part) this.memory.choose({ part: chosen });
    return select(t('Which tensors to show'), 'part', parts, chosen, (part) => {
      this.memory.choose({ part });
      this.#show();
    });
  }

  /** Offers the copies of a model that exists several times. */
  #setChoice(taken: string, others: readonly string[]): HTMLElement {
    const options = [taken, ...others].map((value) => ({ value, label: value }));
    const choice = select(t('The copy of the model that is analyzed'), 'weights', options, taken, (set) => {
      this.actions.chooseWeights(set);
    });
    return h('div', { class: 'choices' }, field(t('Weights'), choice));
  }

  #show(): void {
    const { query, part, column, descending } = this.memory.choices;
    this.#shown = filtered(this.#order, this.#search.find(query, this.#part(part)));
    // Rows can be measured only where they are to be seen.
    this.#draw();
    this.#grid.show(this.#shown, { column, descending });
  }

  #part(part: string): Part {
    const named = PARTS.find((kind) => kind === part);
    return named ? { kind: named } : { kind: 'role', role: this.#tensors.roleList.indexOf(part) };
  }
}

function faultText({ cause, nextStep }: ErrorData): string {
  const reason = t('Why: {0}.', cause);
  return nextStep ? `${reason} ${nextStep}.` : reason;
}
