/** A checkpoint that could be read: search, table and facts, updated together. */
import { tensorCount } from '../../src/protocol/counts';
import type { ErrorData } from '../../src/protocol/errors';
import type { ShownInspection } from '../../src/protocol/inspect';
import { wordButton } from '../components/controls';
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
  readonly element: HTMLElement;
  readonly #tensors: Tensors;
  readonly #totals: Totals;
  readonly #search: Search;
  readonly #grid: TensorGrid;
  readonly #input: HTMLInputElement;
  readonly #count = h('p', { class: 'status', role: 'status', 'data-testid': 'count' });
  readonly #none = h('p', { class: 'note', hidden: true }, t('No tensor matches all these words.'));
  readonly #alone = wordButton(
    '',
    'analyze-role',
    () => {
      this.actions.analyze(this.memory.choices.part);
    },
    true,
  );
  readonly #details = h('div', { class: 'tensor-details', 'aria-live': 'polite' });
  /** All tensors in the chosen order. */
  #order: Uint32Array;

  /**
   * @throws Error when the columns of the tensors do not fit each other.
   */
  constructor(
    name: string,
    inspection: ShownInspection,
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
        this.#details.replaceChildren(tensorDetails(tensors, tensor));
        memory.choose({ selected: tensor === null ? null : { tensor, name: tensors.names.at(tensor) } });
      },
      moved: () => {
        memory.choose({ scrollTop: this.#grid.scrollTop });
      },
    });
    this.#input = this.#searchBox();
    this.#details.append(tensorDetails(tensors, null));
    const { fault, warnings } = inspection;
    this.element = h(
      'div',
      { class: 'inspect' },
      h(
        'h1',
        { class: 'headline', 'data-testid': 'headline' },
        headline(name, inspection, this.#totals, tensors.projectionCount),
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
      h(
        'div',
        { class: 'inspect-columns' },
        h('div', { class: 'inspect-main' }, this.#toolbar(fault === null), this.#grid.element, this.#none),
        h(
          'div',
          { class: 'inspect-aside' },
          this.#details,
          totalsTable(tensors, this.#totals),
          checkpointFacts(inspection),
          metadata(inspection),
        ),
      ),
    );
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

  #toolbar(canAnalyze: boolean): HTMLElement {
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
    return h(
      'div',
      { class: 'inspect-toolbar' },
      this.#input,
      select(t('Which tensors to show'), 'part', parts, chosen, (part) => {
        this.memory.choose({ part });
        this.#show();
      }),
      this.#count,
      ...(canAnalyze
        ? [
            this.#alone,
            wordButton(t('Analyze'), 'analyze', () => {
              this.actions.analyze(null);
            }),
          ]
        : []),
    );
  }

  /** Offers the copies of a model that exists several times. */
  #setChoice(taken: string, others: readonly string[]): HTMLElement {
    const options = [taken, ...others].map((value) => ({ value, label: value }));
    const choice = select(t('The copy of the model that is analyzed'), 'weights', options, taken, (set) => {
      this.actions.chooseWeights(set);
    });
    return h('div', { class: 'choices' }, field(t('Weights'), choice));
  }

  #searchBox(): HTMLInputElement {
    const label = t('Search names, types, shapes, roles and reasons');
    const input = h('input', {
      type: 'search',
      class: 'text-box search',
      placeholder: t('Search tensors'),
      'aria-label': label,
      title: label,
      spellcheck: 'false',
      autocomplete: 'off',
      value: this.memory.choices.query,
      'data-testid': 'search',
    });
    input.addEventListener('input', () => {
      this.memory.choose({ query: input.value });
      this.#show();
    });
    return input;
  }

  #show(): void {
    const { query, part: chosen, column, descending } = this.memory.choices;
    const part = this.#part(chosen);
    const shown = filtered(this.#order, this.#search.find(query, part));
    this.#none.hidden = shown.length > 0;
    this.#grid.element.hidden = shown.length === 0;
    this.#grid.show(shown, { column, descending });
    this.#alone.hidden = part.kind !== 'role';
    if (part.kind === 'role') this.#alone.textContent = t('Analyze {0} Alone', chosen);
    this.#count.textContent =
      shown.length === this.#tensors.count
        ? tensorCount(shown.length, t)
        : t('{0} of {1} tensors', integer(shown.length), integer(this.#tensors.count));
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
