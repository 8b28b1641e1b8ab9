import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import type { AnalysisResult } from '../../../src/protocol/analysis';
import { analyze } from '../harness/cli';
import { eventually } from '../../support/eventually';
import { assertShows, panelIn } from './panel';
import { ANALYZE, CLI, workbench, workspace } from './session';

describe('Analyze Checkpoint', () => {
  let first: AnalysisResult;
  let last: AnalysisResult;

  before(async () => {
    const results = await analyze(CLI, [workspace.file(0), workspace.file(4000)]);
    [first, last] = results as [AnalysisResult, AnalysisResult];
  });

  it('shows the numbers of the command line for a file', async () => {
    await workbench.chooseInExplorer([workspace.file(4000)], ANALYZE);
    await assertShows(await panelIn('done'), last.summary);
    await workbench.tabs.filter({ hasText: 'step4000' }).waitFor();
  });

  it('takes a folder that holds a checkpoint', async () => {
    await workbench.chooseInExplorer([workspace.step(4000)], ANALYZE);
    await assertShows(await panelIn('done'), last.summary);
  });

  it('overlays several checkpoints in one panel', async () => {
    await workbench.chooseInExplorer([workspace.file(0), workspace.file(4000)], ANALYZE);
    const panel = await panelIn('done');
    await eventually(async () => {
      assert.equal(await workbench.tabs.count(), 1);
    });
    for (const { checkpoint, summary } of [first, last]) {
      await assertShows(panel.locator(`[data-testid="item"][data-path="${checkpoint.path}"]`), summary);
    }
  });

  it('takes the full network where the panel is asked to, and goes back to samples', async () => {
    const [full] = await analyze(CLI, [workspace.file(4000)], '--mode', 'full');
    await workbench.chooseInExplorer([workspace.file(4000)], ANALYZE);
    await (await panelIn('done')).getByTestId('mode').selectOption('full');
    await workbench.tabs.filter({ hasText: 'full network' }).waitFor();
    const panel = await panelIn('done');
    // Exact: there is no interval to show beside it.
    await eventually(async () => {
      const shown = await panel.getByTestId('alpha0').innerText();
      assert.equal(shown, full!.summary.alpha0.mean!.toFixed(shown.split('.')[1]!.length));
    });
    await panel.getByTestId('mode').selectOption('sampled');
    await workbench.tabs.filter({ hasText: 'full network' }).waitFor({ state: 'detached' });
    await assertShows(await panelIn('done'), last.summary);
  });

  it("lists the workspace's checkpoints when called from the palette", async () => {
    await workbench.run('NeuroMFA: Analyze Checkpoint');
    const rows = workbench.quickRows;
    const wanted = rows.filter({ hasText: 'neox-1m/step4000' }).filter({ hasText: 'gpt_neox' });
    await wanted.waitFor();
    assert.match(await wanted.innerText(), /2[.,]5\sMB[^]*step 4,000/);
    // The last row is "Choose a file…".
    await eventually(async () => {
      assert.equal(await rows.count(), workspace.count + 1);
    });
    assert.match(await rows.last().innerText(), /Choose a file/);
    await wanted.click();
    await workbench.quickInput.getByText('1 Selected').waitFor();
    await workbench.page.keyboard.press('Enter');
    await assertShows(await panelIn('done'), last.summary);
  });
});
