/** The panels of runs come back as they were left, wherever the editor puts them. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import type { FrameLocator } from 'playwright-core';
import { eventually } from '../../support/eventually';
import { assertFocused } from './focused';
import { openRun } from './runsWithNulls';
import { workbench } from './session';

const SHORT = { width: 1400, height: 500 };
const USUAL = { width: 1400, height: 900 };

/** How a page of runs is looked at. */
async function looks(page: FrameLocator, figure: string): Promise<unknown> {
  const root = page.locator('html');
  return {
    tab: await page.locator('[role="tab"][aria-selected="true"]').getAttribute('data-testid'),
    axis: await page.getByTestId('axis').inputValue(),
    zoomed: !(await page
      .getByTestId(`reset-zoom-${figure}`)
      .evaluate((button) => (button as { inert?: boolean }).inert)),
    scrolled: (await root.evaluate((html) => (html as unknown as { scrollTop: number }).scrollTop)) > 0,
  };
}

async function assertLooks(figure: string, tab: string, page = workbench.panel): Promise<void> {
  await eventually(async () => {
    assert.deepEqual(await looks(page, figure), {
      ...{ tab, axis: 'log', zoomed: true, scrolled: true },
    });
  });
}

describe('a panel of runs', () => {
  afterEach(async () => {
    await workbench.page.setViewportSize(USUAL);
  });

  it('comes back as it was left: from behind another tab, after a reload, in another window', async () => {
    await workbench.page.setViewportSize(SHORT);
    const panel = await openRun('Trends');
    await panel.getByTestId('tab-quality').click();
    await panel.getByTestId('axis').selectOption('log');
    await panel.getByTestId('zoom-in-fit-quality').click();
    await panel.getByTestId('axis').focus();
    await panel.getByTestId('tab-quality').hover();
    await workbench.page.mouse.wheel(0, 300);
    await assertLooks('fit-quality', 'tab-quality');

    // Emergence has a tab of its own.
    await workbench.run('NeuroMFA: Open Emergence');
    await workbench.panel.getByTestId('chart-emergence').waitFor();
    await workbench.panel.getByTestId('zoom-in-emergence').click();
    await workbench.tabs.filter({ hasText: 'Trends' }).click();
    await assertLooks('fit-quality', 'tab-quality');
    await assertFocused('axis');
    await workbench.run('View: Close Other Editors in Group');

    await workbench.reload();
    await assertLooks('fit-quality', 'tab-quality');
    await workbench.tabs.first().click();
    await assertFocused('axis');

    const [window] = await Promise.all([
      workbench.page.waitForEvent('popup'),
      workbench.run('View: Move Editor into New Window'),
    ]);
    const moved = window.frameLocator('iframe.webview').frameLocator('iframe#active-frame');
    await window.setViewportSize(SHORT);
    await assertLooks('fit-quality', 'tab-quality', moved);
    await window.close();
  });
});
