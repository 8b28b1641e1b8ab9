/** The content of each tab of the run views: choices, charts, notes and tables. */
import type { BaselineChoice, EmergenceSource } from '../../src/protocol/run';
import { visibleOf } from '../../src/protocol/looks';
import type { RunsModel } from '../../src/protocol/trends';
import type { ChartView } from '../components/chartView';
import { wordButton } from '../components/controls';
import { field } from '../components/field';
import { symbol } from '../components/hint';
import { select } from '../components/select';
import { tableView } from '../components/tableView';
import { comparesSizes, knowsEmergence, type ShownRun } from '../data/shownRuns';
import { h } from '../dom';
import { metricNames } from '../figures/againstMetrics';
import { t } from '../l10n';
import { noNullsText } from '../words/nulls';
import type { SymbolId } from '../symbols';
import { MAX_ACROSS } from '../../src/protocol/metrics';
import { acrossForReaders, correlationsTable } from '../tables/metrics';
import { acrossLine, metricLines } from '../words/metrics';
import { shortened } from '../../src/protocol/visible';
import { baselineOptions, encodedBaseline } from './baselines';
import { comparing, type CheckpointActions } from './checkpointList';
import {
  axisControl,
  runControl,
  sizeControl,
  smoothControl,
  spectraControls,
  type ControlContext,
} from './controls';
import { sensitivity } from './sensitivity';
import { besideMetric, chosenMetric, chosenRun, runTable, runTables, type RunTab } from './views';

export interface RunTabContext extends ControlContext {
  model: RunsModel;
  setBaseline: (baseline: BaselineChoice) => void;
  setEmergenceFrom: (source: EmergenceSource) => void;
  setNulls: (on: boolean) => void;
  /** Asks for files of metrics of a run. */
  pickMetrics: (run: string) => void;
  /** Reads the files beside the run again. */
  findMetrics: (run: string) => void;
  /** Begins to change the settings of a run one at a time. */
  specify: (run: string) => void;
  stopSpecifying: (run: string) => void;
  checkpoints: CheckpointActions;
  /** The table of all checkpoints, as they are now. */
  checkpointList: () => HTMLElement;
  /** Asks for another run, to show it too. */
  addRun: () => void;
}

/** Symbols that a tab's charts use, explained on hover. */
const SYMBOLS: Record<RunTab, SymbolId[]> = {
  trends: ['alpha0', 'width', 'interval'],
  beyond: ['alpha0Exact', 'width', 'interval'],
  spectra: ['alpha', 'f', 'alpha0', 'width'],
  quality: ['r2', 'neurons'],
  checkpoints: [],
  emergence: ['emergence', 'alpha0', 'alpha0Exact', 'width'],
  parts: ['emergence', 'alpha0', 'width'],
  metrics: ['emergence', 'alpha0', 'width'],
  sensitivity: ['emergence', 'width', 'r2', 'neurons', 'interval'],
  size: ['emergence'],
  table: [],
};

function symbolsOf(tab: RunTab, runs: readonly ShownRun[]): SymbolId[] {
  const full = runs.every(({ series }) => series.settings.mode === 'full');
  const ofFull: Partial<Record<SymbolId, SymbolId>> = { interval: 'spread', neurons: 'allNeurons' };
  return SYMBOLS[tab].map((id) => (full ? ofFull[id] : undefined) ?? id);
}

