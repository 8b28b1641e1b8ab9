import assert from 'node:assert/strict';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { analyze, seriesOf } from '../harness/cli';
import { eventually } from '../../support/eventually';
import { paths } from '../harness/paths';
import type { Settings } from '../harness/settings';
import { assertDashboardShows } from './dashboard';
import { panelIn } from './panel';
import { killExtensionHosts } from './processes';
import {
  assertOrder,
  assertRows,
  closeSidePanel,
  openSidePanel,
  press,
  queueStatus,
  row,
  rowIn,
} from './runsView';
import { ANALYZE, CLI, workbench, workspace } from './session';

const RUN = 'neox-1m';
const STEPS = [0, 1000, 4000];
/**
 * A checkpoint takes several seconds of two processors: many times what it takes to look and to act, however busy they
 * are. By its seed, each spec begins without results.
 */
const slow = (seed: number): Settings => ({
  'neuromfa.analysis.samples': 1000,
  'neuromfa.analysis.seed': seed,
});
/** The same with half a minute. */
const slower = (seed: number): Settings => ({ ...slow(seed), 'neuromfa.analysis.neurons': 128 });

describe('training runs', () => {
  beforeEach(openSidePanel);
  afterEach(async () => {
    await closeSidePanel();
    await workbench.configure({});
  });

  it('show what is analyzed elsewhere, until the results are cleared', async () => {
    await closeSidePanel();
    await workbench.chooseInExplorer([workspace.file(0)], ANALYZE);
    await panelIn('done');
    await workbench.closeEditors();
    await openSidePanel();
    await rowIn('step0', 'α₀').waitFor();
    await workbench.run('NeuroMFA: Clear Results');
    await workbench.page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Clear' }).click();
    await rowIn(RUN, '0 of 3 analyzed').waitFor();
  });

  it('are found, in the order of their steps', async () => {
    await rowIn('step0', 'not analyzed').waitFor();
    await assertRows([`${RUN}, 0 of 3 analyzed`, ...STEPS.map((step) => `step${step}, not analyzed`)]);
  });

  it('are analyzed, with the numbers of the command line', async () => {
    await row(RUN).waitFor();
    await press(RUN, 'Analyze Run');
    await rowIn(RUN, '3 of 3 analyzed').waitFor();
    await queueStatus().waitFor({ state: 'detached' });
    const results = await analyze(
      CLI,
      STEPS.map((step) => workspace.file(step)),
    );
    const expected = results.map(({ summary }, index) => {
      const shown = [summary.alpha0, summary.width].map(({ mean }) => mean!.toFixed(3));
      return `step${STEPS[index]!}, α₀ ${shown[0]!} · w ${shown[1]!}`;
    });
    await assertRows([`${RUN}, 3 of 3 analyzed`, ...expected]);
  });

  it('are summed up by the dashboard, with the numbers of the command line', async () => {
    await assertDashboardShows(await seriesOf(CLI, join(workspace.folder, RUN)));
  });

  it('keep their results when the window is reloaded', async () => {
    await closeSidePanel();
    await workbench.reload();
    await openSidePanel();
    await rowIn(RUN, '3 of 3 analyzed').waitFor();
    await assertDashboardShows(await seriesOf(CLI, join(workspace.folder, RUN)));
  });

  it('are measured from another baseline, also after a reload', async () => {
    await chooseBaseline('Step 1,000');
    const series = await seriesOf(CLI, join(workspace.folder, RUN), '1000');
    await assertDashboardShows(series);
    await closeSidePanel();
    await workbench.reload();
    await openSidePanel();
    await assertDashboardShows(series);
    await chooseBaseline('First checkpoint', 'Step 1,000');
  });

  it('leave as a file of results, and come back as a run of their own', async () => {
    await rowIn(RUN, '3 of 3 analyzed').waitFor();
    const file = join(workspace.exports, 'results.json');
    await workbench.run('NeuroMFA: Export Results…');
    await workbench.answerFileDialog(file);
    await eventually(() => {
      assert.ok(existsSync(file), 'the results were not written');
    });
    await workbench.run('NeuroMFA: Import Results…');
    await workbench.answerFileDialog(file, 'Import');
    await rowIn(RUN, 'saved results, 3 checkpoints').waitFor();
    await workbench.tabs.filter({ hasText: `Trends: ${RUN}` }).waitFor();
    await workbench.run('NeuroMFA: Close Saved Results');
    await rowIn(RUN, 'saved results').waitFor({ state: 'detached' });
  });

  it('notice checkpoints that come and go', async () => {
    const added = join(workspace.folder, RUN, 'step512');
    cpSync(join(paths.sampleRun, 'step512'), added, { recursive: true });
    try {
      await rowIn('step512', 'not analyzed').waitFor();
      await assertOrder(['step0', 'step512', 'step1000', 'step4000']);
    } finally {
      rmSync(added, { recursive: true });
    }
    await row('step512').waitFor({ state: 'detached' });
  });

  it('leave out what files.exclude hides', async () => {
    await workbench.configure({ 'files.exclude': { '**/step1000': true, '**/.vscode': true } });
    await row('step1000').waitFor({ state: 'detached' });
    await row('step4000').waitFor();
    await workbench.configure({});
    await row('step1000').waitFor();
  });

  it('can be called off as a whole', async () => {
    await workbench.configure(slower(10_000));
    await rowIn(RUN, '0 of 3 analyzed').waitFor();
    await press(RUN, 'Analyze Run');
    await queueStatus().waitFor();
    await workbench.run('NeuroMFA: Cancel All Analyses');
    await queueStatus().waitFor({ state: 'detached' });
    await rowIn('step4000', 'not analyzed').waitFor();
  });

  it('lose at most the checkpoint in hand when the extension host dies', async () => {
    await workbench.configure(slow(20_000));
    await rowIn(RUN, '0 of 3 analyzed').waitFor();
    await press(RUN, 'Analyze Run');
    await rowIn('step0', 'α₀').waitFor();
    assert.equal(killExtensionHosts(), 1);
    await queueStatus().waitFor({ state: 'detached' });
    // Until the death is noticed the rows are those of before: the last was queued then.
    await rowIn('step4000', 'not analyzed').waitFor();
    await rowIn('step0', 'α₀').waitFor();
    await press(RUN, 'Analyze Run');
    await rowIn(RUN, '3 of 3 analyzed').waitFor();
  });
});

/** @param current the row that is marked as the present choice. */
async function chooseBaseline(label: string, current?: string): Promise<void> {
  await workbench.run('NeuroMFA: Set Baseline of Emergence…');
  // The whole label: another row may hold it.
  const rowOf = (text: string): ReturnType<typeof workbench.quickRows.filter> =>
    workbench.quickRows.filter({ has: workbench.page.getByText(text, { exact: true }) });
  if (current !== undefined) await rowOf(current).and(rowOf('current')).waitFor();
  await rowOf(label).click();
}
