/** The views that are looked at in several sizes, each opened as a user opens it. */
import type { Locator } from 'playwright-core';
import { panelIn } from './panel';
import { openSidePanel } from './runsView';
import { nullsOff, openRunWithNulls } from './runsWithNulls';
import { closeRunsWithLosses, openRunsWithLosses } from './runsWithLosses';
import { ANALYZE, workbench, workspace } from './session';

export interface View {
  name: string;
  /** Opens it, and resolves with what holds its tabs. */
  open: () => Promise<Locator>;
  /** None where it has none. */
  tabs: readonly string[];
  /** Leaves the workspace as it was. */
  close?: (view: Locator) => Promise<void>;
}

const spectrum = (name: string, steps: readonly number[], tabs: readonly string[]): View => ({
  name,
  tabs,
  open: async () => {
    await workbench.chooseInExplorer(
      steps.map((step) => workspace.file(step)),
      ANALYZE,
    );
    return panelIn('done');
  },
});

export const LOOKED_AT: readonly View[] = [
  spectrum('one', [4000], ['spectrum', 'exponents', 'fit', 'nfd', 'table']),
  spectrum('overlay', [0, 1000, 4000], ['spectrum', 'fit']),
  {
    name: 'compare',
    tabs: ['tensors', 'spectra', 'layers', 'differences'],
    open: async () => {
      await workbench.chooseInExplorer([workspace.file(1000), workspace.file(4000)], 'Compare…');
      return panelIn('done');
    },
  },
  {
    name: 'inspect',
    tabs: [],
    open: async () => {
      await workbench.chooseInExplorer([workspace.file(4000)], 'Inspect Checkpoint');
      const view = workbench.panel.locator('[data-testid="inspect"][data-state="done"]');
      const grid = view.getByTestId('tensors');
      await grid.focus();
      // Of a tensor further down there is more to show.
      for (let row = 0; row < 8; row++) await grid.press('ArrowDown');
      return view;
    },
  },
];

/** What stands beside a run: facts of tensors, and what several runs tell with their metrics. */
export const BESIDE: readonly View[] = [
  {
    name: 'facts',
    tabs: [],
    open: async () => {
      await workbench.chooseInExplorer([workspace.file(4000)], 'Inspect Checkpoint');
      const view = workbench.panel.locator('[data-testid="inspect"][data-state="done"]');
      await view.getByTestId('compute-facts').click();
      const table = view.getByTestId('table-facts');
      await table.waitFor();
      await table.locator('tbody button').first().click();
      await view.getByTestId('histogram').locator('svg').waitFor();
      return view;
    },
  },
  {
    name: 'several',
    tabs: ['emergence', 'metrics'],
    open: openRunsWithLosses,
    close: closeRunsWithLosses,
  },
];

/** The same with null models on. */
export const WITH_NULLS: readonly View[] = [
  {
    ...spectrum('nulls-spectrum', [4000], ['spectrum', 'exponents', 'fit', 'table']),
    open: async () => {
      const view = await spectrum('', [4000], []).open();
      await view.getByTestId('nulls').check();
      await view.getByTestId('beyondWidth').first().waitFor();
      return panelIn('done');
    },
    close: nullsOff,
  },
  {
    name: 'nulls-trends',
    tabs: ['trends', 'beyond', 'quality', 'table'],
    open: () => openRunWithNulls('Trends'),
    close: nullsOff,
  },
  {
    name: 'nulls-emergence',
    tabs: ['emergence', 'parts', 'sensitivity', 'size', 'table'],
    open: async () => {
      const view = await openRunWithNulls('Emergence');
      await view.getByTestId('tab-sensitivity').click();
      await view.getByTestId('specify').click();
      // With the first of them.
      await view.getByTestId('specification-text').waitFor();
      await view.getByTestId('specifying').waitFor({ state: 'detached' });
      await view.getByTestId('chart-specifications').waitFor();
      return view;
    },
    close: nullsOff,
  },
];

/** The dashboard with null models on, in the side panel. */
export async function openDashboardWithNulls(): Promise<Locator> {
  await openSidePanel();
  const view = workbench.panel.locator('[data-testid="dashboard"][data-state="done"]');
  await view.waitFor();
  await view.getByTestId('nulls').check();
  await view.getByTestId('reading').filter({ hasText: 'reshuffled' }).waitFor();
  return view;
}

export const WIDTHS = [400, 1600];
