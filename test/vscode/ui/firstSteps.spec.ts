import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { eventually } from '../../support/eventually';
import { panelIn } from './panel';
import { ANALYZE, workbench, workspace } from './session';

/** The text of the guide, as the editor shows it. */
const heading = (text: string): ReturnType<typeof workbench.panel.locator> =>
  workbench.panel.getByRole('heading', { name: text, exact: true });

describe('first steps', () => {
  afterEach(() => workbench.configure({}));

  it('lead from a symbol to its place in the guide', async () => {
    await workbench.chooseInExplorer([workspace.file(4000)], ANALYZE);
    const panel = await panelIn('done');
    const symbol = panel.getByTestId('symbol-tau').first();
    await panel.getByTestId('tab-exponents').click();
    await symbol.hover();
    // The drawer has one of its own, where an earlier panel has left it open.
    await workbench.panel.getByRole('tooltip').getByTestId('learn-more').click();
    await workbench.tabs.filter({ hasText: 'guide.md' }).waitFor();
    await heading('Mass exponent').waitFor();
    await eventually(async () => {
      const top = await workbench.panel
        .locator('html')
        .evaluate((html) => (html as { scrollTop: number }).scrollTop);
      assert.ok(top > 0, 'the guide shows its beginning');
    });
  });

  it('change settings on the chip of a panel', async () => {
    await workbench.chooseInExplorer([workspace.file(4000)], ANALYZE);
    const panel = await panelIn('done');
    const chip = workbench.panel.getByTestId('chip');
    await chip.filter({ hasText: 'Paper settings' }).waitFor();
    await panel.getByTestId('settings').click();
    await panel.getByTestId('preset-quick').click();
    await chip.filter({ hasText: '4 samples' }).waitFor();
    await workbench.panel.getByTestId('strip').filter({ hasText: '4 kept' }).waitFor();
    await panel.getByTestId('settings').click();
    await panel.getByTestId('set-samples').fill('-1');
    await panel.getByTestId('settings-apply').click();
    await panel.getByTestId('settings-fault').filter({ hasText: 'Samples: ' }).waitFor();
  });

  it('are walked through', async () => {
    await workbench.run('Welcome: Open Walkthrough...');
    await workbench.quickRows.filter({ hasText: 'Get Started with NeuroMFA' }).first().click();
    for (const step of [
      'Open the sample run',
      'Learn what the numbers mean',
      'Watch emergence',
      'Analyze your own checkpoints',
    ])
      await workbench.page.locator('.getting-started-step', { hasText: step }).waitFor();
  });
});
