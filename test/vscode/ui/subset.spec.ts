import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach, describe, it } from 'mocha';
import type { Locator } from 'playwright-core';
import { analyze, seriesOf } from '../harness/cli';
import { eventually } from '../../support/eventually';
import { assertDashboardShows } from './dashboard';
import { assertShows, panelIn } from './panel';
import { closeSidePanel, openSidePanel, press, row, rowIn } from './runsView';
import { ANALYZE, CLI, workbench, workspace } from './session';

const WORDS = 'Part of the network: attention; blocks 0–2.';
const OPTIONS = ['--roles', 'attention', '--blocks', '0-2'];

describe('a part of the network', () => {
  afterEach(() => workbench.configure({}));

  it('is chosen in the Spectrum panel, stays over a reload, and gives way to the whole', async () => {
    const checkpoint = workspace.file(4000);
    const [whole] = await analyze(CLI, [checkpoint]);
    const [part] = await analyze(CLI, [checkpoint], ...OPTIONS);
    await workbench.chooseInExplorer([checkpoint], ANALYZE);
    const panel = await panelIn('done');
    await chooseAttention(panel);

    const name = workbench.panel.getByTestId('subset-name');
    await name.filter({ hasText: WORDS }).waitFor();
    await assertShows(await panelIn('done'), part!.summary);
    await workbench.panel
      .locator('.figure-title', { hasText: 'Multifractal spectrum (part of the network)' })
      .waitFor();
    await workbench.tabs.filter({ hasText: 'part of the network' }).waitFor();

    await workbench.reload();
    await name.filter({ hasText: WORDS }).waitFor();
    await assertShows(await panelIn('done'), part!.summary);

    await workbench.panel.getByTestId('subset-whole').click();
    await name.filter({ hasText: 'All layers' }).waitFor();
    await assertShows(await panelIn('done'), whole!.summary);
  });

  it('that cannot be is refused where it was asked for', async () => {
    await workbench.chooseInExplorer([workspace.file(4000)], ANALYZE);
    const panel = await panelIn('done');
    await panel.getByTestId('subset-choose').click();
    const blocks = panel.getByTestId('subset-blocks');
    await blocks.fill('5-2');
    await panel.getByTestId('subset-fault-blocks').filter({ hasText: 'no range of blocks' }).waitFor();
    await eventually(async () => {
      assert.equal(await blocks.getAttribute('aria-invalid'), 'true');
    });
    await blocks.fill('7');
    const outcome = panel.getByTestId('subset-outcome');
    await outcome.filter({ hasText: 'leaves no projection' }).waitFor();
    await panel.getByTestId('subset-apply').click();
    await outcome.filter({ hasText: 'There are 6 blocks' }).waitFor();
    await blocks.fill('');
    for (const group of ['attention', 'mlp']) await panel.getByTestId(`role-${group}`).uncheck();
    await panel.getByTestId('subset-fault-roles').filter({ hasText: 'No role is selected' }).waitFor();
    await blocks.press('Escape');
    await panel.getByTestId('subset-form').waitFor({ state: 'detached' });
    await panel
      .getByTestId('subset-name')
      .filter({ hasText: /^All layers$/ })
      .waitFor();
  });

  it('is taken from the settings, and a panel that shows another says that they have changed', async () => {
    await workbench.chooseInExplorer([workspace.file(4000)], ANALYZE);
    const panel = await panelIn('done');
    await workbench.configure({
      'neuromfa.analysis.roles': ['attention'],
      'neuromfa.analysis.blocks': ['2', '0-1'],
    });
    await panel.getByTestId('stale').waitFor();
    await panel.getByTestId('analyze-settings').click();
    await panel.getByTestId('subset-name').filter({ hasText: WORDS }).waitFor();
    const [part] = await analyze(CLI, [workspace.file(4000)], ...OPTIONS);
    await assertShows(await panelIn('done'), part!.summary);
  });

  it('of the settings that cannot be is named with its setting', async () => {
    await workbench.configure({ 'neuromfa.analysis.blocks': ['5-2'] });
    await workbench.chooseInExplorer([workspace.file(4000)], ANALYZE);
    const error = (await panelIn('failed')).getByTestId('error');
    await error.filter({ hasText: '"5-2" is no range of blocks' }).waitFor();
    await workbench.toast('neuromfa.analysis.blocks').waitFor();
  });

  it('is chosen for all training runs, in every view of them', async () => {
    const folder = join(workspace.folder, 'neox-1m');
    await openSidePanel();
    await row('neox-1m').waitFor();
    await press('neox-1m', 'Analyze Run');
    await rowIn('neox-1m', '3 of 3 analyzed').waitFor();
    await closeSidePanel();
    await workbench.chooseInExplorer([folder], 'Open Trends');
    await chooseAttention(await panelIn('done'));
    await workbench.panel.getByTestId('subset-name').filter({ hasText: WORDS }).waitFor();
    await panelIn('done');
    await workbench.closeEditors();

    await openSidePanel();
    await rowIn('neox-1m', '3 of 3 analyzed').waitFor();
    await workbench.page
      .locator('.tree-explorer-viewlet-tree-view', { hasText: WORDS.slice(0, -1) })
      .waitFor();
    await assertDashboardShows(await seriesOf(CLI, folder, 'first', ...OPTIONS));
    await closeSidePanel();

    await workbench.chooseInExplorer([folder], 'Open Trends');
    await workbench.panel.getByTestId('subset-whole').click();
    await workbench.panel.getByTestId('subset-name').filter({ hasText: 'All layers' }).waitFor();
    await workbench.closeEditors();
    await openSidePanel();
    await assertDashboardShows(await seriesOf(CLI, folder));
    await closeSidePanel();
  });
});

/** Attention in the first three of six blocks. */
async function chooseAttention(panel: Locator): Promise<void> {
  await panel.getByTestId('subset-choose').click();
  await panel.getByTestId('subset-outcome').filter({ hasText: 'All 24 projections' }).waitFor();
  await panel.getByTestId('role-mlp').uncheck();
  await panel.getByTestId('subset-outcome').filter({ hasText: '12 of 24 projections' }).waitFor();
  await panel.getByTestId('subset-blocks').fill('0-2');
  await panel.getByTestId('subset-outcome').filter({ hasText: '6 of 24 projections' }).waitFor();
  await panel.getByTestId('subset-apply').click();
  await panel.getByTestId('subset-form').waitFor({ state: 'detached' });
}
