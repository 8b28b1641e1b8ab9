import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach, describe, it } from 'mocha';
import { seriesOf } from '../harness/cli';
import { closeSidePanel } from './runsView';
import { openRun } from './runsWithNulls';
import { CLI, logs, workbench, workspace } from './session';
import { columns } from './table';

/** Analyses that were computed so far, in all windows. */
const computed = (): number => logs().join('').split('Analyzing ').length - 1;

describe('the Sensitivity tab', () => {
  afterEach(closeSidePanel);

  it('tells how far it is, can be called off, and then offers to begin again', async () => {
    const panel = await openRun('Emergence');
    await panel.getByTestId('tab-sensitivity').click();
    await panel.getByTestId('no-specifications').waitFor();
    await panel.getByTestId('specify').click();
    await panel
      .getByTestId('specifying-text')
      .filter({ hasText: /of \d+ choices/ })
      .waitFor();
    await panel.getByTestId('stop-specifying').click();
    await panel.getByTestId('no-specifications').waitFor();
    assert.equal(await panel.getByTestId('chart-specifications').count(), 0);
  });

  it('finds the curve of the command line, and takes stored results after a reload', async () => {
    const { specifications } = await seriesOf(CLI, join(workspace.folder, 'neox-1m'), 'first', '--specify');
    for (const again of [false, true]) {
      const before = computed();
      const panel = await openRun('Emergence');
      await panel.getByTestId('tab-sensitivity').click();
      await panel.getByTestId('specify').click();
      // With the first of them.
      await panel.getByTestId('specification-text').waitFor();
      await panel.getByTestId('specifying').waitFor({ state: 'detached' });
      await panel.getByTestId('chart-specifications').waitFor();
      assert.equal(computed() - before > 0, !again, 'only the first search computes');

      await panel.getByTestId('tab-table').click();
      await panel.getByTestId('table-choice').selectOption('specifications');
      const rows = await columns(panel.getByTestId('table-specifications'), ['E', 'E Gaussian']);
      assert.deepEqual(
        rows.map((row) => row.map((value) => value.toFixed(3))),
        specifications!.map(({ emergence, gaussian }) =>
          [emergence, gaussian].map(({ value }) => value!.toFixed(3)),
        ),
      );
      await workbench.closeEditors();
      await workbench.reload();
    }
  });
});
