/** The content of each tab: its choices, charts, notes and tables. */
import type { TabContext } from './tabContext';
import type { ChartView } from '../components/chartView';
import { select } from '../components/select';
import { field } from '../components/field';
import { symbol } from '../components/hint';
import { tableView } from '../components/tableView';
import type { Analyzed } from '../data/analyzed';
import { h } from '../dom';
import { extremeTexts } from '../../src/protocol/extremeWords';
import { order } from '../../src/protocol/format';
import { t } from '../l10n';
import type { SymbolId } from '../symbols';
import { nfdQuantiles } from '../tables/checkpointTables';
import { isFull } from '../words/uncertainty';
import { layersTab } from './layersTab';
import { fitWarning, scalingTexts } from './sentences';
import { fitChoice, tableOf, tablesOf, type Choices, type TabId } from './views';

/** Symbols that a tab's charts use, explained on hover. */
const SYMBOLS: Record<TabId, SymbolId[]> = {
  spectrum: ['alpha', 'f', 'q', 'alpha0', 'width', 'interval'],
  exponents: ['q', 'tau', 'dimension', 'interval'],
  fit: ['z', 'radius', 'q', 'tau', 'r2'],
  nfd: ['nfd', 'radius'],
  layers: ['alpha0', 'width', 'nfd', 'allNeurons'],
  table: [],
};

function symbolsOf(tab: TabId, items: readonly Analyzed[], charts: number): SymbolId[] {
  const drawn = tab === 'layers' ? items.some(({ result }) => result.perProjection) : charts > 0;
  if (!drawn) return [];
  const full = items.every(({ result }) => isFull(result));
  return SYMBOLS[tab].map((id) => (id === 'interval' && full ? 'spread' : id));
}

/** The content of a tab: its choices, beside the tabs, and the rest. */
export interface TabContent {
  choices: HTMLElement[];
  content: HTMLElement[];
}

/** What `tab` holds. */
export function tabContent(
  tab: TabId,
  items: readonly Analyzed[],
  choices: Choices,
  views: readonly ChartView[],
  { theme, choose, setMode, setNulls, output }: TabContext,
): TabContent {
  const charts = views.map((view) => view.element);
  const symbols = symbolsOf(tab, items, charts.length);
  const warning = tab === 'fit' ? fitWarning(items) : null;
  const content = [
    tab === 'table' && tableView(tableOf('table', items, choices)),
    ...(tab === 'layers'
      ? layersTab(
          items,
          choices.layers,
          theme,
          (layers) => {
            choose({ layers: { ...choices.layers, ...layers } });
          },
          { setMode, setNulls, output },
        )
      : []),
    charts.length > 0 &&
      h('div', { class: `figures ${tab}` }, ...charts, tab === 'nfd' ? nfdAside(items) : null),
    ...(tab === 'fit'
      ? scalingTexts(items).map((text) => h('p', { class: 'note', 'data-testid': 'scaling' }, text))
      : []),
    warning !== null && h('p', { class: 'note warning', 'data-testid': 'fit-warning' }, warning),
    ...(tab === 'fit' ? extremeNotes(fitChoice(items, choices).item) : []),
    tab === 'nfd' &&
      charts.length === 0 &&
      h('p', { class: 'note' }, t('No neuron has a fractal dimension under the rule used.')),
    symbols.length > 0 &&
      h(
        'p',
        { class: 'key' },
        t('Symbols:'),
        ' ',
        ...symbols.flatMap((id, index) => [index > 0 && ' · ', symbol(id)]),
      ),
  ].filter((element) => element !== false);
  return { choices: choicesOf(tab, items, choices, choose), content };
}

/** The neurons on which w of a checkpoint depends most, or why they are unknown. */
function extremeNotes({ result }: Analyzed): HTMLElement[] {
  const texts = extremeTexts(result, t);
  if (texts.length > 0)
    return texts.map((text) => h('p', { class: 'note', 'data-testid': 'extremes' }, text));
  return isFull(result)
    ? [
        h(
          'p',
          { class: 'note', 'data-testid': 'extremes' },
          t(
            'Which neurons w depends on most is known only for samples: counts of single neurons are not kept for the full network.',
          ),
        ),
      ]
    : [];
}

function choicesOf(
  tab: TabId,
  items: readonly Analyzed[],
  choices: Choices,
  choose: TabContext['choose'],
): HTMLElement[] {
  if (tab === 'fit') return fitChoices(items, choices, choose);
  return tab === 'table' ? [tableChoice(items, choices, choose)] : [];
}

function fitChoices(
  items: readonly Analyzed[],
  choices: Choices,
  choose: TabContext['choose'],
): HTMLElement[] {
  const { item, sample } = fitChoice(items, choices);
  const q = item.result.settings.q;
  return [
    items.length > 1 &&
      field(
        t('Checkpoint'),
        select(
          t('Checkpoint'),
          'fit-item',
          items.map(({ path, name }) => ({ value: path, label: name })),
          item.path,
          (fitPath) => {
            choose({ fitPath, fitSeed: null });
          },
        ),
      ),
    !isFull(item.result) &&
      field(
        t('Sample'),
        select(
          t('Sample'),
          'fit-sample',
          item.samples.map(({ result }) => ({
            value: String(result.seed),
            label: t('seed {0}', result.seed),
          })),
          String(sample.result.seed),
          (seed) => {
            choose({ fitPath: item.path, fitSeed: Number(seed) });
          },
        ),
      ),
    field(
      t('Moments q'),
      select(
        t('Moments q'),
        'fit-orders',
        [
          { value: 'telling', label: t('ends and ±1') },
          ...q.map((value, index) => ({ value: String(index), label: order(value) })),
        ],
        String(choices.orders),
        (value) => {
          choose({ orders: value === 'telling' ? 'telling' : Number(value) });
        },
      ),
    ),
  ].filter((control) => control !== false);
}

function nfdAside(items: readonly Analyzed[]): HTMLElement {
  const rules = [...new Set(items.flatMap(({ samples }) => samples.map(({ result }) => result.nfd.rule)))];
  return h(
    'div',
    { class: 'aside' },
    h('h2', { class: 'figure-title' }, t('Quantiles over neurons')),
    tableView(nfdQuantiles(items)),
    h(
      'p',
      { class: 'note', 'data-testid': 'nfd-rule' },
      t('Rule: {0}. Neurons to which it does not apply are missing, not zero.', rules.join('; ')),
    ),
  );
}

function tableChoice(
  items: readonly Analyzed[],
  choices: Choices,
  choose: TabContext['choose'],
): HTMLElement {
  return field(
    t('Values of'),
    select(
      t('Values of'),
      'table-choice',
      tablesOf(items, choices).map(({ id, title }) => ({ value: id, label: title })),
      tableOf('table', items, choices).id,
      (id) => {
        choose({ table: id });
      },
    ),
  );
}
