/** Five runs with losses, which correlations across runs take. */
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { paths } from '../harness/paths';
import { panelIn } from './panel';
import { chooseInRuns, closeSidePanel, openSidePanel, row, rowIn } from './runsView';
import { workbench, workspace } from './session';

/** What each holds as its last step, of the sample run, and its loss. */
const RUNS = [
  [512, 5.6],
  [1000, 4.5],
  [2000, 3.9],
  [3000, 3.7],
  [4000, 3.2],
] as const;
const nameOf = (index: number): string => `seed${index + 1}`;
const folderOf = (index: number): string => join(workspace.folder, nameOf(index));

/** Makes them, analyzes them, and opens the Emergence of all, with the losses beside E. */
export async function openRunsWithLosses(): Promise<Locator> {
  for (const [index, [last, loss]] of RUNS.entries()) {
    for (const [step, from] of [
      [0, 0],
      [1000, last],
    ] as const)
      cpSync(join(paths.sampleRun, `step${from}`), join(folderOf(index), `step${step}`), { recursive: true });
    writeFileSync(join(folderOf(index), 'loss.csv'), `step,loss\n0,9.2\n1000,${loss}\n`);
  }
  await openSidePanel();
  const rows = RUNS.map((_, index) => row(nameOf(index)));
  for (const each of rows) await each.waitFor();
  await chooseInRuns(rows, 'Analyze Run');
  for (const index of RUNS.keys()) await rowIn(nameOf(index), '2 of 2 analyzed').waitFor();
  await chooseInRuns(rows, 'Open Emergence');
  await closeSidePanel();
  const panel = await panelIn('done');
  await panel.getByTestId('runs').filter({ hasText: 'seed5' }).waitFor();
  await panel.getByTestId('tab-emergence').click();
  await panel.getByTestId('beside-choice').selectOption('loss');
  return panel;
}

export async function closeRunsWithLosses(): Promise<void> {
  await workbench.closeEditors();
  for (const index of RUNS.keys()) rmSync(folderOf(index), { recursive: true, force: true });
}
