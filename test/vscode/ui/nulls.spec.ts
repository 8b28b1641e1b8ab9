import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import type { AnalysisResult } from '../../../src/protocol/analysis';
import type { RunPoint } from '../../../src/protocol/run';
import { join } from 'node:path';
import { beyondText } from '../../../src/protocol/nullWords';
import { analyze, seriesOf } from '../harness/cli';
import { panelIn } from './panel';
import { closeSidePanel, openSidePanel, rowIn } from './runsView';
import { nullsOff, openRun } from './runsWithNulls';
import { ANALYZE, CLI, workbench, workspace } from './session';
import { columns } from './table';

const RUN = 'neox-1m';

describe('null models', () => {
  afterEach(closeSidePanel);

  it('are switched on in the Spectrum panel, with the numbers of the command line', async () => {
    await workbench.chooseInExplorer([workspace.file(4000)], ANALYZE);
    await (await panelIn('done')).getByTestId('nulls').check();
    const [{ beyond }] = (await analyze(CLI, [workspace.file(4000)], '--nulls')) as [AnalysisResult];
    const value = (await panelIn('done')).getByTestId('beyondWidth');
    await value.filter({ hasText: beyond!.width.value!.toFixed(3) }).waitFor();
  });

  it('say what E is made of, and the bands add up to E', async () => {
    const panel = await openRun('Emergence');
    await panel.getByTestId('tab-parts').click();
    await panel.getByTestId('no-nulls').waitFor();
    await panel.getByTestId('nulls-on').click();
    await panel.getByTestId('chart-parts').waitFor();
    await panelIn('done');

    await panel.getByTestId('tab-table').click();
    await panel.getByTestId('table-choice').selectOption('parts');
    const rows = await columns(panel.getByTestId('table-parts'), ['E', 'size', 'tails', 'arrangement']);
    assert.equal(rows.length, 3);
    for (const [e, size, tails, arrangement] of rows as [number, number, number, number][])
      assert.ok(Math.abs(e - (size + tails + arrangement)) < 2e-5, rows.join('; '));

    await nullsOff(panel);
    await openSidePanel();
    await rowIn(RUN, '3 of 3 analyzed').waitFor();
  });

  it('are switched on in Trends, whose first sentence tells what is beyond chance', async () => {
    const panel = await openRun('Trends');
    const beyond = beyondText((await lastWithNulls()).beyond!);
    assert.equal(await panel.getByText(beyond).count(), 0);
    await panel.getByTestId('nulls').check();
    await panel.getByText(beyond).first().waitFor();
    await panel.getByTestId('tab-beyond').click();
    await panel.getByTestId('chart-beyond-width').waitFor();
    await nullsOff(panel);
  });

  it('are switched on in the dashboard, whose reading tells what Gaussian weights give', async () => {
    await openSidePanel();
    await rowIn(RUN, '3 of 3 analyzed').waitFor();
    const dashboard = workbench.panel.locator('[data-testid="dashboard"][data-state="done"]');
    await dashboard.waitFor();
    const { nulls, beyond } = await lastWithNulls();
    await dashboard.getByTestId('nulls').check();
    const reading = dashboard.getByTestId('reading').filter({ hasText: beyondText(beyond!) });
    await reading.filter({ hasText: nulls!.gaussian.emergence.value!.toFixed(3) }).waitFor();
    await dashboard.getByTestId('nulls').uncheck();
    await reading.waitFor({ state: 'detached' });
  });
});

/** The last checkpoint as the command line has it. */
async function lastWithNulls(): Promise<RunPoint> {
  return (await seriesOf(CLI, join(workspace.folder, RUN), 'first', '--nulls')).points.at(-1)!;
}