/** The content of `tab`: its choices, beside the tabs, and the rest. */
export function runTabContent(
  tab: RunTab,
  views: readonly ChartView[],
  context: RunTabContext,
): { controls: unknown[]; content: unknown[] } {
  const { model, runs } = context;
  const charts = views.map(({ element }) => element);
  const controls = controlsOf(tab, context).filter((control) => control !== null);
  const content = [
    charts.length > 0 && tab !== 'sensitivity' && h('div', { class: `figures ${tab}` }, ...charts),
    (tab === 'emergence' || tab === 'size') &&
      !knowsEmergence(runs) &&
      h(
        'p',
        { class: 'note', 'data-testid': 'no-emergence' },
        t('There is no E to draw: choose another baseline, or wait for its result.'),
      ),
    tab === 'size' && knowsEmergence(runs) && charts.length === 0 && oneSize(runs, context),
    (tab === 'beyond' || tab === 'parts') && charts.length === 0 && noNulls(context),
    ...(tab === 'metrics' ? besideMetrics(context) : []),
    ...(tab === 'sensitivity' ? sensitivity(chosenRun(runs, context.choices), charts, context) : []),
    tab === 'checkpoints' && context.checkpointList(),
    tab === 'table' && tableView(runTable(model.view, tab, runs, context.choices, model.across)),
    charts.length > 0 &&
      SYMBOLS[tab].length > 0 &&
      h(
        'p',
        { class: 'key' },
        t('Symbols:'),
        ' ',
        ...symbolsOf(tab, runs).flatMap((id, index) => [index > 0 && ' · ', symbol(id)]),
      ),
  ].filter((element) => element !== false);
  return { controls, content };
}

/** What metrics say about each run, with all correlations; or where they would be found. */
function besideMetrics(context: RunTabContext): HTMLElement[] {
  const { runs, model } = context;
  const { across } = model;
  const files = metricFiles(context);
  if (metricNames(runs).length === 0) {
    return [
      h(
        'div',
        { class: 'tab-empty', 'data-testid': 'no-metrics' },
        h(
          'p',
          { class: 'lead' },
          t(
            'No losses or scores lie beside these checkpoints at their steps. A trainer_state.json, a CSV or JSON Lines file with a column called step, event files of TensorBoard and results of lm-evaluation-harness are found in the folder of the run.',
          ),
        ),
        ...files,
      ),
    ];
  }
  const line = (text: string): HTMLElement => h('p', { class: 'note', 'data-testid': 'metrics-line' }, text);
  return [
    ...(across ? [line(acrossLine(across)), tableView(acrossForReaders(across))] : []),
    ...(across && metricNames(runs).length > MAX_ACROSS
      ? [
          h(
            'p',
            { class: 'note' },
            t('Across runs the first {0} metrics are compared; the command line has all.', MAX_ACROSS),
          ),
        ]
      : []),
    ...metricLines(runs).map(line),
    tableView(correlationsTable(runs)),
    ...files,
  ];
}

/** The files of the run's metrics, and how to read others. */
function metricFiles({ model, runs, choices, pickMetrics, findMetrics }: RunTabContext): HTMLElement[] {
  const { id, series } = chosenRun(runs, choices);
  const run = model.runs.find((each) => each.id === id);
  if (!run || run.readOnly) return [];
  const { pickedMetrics: picked } = run;
  const files = picked?.files ?? series.metrics?.files.map(({ path }) => path) ?? [];
  return [
    ...(picked?.problem == null
      ? []
      : [h('p', { class: 'note warning', 'data-testid': 'metrics-problem' }, picked.problem)]),
    ...(files.length === 0
      ? []
      : [h('p', { class: 'note', 'data-testid': 'metrics-files' }, t('Read from {0}', files.join(', ')))]),
    h(
      'div',
      { class: 'buttons' },
      wordButton(t('Choose Files…'), 'pick-metrics', () => {
        pickMetrics(id);
      }),
      ...(picked
        ? [
            wordButton(t('Search the Run Folder'), 'find-metrics', () => {
              findMetrics(id);
            }),
          ]
        : []),
    ),
  ];
}

/** Why there are no null models to show, and what to do. */
function noNulls({ model, setNulls }: RunTabContext): HTMLElement {
  const fixed = model.runs.every(({ readOnly }) => readOnly);
  const why = noNullsText(model.nulls, fixed);
  return h(
    'div',
    { class: 'tab-empty', 'data-testid': 'no-nulls' },
    h('p', { class: 'lead' }, why),
    ...(model.nulls || fixed
      ? []
      : [
          wordButton(t('Switch Null Models On'), 'nulls-on', () => {
            setNulls(true);
          }),
        ]),
  );
}

