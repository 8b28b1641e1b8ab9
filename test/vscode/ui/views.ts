/** The views that are looked at in several sizes, each opened as a user opens it. */
import type { Locator } from 'playwright-core';
import { panelIn } from './panel';
import { ANALYZE, workbench, workspace } from './session';

export interface View {
  name: string;
  /** Opens it, and resolves with what holds its tabs. */
  open: () => Promise<Locator>;
  /** None where it has none. */
  tabs: readonly string[];
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

export const WIDTHS = [400, 1600];
