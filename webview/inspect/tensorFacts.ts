/** Facts about the values of the tensors: a button, then progress, then a table. */
import { html, render, svg, type TemplateResult } from 'lit';
import type { FactsState } from '../../src/protocol/inspect';
import { integer, significant } from '../../src/protocol/format';
import { FACT_KEYS } from '../../src/protocol/tensorFacts';
import { columnTable } from '../components/columnTable';
import { failedState, progressBar } from '../components/states';
import { h } from '../dom';
import { t } from '../l10n';
import type { InspectMemory } from './memory';

interface Histogram {
  min: number;
  max: number;
  counts: number[];
}

export interface FactsActions {
  compute: () => void;
  cancel: () => void;
  save: () => void;
  histogram: (tensor: number) => Promise<Histogram | null>;
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
  #state: FactsState = { kind: 'none' };
  /** The histogram that the reader has chosen. */
  #histogram: TemplateResult | null = null;

  constructor(
    private readonly memory: InspectMemory,
    private readonly actions: FactsActions,
  ) {}

  show(state: FactsState): void {
    this.#state = state;
    this.#histogram = null;
    this.#draw();
  }

  #draw(): void {
    render(
      html`<h2 id="title-facts" class="figure-title">${t('Tensor facts')}</h2>
        ${this.#content(this.#state)}`,
      this.element,
    );
  }

  #content(state: FactsState): TemplateResult {
    const { compute, cancel, save, showLog } = this.actions;
    switch (state.kind) {
      case 'none':
        return html`<p class="note">
            ${t('Range, mean, deviation, zeros, NaN and histogram: reads every value.')}
          </p>
          <vscode-button data-testid="compute-facts" secondary @click=${compute}
            >${t('Compute Tensor Facts')}</vscode-button
          >`;
      case 'running':
        return html`${progressBar({ ...state, bytesRead: 0 })}
          <p role="status" data-testid="facts-progress">${progressWords(state)}</p>
          <vscode-button data-testid="cancel-facts" secondary @click=${cancel}
            >${t('Cancel')}</vscode-button
          >`;
      case 'failed':
        return failedState('', state.error, { retry: compute, showLog }, t('The values could not be read'));
      case 'done':
        return html`<vscode-button data-testid="save-facts" secondary @click=${save}
            >${t('Save as CSV')}</vscode-button
          >
          <div aria-live="polite" data-testid="histogram">
            ${
              this.#histogram ??
              html`<p class="note">${t('Choose a name to see the histogram of its values.')}</p>`
            }
          </div>
          ${columnTable(state.tensors, {
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
                this.#histogram = histogramOf(state.tensors.names[tensor]!, found);
                this.#draw();
              }, this.actions.fail);
            },
          })}`;
    }
  }
}

const progressWords = ({ done, total }: { done: number; total: number }): string =>
  total > 0 ? t('{0} of {1} tensors read', integer(done), integer(total)) : t('Waiting for a free worker');

const HEIGHT = 80;
const BAR = 6;

function histogramOf(name: string, found: Histogram | null): TemplateResult {
  if (!found)
    return html`<p>${name}</p>
      <p class="note">${t('No histogram: all values are equal, or none is finite.')}</p>`;
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
    return svg`<rect x=${BAR * i} y=${HEIGHT - height} width=${BAR - 1} height=${height} fill="currentColor"></rect>`;
  });
  return html`<p>${name}</p>
    <div>
      <svg
        viewBox="0 0 ${width} ${HEIGHT}"
        width=${width}
        height=${HEIGHT}
        role="img"
        aria-label=${label}
        class="histogram"
      >
        ${bars}
      </svg>
    </div>
    <p class="note">${label}</p>`;
}