/** Why one size of model makes no chart, and how to get another. */
function oneSize(runs: readonly ShownRun[], { addRun }: RunTabContext): HTMLElement {
  return h(
    'div',
    { class: 'tab-empty', 'data-testid': 'one-size' },
    h(
      'p',
      { class: 'lead' },
      runs.length === 1
        ? t('This view compares E of models of different sizes, and only one run is shown.')
        : t('This view compares E of models of different sizes, and all runs shown have the same size.'),
    ),
    wordButton(t('Choose a Run'), 'another-size', addRun),
  );
}

function controlsOf(tab: RunTab, context: RunTabContext): unknown[] {
  switch (tab) {
    case 'trends':
      return [...besideControl(context), axisControl(context), smoothControl(context)];
    case 'beyond':
      return [axisControl(context), smoothControl(context)];
    case 'quality':
      return [axisControl(context)];
    case 'parts':
      return [runControl(context), ...emergenceControls(context), axisControl(context)];
    case 'spectra':
      return spectraControls(context);
    case 'emergence':
      return [
        ...emergenceControls(context),
        ...besideControl(context),
        axisControl(context),
        smoothControl(context),
      ];
    case 'metrics':
      return [runControl(context), ...metricControl(context), ...emergenceControls(context)];
    case 'sensitivity':
      return [runControl(context), ...emergenceControls(context)];
    case 'size':
      return [...emergenceControls(context), comparesSizes(context.runs) ? sizeControl(context) : null];
    case 'table':
      return [tableControl(context)];
    case 'checkpoints':
      return [
        comparing(
          visibleOf(context.model.runs).map(({ run }) => run),
          context.choices,
          context.checkpoints,
        ),
      ];
  }
}

function emergenceControls({ model, setBaseline, setEmergenceFrom }: RunTabContext): HTMLElement[] {
  const baselines = baselineOptions(model.runs, model.baseline);
  return [
    field(
      t('Baseline'),
      select(t('Baseline of E'), 'baseline', baselines, encodedBaseline(model.baseline), (value) => {
        setBaseline(baselines.find((each) => each.value === value)!.choice);
      }),
    ),
    select(
      t('Which α₀ E uses'),
      'emergence-from',
      [
        { value: 'alpha0', label: t('α₀ from the top of f(α)') },
        { value: 'exact', label: t('α₀ from τ′(0)') },
      ],
      model.emergenceFrom,
      (value) => {
        setEmergenceFrom(value === 'exact' ? 'exact' : 'alpha0');
      },
    ),
  ];
}

/** Which metric is drawn over training, on an axis of its own. */
function besideControl({ runs, choices, choose }: RunTabContext): HTMLElement[] {
  const names = metricNames(runs);
  if (names.length === 0) return [];
  return [
    field(
      t('Beside'),
      select(
        t('Metric on the second axis'),
        'beside-choice',
        [
          { value: '', label: t('nothing') },
          ...names.map((name) => ({ value: name, label: shortened(name, 60) })),
        ],
        besideMetric(runs, choices) ?? '',
        (name) => {
          choose({ beside: name || null });
        },
      ),
    ),
  ];
}

function metricControl({ runs, choices, choose }: RunTabContext): HTMLElement[] {
  const names = metricNames(runs);
  if (names.length < 2) return [];
  return [
    field(
      t('Metric'),
      select(
        t('Metric'),
        'metric-choice',
        names.map((name) => ({ value: name, label: shortened(name, 60) })),
        chosenMetric(runs, choices)!,
        (metric) => {
          choose({ metric });
        },
      ),
    ),
  ];
}

function tableControl({ model, runs, choices, choose }: RunTabContext): HTMLElement {
  const tables = runTables(model.view, runs, choices, model.across);
  return field(
    t('Values of'),
    select(
      t('Values of'),
      'table-choice',
      tables.map(({ id, title }) => ({ value: id, label: title })),
      runTable(model.view, 'table', runs, choices, model.across).id,
      (table) => {
        choose({ table });
      },
    ),
  );
}
