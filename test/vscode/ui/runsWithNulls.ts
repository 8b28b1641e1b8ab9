/** The views of the bundled run with null models on, as a user comes to them. */
import type { Locator } from 'playwright-core';
import { panelIn } from './panel';
import { closeSidePanel, openSidePanel, press, row, rowIn } from './runsView';
import { workbench } from './session';

const RUN = 'neox-1m';

/** Analyzes the run where it has not been, and opens Trends or Emergence of it. */
export async function openRun(view: 'Trends' | 'Emergence'): Promise<Locator> {
  await openSidePanel();
  await row(RUN).waitFor();
  if ((await rowIn(RUN, '3 of 3 analyzed').count()) === 0) await press(RUN, 'Analyze Run');
  await rowIn(RUN, '3 of 3 analyzed').waitFor();
  await workbench.run(`NeuroMFA: Open ${view}`);
  await closeSidePanel();
  return panelIn('done');
}

/** The same with null models on. */
export async function openRunWithNulls(view: 'Trends' | 'Emergence'): Promise<Locator> {
  const panel = await openRun(view);
  await panel.getByTestId('nulls').check();
  await panel.getByTestId(view === 'Trends' ? 'tab-beyond' : 'tab-parts').click();
  await panel.locator('[data-testid^="chart-"]').first().waitFor();
  return panelIn('done');
}

export async function nullsOff(panel: Locator): Promise<void> {
  await panel.getByTestId('nulls').uncheck();
}
