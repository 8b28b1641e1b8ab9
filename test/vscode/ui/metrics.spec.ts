import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { eventually } from '../../support/eventually';
import { seriesOf } from '../harness/cli';
import { paths } from '../harness/paths';
import { panelIn } from './panel';
import { ALL_THEMES, inFullWindow } from './panelSize';
import { closeSidePanel, openSidePanel, press, row, rowIn } from './runsView';
import { CLI, workbench, workspace } from './session';

const RUN = 'neox-1m';
const log = (): string => join(workspace.folder, RUN, 'loss.csv');

describe('metrics beside a run', () => {
  before(async () => {
    writeFileSync(log(), 'step,epoch,loss\n0,0,9.2\n1000,0.5,4.5\n4000,2,3.25\n');
    await openSidePanel();
    await row(RUN).waitFor();
    if ((await rowIn(RUN, '3 of 3 analyzed').count()) === 0) await press(RUN, 'Analyze Run');
    await rowIn(RUN, '3 of 3 analyzed').waitFor();
  });
  after(async () => {
    rmSync(log());
    await closeSidePanel();
  });

  it('are found, with the correlations of the command line', async () => {
    const { correlations } = await seriesOf(CLI, join(workspace.folder, RUN));
    await workbench.run('NeuroMFA: Open Emergence');
    await closeSidePanel();
    const panel = await panelIn('done');
    await panel.getByTestId('tab-metrics').click();
    await panel.getByTestId('chart-metric-0').waitFor();
    await panel.getByTestId('metrics-files').filter({ hasText: 'loss.csv' }).waitFor();
    const rows = await panel.getByTestId('table-metrics').locator('tbody tr').all();
    const shown = await Promise.all(rows.map((each) => each.locator('td').allInnerTexts()));
    assert.deepEqual(
      shown.map(([, metric, , n, pearson]) => [
        metric,
        Number(n),
        Number(pearson!.replace('−', '-')).toFixed(3),
      ]),
      correlations!.map(({ metric, n, pearson }) => [metric, n, pearson!.toFixed(3)]),
    );
    await panel.getByTestId('metrics-line').first().waitFor();
  });

  it('tell epochs, which the axis counts by; what nothing tells cannot be chosen, and says why', async () => {
    await workbench.run('NeuroMFA: Open Trends');
    await closeSidePanel();
    const panel = await panelIn('done');
    const axis = panel.getByTestId('axis');
    await axis.locator('option[value="epoch"]:not([disabled])').waitFor({ state: 'attached' });
    const tokens = axis.locator('option[value="tokens"][disabled]');
    assert.equal(await tokens.textContent(), 'tokens (not known of neox-1m)');
    await axis.selectOption('epoch');
    await workbench.reload();
    const again = await panelIn('done');
    await eventually(async () => {
      assert.equal(await again.getByTestId('axis').inputValue(), 'epoch');
    });
    await again.getByTestId('axis').selectOption('percent');
    await again.locator('figcaption', { hasText: '100 % is the last checkpoint' }).first().waitFor();
  });

  it('stand beside E on an axis of their own, also after the page is made anew', async () => {
    await workbench.run('NeuroMFA: Open Emergence');
    const panel = await panelIn('done');
    await panel.getByTestId('tab-emergence').click();
    await panel.getByTestId('beside-choice').selectOption('loss');
    await panel.locator('figcaption', { hasText: 'on the right: loss' }).waitFor();
    await inFullWindow(ALL_THEMES, async (theme) => {
      for (const tab of ['emergence', 'metrics']) {
        await workbench.panel.getByTestId(`tab-${tab}`).click();
        const file = join(paths.screenshots, `${tab}-beside-${theme}.png`);
        await workbench.page.locator('iframe.webview').screenshot({ path: file });
      }
    });
    await workbench.reload();
    await eventually(async () => {
      const again = await panelIn('done');
      await again.getByTestId('tab-emergence').click();
      assert.equal(await again.getByTestId('beside-choice').inputValue(), 'loss');
    });
  });
});
