/** Facts about the values of the tensors: a button, then progress, then a table. */
import type { FactsState } from '../../src/protocol/inspect';
import { integer, significant } from '../../src/protocol/format';
import { FACT_KEYS } from '../../src/protocol/tensorFacts';
import { columnTable } from '../components/columnTable';
import { wordButton } from '../components/controls';
import { failedState, progressBar } from '../components/states';
import { h, svg } from '../dom';
import { t } from '../l10n';
import type { InspectMemory } from './memory';

export interface FactsActions {
  compute: () => void;
  cancel: () => void;
  save: () => void;
  histogram: (tensor: number) => Promise<{ min: number; max: number; counts: number[] } | null>;
  showLog: () => void;
  /** Tells the user about a failure. */
  fail: (error: unknown) => void;
}

type Key = (typeof FACT_KEYS)[number];

const titleOf = (key: Key): string =>
  ({
    min: t('Least'),
    max: t('Greatest'),
    mean: t('Mean'),
    sd: t('Deviation'),
    rms: 'RMS',
    zeros: t('Zeros'),
    nan: 'NaN',
    infinite: t('Infinite'),
  })[key];

const COUNTED: readonly Key[] = ['zeros', 'nan', 'infinite'];

export class TensorFactsView {
  readonly element = h('section', {
    class: 'tensor-facts',
    'data-testid': 'tensor-facts',
    'aria-labelledby': 'title-facts',
  });
  readonly #histogram = h('div', { 'aria-live': 'polite', 'data-testid': 'histogram' });
  #state: FactsState = { kind: 'none' };

  constructor(
    private readonly memory: InspectMemory,
    private readonly actions: FactsActions,
  ) {}

  show(state: FactsState): void {
    const goesOn = this.#state.kind === 'running' && state.kind === 'running';
    this.#state = state;
    if (goesOn) this.#progress(state);
    else this.#draw();
  }

  #draw(): void {
    const focused = document.activeElement?.getAttribute('data-testid');
    const inside = this.element.contains(document.activeElement);
    this.element.replaceChildren(
      h('h2', { id: 'title-facts', class: 'figure-title' }, t('Tensor facts')),
      ...this.#content(this.#state),
    );
    if (inside && focused)
      this.element.querySelector<HTMLElement>(`[data-testid="${CSS.escape(focused)}"]`)?.focus();
  }

  #content(state: FactsState): HTMLElement[] {
    const { compute, cancel, save, showLog } = this.actions;
    switch (state.kind) {
      case 'none':
        return [
          h(
            'p',
            { class: 'note' },
            t('Range, mean, deviation, zeros, NaN and histogram: reads every value.'),
          ),
          wordButton(t('Compute Tensor Facts'), 'compute-facts', compute, true),
        ];
      case 'running':
        return [
          progressBar({ ...state, bytesRead: 0 }),
          h('p', { role: 'status', 'data-testid': 'facts-progress' }, progressWords(state)),
          wordButton(t('Cancel'), 'cancel-facts', cancel, true),
        ];
      case 'failed':
        return [failedState('', state.error, { retry: compute, showLog }, t('The values could not be read'))];
      case 'done':
        this.#histogram.replaceChildren(
          h('p', { class: 'note' }, t('Choose a name to see the histogram of its values.')),
        );
        return [
          wordButton(t('Save as CSV'), 'save-facts', save, true),
          this.#histogram,
          ...columnTable(state.tensors, {
            id: 'facts',
            columns: FACT_KEYS.map((key) => ({
              key,
              title: titleOf(key),
              print: COUNTED.includes(key) ? integer : (value) => significant(value, 4),
            })),
            order: this.memory.choices.facts,
            sort: (facts) => {
              this.memory.choose({ facts });
              this.#draw();
            },
            open: (tensor) => {
              this.actions.histogram(tensor).then((found) => {
                this.#histogram.replaceChildren(...histogramOf(state.tensors.names[tensor]!, found));
              }, this.actions.fail);
            },
          }),
        ];
    }
  }

  #progress(state: Extract<FactsState, { kind: 'running' }>): void {
    this.element
      .querySelector('[data-testid="progress"]')
      ?.replaceWith(progressBar({ ...state, bytesRead: 0 }));
    const text = this.element.querySelector('[data-testid="facts-progress"]');
    if (text) text.textContent = progressWords(state);
  }
}

const progressWords = ({ done, total }: { done: number; total: number }): string =>
  total > 0 ? t('{0} of {1} tensors read', integer(done), integer(total)) : t('Waiting for a free worker');

const HEIGHT = 80;
const BAR = 6;

function histogramOf(
  name: string,
  found: { min: number; max: number; counts: number[] } | null,
): HTMLElement[] {
  const title = h('p', {}, name);
  if (!found)
    return [title, h('p', { class: 'note' }, t('No histogram: all values are equal, or none is finite.'))];
  const { min, max, counts } = found;
  const most = counts.reduce((a, b) => Math.max(a, b), 1);
  const width = BAR * counts.length;
  const label = t(
    '{0} values from {1} to {2}',
    integer(counts.reduce((a, b) => a + b)),
    significant(min, 4),
    significant(max, 4),
  );
  const bars = counts.map((count, i) => {
    const height = (HEIGHT * count) / most;
    return svg('rect', { x: BAR * i, y: HEIGHT - height, width: BAR - 1, height, fill: 'currentColor' });
  });
  const picture = svg(
    'svg',
    {
      viewBox: `0 0 ${width} ${HEIGHT}`,
      width,
      height: HEIGHT,
      role: 'img',
      'aria-label': label,
      class: 'histogram',
    },
    ...bars,
  );
  const box = h('div', {});
  box.append(picture);
  return [title, box, h('p', { class: 'note' }, label)];
}
