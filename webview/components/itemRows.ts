/** Several checkpoints at once: legend, progress and the numbers to compare, one row each. */
import '@vscode-elements/elements/dist/vscode-button/index.js';
import { html, nothing, render, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { elsewhereText } from '../../src/protocol/elsewhere';
import type { SpectrumItem } from '../../src/protocol/panel';
import type { SeriesStyle } from '../figures/styles';
import { h, type Child } from '../dom';
import { atLeast, measured, percent } from '../../src/protocol/format';
import { t } from '../l10n';
import { symbol } from './hint';
import { progressBar, progressText, shortFault, type Remedies } from './states';
import { swatch } from './swatch';
import { wordsOf } from '../words/facts';

export interface ItemRow {
  item: SpectrumItem;
  /** Present when the item is drawn. */
  style: SeriesStyle | undefined;
}

export interface RowActions {
  retry: (path: string) => void;
  showLog: Remedies['showLog'];
}

/** The table. On narrow pages its cells are stacked, which would remove the built-in roles, so these are explicit. */
export class ItemRows {
  readonly element: HTMLElement;
  readonly #body = h('tbody', { role: 'rowgroup' });

  constructor(private readonly actions: RowActions) {
    const heading = (...content: Child[]): HTMLElement =>
      h('th', { role: 'columnheader', scope: 'col', class: 'number' }, ...content);
    this.element = h(
      'div',
      {
        class: 'items table-scroll',
        tabindex: 0,
        role: 'region',
        'aria-label': t('Checkpoints'),
        'data-testid': 'item-rows',
      },
      h(
        'table',
        { role: 'table', 'data-testid': 'items' },
        h(
          'thead',
          { role: 'rowgroup' },
          h(
            'tr',
            { role: 'row' },
            h('th', { role: 'columnheader', scope: 'col' }, t('checkpoint')),
            heading(symbol('alpha0')),
            heading(symbol('width')),
            heading(symbol('r2'), ' ≥'),
            heading(symbol('neurons', t('neurons kept'))),
          ),
        ),
        this.#body,
      ),
    );
  }

  show(rows: readonly ItemRow[]): void {
    render(
      repeat(
        rows,
        ({ item }) => item.path,
        (row) => itemRow(row, this.actions),
      ),
      this.#body,
    );
  }
}

const itemRow = ({ item, style }: ItemRow, actions: RowActions): TemplateResult =>
  html`<tr role="row" data-testid="item" data-path=${item.path} data-state=${item.state.kind}>
    <th role="rowheader" scope="row" title=${item.path}>
      ${style ? swatch(style) : nothing}<span class="name">${item.name}</span>
    </th>
    ${cells(item, actions)}
  </tr>`;

function cells({ path, state }: SpectrumItem, { retry, showLog }: RowActions): TemplateResult {
  const wide = (content: unknown): TemplateResult =>
    html`<td role="cell" colspan="4"><div class="row-state">${content}</div></td>`;
  const again = html`<vscode-button
    data-testid="retry"
    secondary
    @click=${() => {
      retry(path);
    }}
    >${t('Try Again')}</vscode-button
  >`;
  const error = (text: string): TemplateResult =>
    html`<span class="error-text" data-testid="error">${text}</span>`;
  switch (state.kind) {
    case 'waiting':
      return wide(
        html`<span data-testid="waiting"
          >${state.elsewhere ? elsewhereText(state.elsewhere, t) : t('waiting')}</span
        >`,
      );
    case 'running':
      return wide(
        html`${progressBar(state.progress)}<span data-testid="progress-text"
            >${progressText(state.progress)}</span
          >`,
      );
    case 'cancelled':
      return wide([t('canceled'), again]);
    case 'failed':
      return wide(
        html`${error(shortFault(state.error))}${again}
          <vscode-button data-testid="show-log" secondary @click=${showLog}>${t('Show Log')}</vscode-button>`,
      );
    case 'done': {
      const { summary, settings } = state.result;
      if (summary.alpha0.mean === null)
        return wide(error(summary.reason ? wordsOf(summary.reason) : t('no spectrum')));
      const [alpha0, width] = [
        measured(summary.alpha0, settings.mode),
        measured(summary.width, settings.mode),
      ];
      return html`<td role="cell" class="number" data-testid="alpha0">${alpha0}</td>
        <td role="cell" class="number" data-testid="width">${width}</td>
        <td role="cell" class="number">${atLeast(summary.r2Min)}</td>
        <td role="cell" class="number">${percent(summary.nodesKept)}</td>`;
    }
  }
}
