import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import type { Locator } from 'playwright-core';
import type { AnalysisResult } from '../../../src/protocol/analysis';
import { analyze } from '../harness/cli';
import { panelIn } from './panel';
import { closeSidePanel, openSidePanel, press, row, rowIn } from './runsView';
import { ANALYZE, CLI, workbench, workspace } from './session';

const RUN = 'neox-1m';

/** The numbers in the columns of these keys, as the table shows them. */
async function columns(table: Locator, labels: readonly string[]): Promise<number[][]> {
  const heads = await table.locator('th').allInnerTexts();
  const rows = await table.locator('tbody tr').all();
  return Promise.all(
    rows.map(async (each) => {
      const cells = await each.locator('td').allInnerTexts();
      return labels.map((label) =>
        Number(cells[heads.indexOf(label)]!.replace('−', '-').replaceAll('\u202f', '')),
      );
    }),
  );
}

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
    await openSidePanel();
    await row(RUN).waitFor();
    if ((await rowIn(RUN, '3 of 3 analyzed').count()) === 0) await press(RUN, 'Analyze Run');
    await rowIn(RUN, '3 of 3 analyzed').waitFor();
    await workbench.run('NeuroMFA: Open Emergence');
    await closeSidePanel();
    const panel = await panelIn('done');
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

    await panel.getByTestId('nulls').uncheck();
    await openSidePanel();
    await rowIn(RUN, '3 of 3 analyzed').waitFor();
  });
});
