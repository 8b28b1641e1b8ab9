import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { eventually } from '../../support/eventually';
import type { Workbench } from '../harness/workbench';
import { assertFocused } from './focused';
import { panelIn } from './panel';
import { ANALYZE, keptViews, openWindow, workbench, workspace } from './session';

const SHORT = { width: 1400, height: 500 };
const USUAL = { width: 1400, height: 900 };

/** What a reader has chosen in the Spectrum panel, as the page shows it. */
async function looks(window = workbench): Promise<unknown> {
  const panel = await panelIn('done', window);
  return {
    tab: await panel.locator('[role="tab"][aria-selected="true"]').getAttribute('data-testid'),
    shown: await panel.locator('.figure').first().getAttribute('data-figure'),
    orders: await panel.getByTestId('fit-orders').inputValue(),
    ground: await panel.getByTestId('export-looks').inputValue(),
    zoomed: !(await panel
      .getByTestId('reset-zoom-fit')
      .evaluate((button) => (button as { inert?: boolean }).inert)),
    explained: (await panel.getByTestId('explanation').getAttribute('aria-expanded')) === 'true',
    scrolled: (await scrollTop(window)) > 0,
  };
}

async function scrollTop(window: Workbench): Promise<number> {
  const root = window.panel.locator('html');
  return root.evaluate((html) => (html as unknown as { scrollTop: number }).scrollTop);
}

const CHOSEN = {
  tab: 'tab-fit',
  shown: 'fit',
  orders: '0',
  ground: 'dark',
  zoomed: true,
  explained: true,
  scrolled: true,
};

async function assertLooks(expected: unknown, window = workbench): Promise<void> {
  await eventually(async () => {
    assert.deepEqual(await looks(window), expected);
  });
}

/** Looks at a panel in another way than it begins with. */
async function choose(): Promise<void> {
  const panel = await panelIn('done');
  await panel.getByTestId('tab-fit').click();
  await panel.getByTestId('fit-orders').selectOption('0');
  await panel.getByTestId('export').click();
  await panel.getByTestId('export-looks').selectOption('dark');
  await panel.getByTestId('export-looks').press('Escape');
  await panel.getByTestId('zoom-in-fit').click();
  await panel.getByTestId('explanation').click();
  await panel.getByTestId('tab-fit').hover();
  await workbench.page.mouse.wheel(0, 300);
  await assertLooks(CHOSEN);
}

describe('a panel', () => {
  afterEach(async () => {
    await workbench.page.setViewportSize(USUAL);
  });

  it('comes back as it was left: from behind another tab, in another column, after a reload', async () => {
    await workbench.page.setViewportSize(SHORT);
    await workbench.chooseInExplorer([workspace.file(4000)], ANALYZE);
    await choose();

    await workbench.chooseInExplorer([workspace.file(1000)], 'Inspect Checkpoint');
    await workbench.panel.locator('[data-testid="inspect"][data-state="done"]').waitFor();
    await workbench.tabs.filter({ hasText: 'step4000' }).click();
    await assertLooks(CHOSEN);
    await assertFocused('explanation');

    await workbench.run('View: Close Other Editors in Group');
    await workbench.run('View: Move Editor into Right Group');
    await assertLooks(CHOSEN);

    await workbench.reload();
    await assertLooks(CHOSEN);
    await workbench.tabs.first().click();
    await assertFocused('explanation');
  });

  it('begins as it was left when it is opened anew, here or in another window of the folder', async () => {
    await workbench.configure({ 'neuromfa.panels.keepViews': true });
    await workbench.page.setViewportSize(SHORT);
    await workbench.chooseInExplorer([workspace.file(4000)], ANALYZE);
    await choose();
    const kept = [
      /"tab":"fit"/,
      /"orders":0/,
      /"ground":"dark"/,
      /"zoom":{"fit"/,
      /"page":[1-9]/,
      /"explanation"/,
    ];
    await eventually(() => {
      assert.ok(keptViews().some((view) => kept.every((part) => part.test(view))));
    });

    await workbench.closeEditors();
    await workbench.chooseInExplorer([workspace.file(4000)], ANALYZE);
    await assertLooks(CHOSEN);

    const window = await openWindow(workspace.folder);
    try {
      await window.page.setViewportSize(SHORT);
      await window.chooseInExplorer([workspace.file(4000)], ANALYZE);
      await assertLooks(CHOSEN, window);
    } finally {
      await window.page.close();
    }

    // Another checkpoint is another subject.
    await workbench.chooseInExplorer([workspace.file(1000)], ANALYZE);
    await (await panelIn('done')).locator('[data-testid="tab-spectrum"][aria-selected="true"]').waitFor();
    await workbench.configure({});
  });

  it('takes the focus from nothing else when it is drawn anew', async () => {
    await workbench.chooseInExplorer([workspace.file(4000)], ANALYZE);
    const panel = await panelIn('done');
    await panel.getByTestId('explanation').click();
    await assertFocused('explanation');
    await workbench.run('View: Show Explorer');
    await assertFocused(null);
    await workbench.setTheme('light');
    await workbench.panel.locator('body.vscode-light').waitFor();
    await assertFocused(null);
    await workbench.tabs.first().click();
    await assertFocused('explanation');
    await workbench.configure({});
  });

  it('shows the tab that is selected when the network is another one', async () => {
    await workbench.chooseInExplorer([workspace.file(4000)], ANALYZE);
    const panel = await panelIn('done');
    await panel.getByTestId('tab-layers').click();
    await panel.getByTestId('mode').selectOption('full');
    const full = await panelIn('done');
    await full.getByTestId('heat-map').waitFor();
    assert.equal(
      await full.locator('[role="tab"][aria-selected="true"]').getAttribute('data-testid'),
      'tab-layers',
    );
    await full.getByTestId('tab-spectrum').click();
    await full.getByTestId('chart-spectrum').waitFor();
  });
});
