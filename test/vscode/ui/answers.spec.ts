/** Commands that take a while answer at their end. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { closeSidePanel, openSidePanel, press, row } from './runsView';
import { workbench } from './session';

const RUN = 'neox-1m';

describe('"Analyze Run"', () => {
  afterEach(async () => {
    await closeSidePanel();
    await workbench.configure({});
  });

  it('tells its end once where no panel shows it, with the way to Trends', async () => {
    await workbench.configure({ 'neuromfa.runs.openTrends': false });
    await openSidePanel();
    await row(RUN).waitFor();
    await press(RUN, 'Analyze Run');
    const message = workbench.toast(`${RUN}: all 3 checkpoints are analyzed.`);
    await message.waitFor();
    assert.equal(await message.count(), 1);
    assert.equal(await workbench.tabs.count(), 0);
    await message.locator('.monaco-button', { hasText: 'Open Trends' }).click();
    await workbench.tabs.filter({ hasText: `Trends: ${RUN}` }).waitFor();
    await message.waitFor({ state: 'hidden' });
  });
});
