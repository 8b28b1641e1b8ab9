import { elsewhereText } from '../../src/protocol/elsewhere';
/** Several checkpoints at once: legend, progress and the numbers to compare, one row each. */
import type { SpectrumItem } from '../../src/protocol/panel';
import type { SeriesStyle } from '../figures/styles';
import { h, type Child } from '../dom';
import { atLeast, measured, percent } from '../../src/protocol/format';
import { t } from '../l10n';
import { wordButton } from './controls';
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

/**
 * The table. On narrow pages its cells are stacked, which would remove the built-in roles, so these are explicit.
 * Running rows have a cell that {@link updateRow} refreshes.
 */
export function itemRows(rows: readonly ItemRow[], actions: RowActions): HTMLElement {
  const heading = (...content: Child[]): HTMLElement =>
    h('th', { role: 'columnheader', scope: 'col', class: 'number' }, ...content);
  return h(
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
      h(
        'tbody',
        { role: 'rowgroup' },
        rows.map((row) => itemRow(row, actions)),
      ),
    ),
  );
}

function itemRow({ item, style }: ItemRow, actions: RowActions): HTMLElement {
  const name = h(
    'th',
    { role: 'rowheader', scope: 'row', title: item.path },
    style ? swatch(style) : null,
    h('span', { class: 'name' }, item.name),
  );
  return h(
    'tr',
    { role: 'row', 'data-testid': 'item', 'data-path': item.path, 'data-state': item.state.kind },
    name,
    ...cells(item, actions),
  );
}

function cells({ path, state }: SpectrumItem, { retry, showLog }: RowActions): HTMLElement[] {
  const wide = (...content: Child[]): HTMLElement[] => [
    h('td', { role: 'cell', colspan: 4 }, h('div', { class: 'row-state' }, ...content)),
  ];
  const again = (): HTMLElement =>
    wordButton(
      t('Try Again'),
      'retry',
      () => {
        retry(path);
      },
      true,
    );
  switch (state.kind) {
    case 'waiting':
      return wide(
        h(
          'span',
          { 'data-testid': 'waiting' },
          state.elsewhere ? elsewhereText(state.elsewhere, t) : t('waiting'),
        ),
      );
    case 'running':
      return wide(
        progressBar(state.progress),
        h('span', { 'data-testid': 'progress-text' }, progressText(state.progress)),
      );
    case 'cancelled':
      return wide(t('canceled'), again());
    case 'failed':
      return wide(
        h('span', { class: 'error-text', 'data-testid': 'error' }, shortFault(state.error)),
        again(),
        wordButton(t('Show Log'), 'show-log', showLog, true),
      );
    case 'done': {
      const { summary, settings } = state.result;
      if (summary.alpha0.mean === null) {
        return wide(
          h(
            'span',
            { class: 'error-text', 'data-testid': 'error' },
            summary.reason ? wordsOf(summary.reason) : t('no spectrum'),
          ),
        );
      }
      const cell = (text: string, testId?: string): HTMLElement =>
        h('td', { role: 'cell', class: 'number', 'data-testid': testId }, text);
      return [
        cell(measured(summary.alpha0, settings.mode), 'alpha0'),
        cell(measured(summary.width, settings.mode), 'width'),
        cell(atLeast(summary.r2Min)),
        cell(percent(summary.nodesKept)),
      ];
    }
  }
}

/** Refreshes the progress of one row in place, so that nothing loses focus. */
export function updateRow(table: HTMLElement, item: SpectrumItem): void {
  if (item.state.kind !== 'running') return;
  const row = [...table.querySelectorAll<HTMLElement>('tr[data-path]')].find(
    (each) => each.dataset['path'] === item.path,
  );
  showProgress(row, item.state.progress);
}

/** Refreshes a bar and its text below `root`. */
export function showProgress(
  root: HTMLElement | undefined | null,
  progress: Parameters<typeof progressText>[0],
): void {
  const bar = root?.querySelector('vscode-progress-bar');
  const text = root?.querySelector('[data-testid="progress-text"]');
  if (!bar || !text) return;
  bar.value = progress.done;
  bar.max = Math.max(1, progress.total);
  text.textContent = progressText(progress);
}
