/** The inside of each tab of the run views: choices, charts, notes and tables. */
import type { BaselineChoice, EmergenceSource } from '../../src/protocol/run';
import type { Run, RunsModel } from '../../src/protocol/trends';
import type { ChartView } from '../components/chartView';
import { field } from '../components/field';
import { symbol } from '../components/hint';
import { select, type Option } from '../components/select';
import { tableView } from '../components/tableView';
import type { ShownRun } from '../data/shownRuns';
import { h } from '../dom';
import { t } from '../l10n';
import type { SymbolId } from '../symbols';
import { baselineChoiceName } from '../words/emergence';
import { checkpointList, type CheckpointActions } from './checkpointList';
import { axisControl, sizeControl, spectraControls, type ControlContext } from './controls';
import { runTable, runTables, type RunTab } from './views';

export interface RunTabContext extends ControlContext {
  model: RunsModel;
  setBaseline: (baseline: BaselineChoice) => void;
  setEmergenceFrom: (source: EmergenceSource) => void;
  checkpoints: CheckpointActions;
}

/** Symbols that a tab's charts use, explained on hover. */
const SYMBOLS: Record<RunTab, SymbolId[]> = {
  trends: ['alpha0', 'width', 'interval'],
  spectra: ['alpha', 'f', 'alpha0', 'width'],
  quality: ['r2', 'neurons'],
  checkpoints: [],
  emergence: ['emergence', 'alpha0', 'alpha0Exact', 'width'],
  size: ['emergence'],
  table: [],
};

function symbolsOf(tab: RunTab, runs: readonly ShownRun[]): SymbolId[] {
  const full = runs.every(({ series }) => series.settings.mode === 'full');
  const ofFull: Partial<Record<SymbolId, SymbolId>> = { interval: 'spread', neurons: 'allNeurons' };
  return SYMBOLS[tab].map((id) => (full ? ofFull[id] : undefined) ?? id);
}

/** What the panel of `tab` holds. */
export function runTabContent(
  tab: RunTab,
  views: readonly ChartView[],
  context: RunTabContext,
): HTMLElement[] {
  const { model, runs } = context;
  const charts = views.map(({ element }) => element);
  const controls = controlsOf(tab, context).filter((control) => control !== null);
  return [
    controls.length > 0 && h('div', { class: 'choices' }, ...controls),
    charts.length > 0 && h('div', { class: `figures ${tab}` }, ...charts),
    (tab === 'emergence' || tab === 'size') &&
      charts.length === 0 &&
      h(
        'p',
        { class: 'note', 'data-testid': 'no-emergence' },
        t('There is no E to draw: choose another baseline, or wait for its result.'),
      ),
    tab === 'checkpoints' && checkpointList(model.runs, context.checkpoints),
    tab === 'table' && tableView(runTable(model.view, tab, runs, context.choices)),
    SYMBOLS[tab].length > 0 &&
      h(
        'p',
        { class: 'key' },
        t('Symbols: '),
        ...symbolsOf(tab, runs).flatMap((id, index) => [index > 0 && ' · ', symbol(id)]),
      ),
  ].filter((element) => element !== false);
}

function controlsOf(tab: RunTab, context: RunTabContext): (HTMLElement | null)[] {
  switch (tab) {
    case 'trends':
    case 'quality':
      return [axisControl(context)];
    case 'spectra':
      return spectraControls(context);
    case 'emergence':
      return [...emergenceControls(context), axisControl(context)];
    case 'size':
      return [...emergenceControls(context), sizeControl(context)];
    case 'table':
      return [tableControl(context)];
    case 'checkpoints':
      return [];
  }
}

const encode = (choice: BaselineChoice): string =>
  choice.kind === 'step' ? `step ${choice.step}` : choice.kind;

/** The baselines that these runs offer; the chosen one is among them even where no run has it. */
export function baselineOptions(
  runs: readonly Run[],
  chosen: BaselineChoice,
): (Option & { choice: BaselineChoice })[] {
  const firsts = new Set(runs.map(({ checkpoints }) => checkpoints[0]?.step ?? null));
  const first = firsts.size === 1 ? [...firsts][0]! : null;
  const steps = new Set(runs.flatMap(({ checkpoints }) => checkpoints.flatMap(({ step }) => step ?? [])));
  if (chosen.kind === 'step') steps.add(chosen.step);
  const choices: BaselineChoice[] = [
    { kind: 'first' },
    { kind: 'init' },
    { kind: 'gaussian' },
    ...[...steps].sort((a, b) => a - b).map((step): BaselineChoice => ({ kind: 'step', step })),
  ];
  return choices.map((choice) => ({
    choice,
    value: encode(choice),
    label: baselineChoiceName(choice, first),
  }));
}

function emergenceControls({ model, setBaseline, setEmergenceFrom }: RunTabContext): HTMLElement[] {
  const baselines = baselineOptions(model.runs, model.baseline);
  return [
    field(
      t('Baseline'),
      select(t('Baseline of E'), 'baseline', baselines, encode(model.baseline), (value) => {
        setBaseline(baselines.find((each) => each.value === value)!.choice);
      }),
    ),
    field(
      t('α₀ from'),
      select(
        t('What α₀ of E is taken from'),
        'emergence-from',
        [
          { value: 'alpha0', label: t('top of the spectrum') },
          { value: 'exact', label: t('τ′(0)') },
        ],
        model.emergenceFrom,
        (value) => {
          setEmergenceFrom(value === 'exact' ? 'exact' : 'alpha0');
        },
      ),
    ),
  ];
}

function tableControl({ model, runs, choices, choose }: RunTabContext): HTMLElement {
  const tables = runTables(model.view, runs, choices);
  return field(
    t('Values of'),
    select(
      t('Values of'),
      'table-choice',
      tables.map(({ id, title }) => ({ value: id, label: title })),
      runTable(model.view, 'table', runs, choices).id,
      (table) => {
        choose({ table });
      },
    ),
  );
}
