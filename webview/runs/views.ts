/** The content of each tab of the run views, as pure functions: the same for the screen, for files and for a report. */
import * as v from 'valibot';
import { count, finite } from '../../src/protocol/numbers';
import type { AcrossRuns } from '../../src/protocol/metrics';
import type { RunView } from '../../src/protocol/trends';
import {
  comparesSizes,
  knowsEmergence,
  partsOfRuns,
  stepsOf,
  syntheticPoint,
  type ShownRun,
} from '../data/shownRuns';
import { metricFigure, metricNames } from '../figures/againstMetrics';
import { beyondFigures, knowsBeyond } from '../figures/beyond';
import { emergenceFigure, sizeFigure } from '../figures/emergence';
import type { Figure } from '../figures/figure';
import { markParts } from '../figures/partMark';
import { knowsParts, partsFigure } from '../figures/parts';
import { AXIS_KINDS, stepAxis } from '../figures/stepAxis';
import { stepSpectraFigure } from '../figures/stepSpectra';
import { knowsSpecifications, specificationsFigure } from '../figures/specifications';
import { alpha0Figure, cachedFigure, qualityOverTraining, widthFigure } from '../figures/trends';
import type { Table } from '../tables/table';
import { acrossTable, correlationsTable } from '../tables/metrics';
import { beyondTable, partsTable } from '../tables/nulls';
import { specificationsTable } from '../tables/specifications';
import { emergenceTable, sizeTable, spectraTable, trendsTable } from '../tables/runs';
import type { Theme } from '../theme';
import { checkpointOrderSchema } from './checkpointOrder';

export const RUN_TABS = {
  trends: ['trends', 'beyond', 'spectra', 'quality', 'checkpoints', 'table'],
  emergence: ['emergence', 'parts', 'metrics', 'sensitivity', 'size', 'table'],
} as const satisfies Record<RunView, readonly string[]>;
export type RunTab = (typeof RUN_TABS)[RunView][number];

/** The user's choices inside the tabs. */
export const runChoicesSchema = v.object({
  axis: v.picklist(AXIS_KINDS),
  /** The run that is shown where only one can be; the first when that no longer exists. */
  shownRun: v.nullable(v.string()),
  /** Index of the highlighted step; null is the last. */
  spectrumAt: v.nullable(count),
  /** The step at which sizes are compared; null is each run's last. */
  sizeStep: v.nullable(finite),
  table: v.nullable(v.string()),
  /** The metric against which E is drawn; the first where it is null or no longer exists. */
  metric: v.nullable(v.string()),
  /** The metric that is drawn over training beside α₀, w and E. */
  beside: v.nullable(v.string()),
  /** Whether lines over training are smoothed. */
  smooth: v.optional(v.boolean(), false),
  /** Of the Checkpoints table; null is as the runs come. */
  order: v.optional(v.nullable(checkpointOrderSchema), null),
  /** Paths of the checkpoints that are ticked there. */
  ticked: v.optional(v.array(v.string()), []),
});
export type RunChoices = v.InferOutput<typeof runChoicesSchema>;

export const DEFAULT_RUN_CHOICES: RunChoices = {
  axis: 'linear',
  shownRun: null,
  spectrumAt: null,
  sizeStep: null,
  table: null,
  metric: null,
  beside: null,
  smooth: false,
  order: null,
  ticked: [],
};

/** The run that is shown where only one can be. There is at least one. */
export const chosenRun = (runs: readonly ShownRun[], { shownRun }: RunChoices): ShownRun =>
  runs.find(({ id }) => id === shownRun) ?? runs[0]!;

/** The run whose spectra are shown, and the index of the highlighted step. */
export function spectraChoice(
  runs: readonly ShownRun[],
  choices: RunChoices,
): { run: ShownRun; selected: number } {
  const run = chosenRun(runs, choices);
  const last = run.series.points.length - 1;
  return { run, selected: Math.min(choices.spectrumAt ?? last, last) };
}

/** The step at which sizes are compared: the chosen one as long as a run has it. */
export const sizeStep = (runs: readonly ShownRun[], { sizeStep: chosen }: RunChoices): number | null =>
  chosen !== null && stepsOf(runs).includes(chosen) ? chosen : null;

/** The metric against which E is drawn; null where there is none. */
export function chosenMetric(runs: readonly ShownRun[], { metric }: RunChoices): string | null {
  const names = metricNames(runs);
  return names.find((name) => name === metric) ?? names[0] ?? null;
}

/** The metric that is drawn over training: the chosen one as long as a run has it. */
export const besideMetric = (runs: readonly ShownRun[], { beside }: RunChoices): string | null =>
  metricNames(runs).find((name) => name === beside) ?? null;

/** Whether a tab has a picture: tables have none, and sometimes there is nothing to draw. */
export const hasPicture = (tab: RunTab, runs: readonly ShownRun[], choices: RunChoices): boolean =>
  ({
    trends: true,
    beyond: runs.some(knowsBeyond),
    spectra: true,
    quality: true,
    checkpoints: false,
    emergence: knowsEmergence(runs),
    parts: knowsParts(chosenRun(runs, choices)),
    metrics: metricNames(runs).length > 0,
    sensitivity: knowsSpecifications(chosenRun(runs, choices)),
    size: knowsEmergence(runs) && comparesSizes(runs),
    table: false,
  })[tab];

/** The figures of a tab; none where it is a table. There is at least one run. */
export function runFigures(
  tab: RunTab,
  runs: readonly ShownRun[],
  choices: RunChoices,
  theme: Theme,
): Figure[] {
  return markParts(drawn(tab, runs, choices, theme), partsOfRuns(runs));
}

function drawn(tab: RunTab, runs: readonly ShownRun[], choices: RunChoices, theme: Theme): Figure[] {
  const axis = stepAxis(
    choices.axis,
    runs,
    runs.some((run) => syntheticPoint(run) !== null),
  );
  const lines = { beside: besideMetric(runs, choices), smooth: choices.smooth };
  switch (tab) {
    case 'trends':
      return [alpha0Figure(runs, axis, theme, lines), widthFigure(runs, axis, theme, lines)];
    case 'beyond':
      return runs.some(knowsBeyond) ? beyondFigures(runs, axis, theme, lines) : [];
    case 'quality':
      return [qualityOverTraining(runs, axis, theme), cachedFigure(runs, axis, theme)];
    case 'spectra': {
      const { run, selected } = spectraChoice(runs, choices);
      return [stepSpectraFigure(run, selected, theme)];
    }
    case 'emergence':
      return knowsEmergence(runs) ? [emergenceFigure(runs, axis, theme, lines)] : [];
    case 'parts': {
      const run = chosenRun(runs, choices);
      return knowsParts(run) ? [partsFigure(run, axis, theme)] : [];
    }
    case 'metrics': {
      const metric = chosenMetric(runs, choices);
      return metric === null ? [] : [metricFigure(metric, 0, runs, theme)];
    }
    case 'sensitivity': {
      const run = chosenRun(runs, choices);
      return knowsSpecifications(run) ? [specificationsFigure(run, theme)] : [];
    }
    case 'size':
      return hasPicture(tab, runs, choices) ? [sizeFigure(runs, sizeStep(runs, choices), theme)] : [];
    case 'checkpoints':
    case 'table':
      return [];
  }
}

/** The tables of a view, the most useful first. @param across what the runs tell together, where that is known. */
export function runTables(
  view: RunView,
  runs: readonly ShownRun[],
  choices: RunChoices,
  across?: AcrossRuns,
): Table[] {
  return view === 'trends'
    ? [trendsTable(runs), beyondTable(runs), spectraTable(runs)]
    : [
        emergenceTable(runs),
        partsTable(runs),
        correlationsTable(runs),
        ...(across ? [acrossTable(across)] : []),
        specificationsTable(runs),
        sizeTable(runs, sizeStep(runs, choices)),
      ];
}

const TABLE_OF: Record<Exclude<RunTab, 'table'>, string> = {
  trends: 'trends',
  beyond: 'beyond',
  quality: 'trends',
  checkpoints: 'trends',
  spectra: 'step-spectra',
  emergence: 'emergence',
  parts: 'parts',
  metrics: 'metrics',
  sensitivity: 'specifications',
  size: 'size',
};

/** The table in a tab's CSV file. */
export function runTable(
  view: RunView,
  tab: RunTab,
  runs: readonly ShownRun[],
  choices: RunChoices,
  across?: AcrossRuns,
): Table {
  const tables = runTables(view, runs, choices, across);
  const id = tab === 'table' ? choices.table : TABLE_OF[tab];
  return tables.find((table) => table.id === id) ?? tables[0]!;
}
