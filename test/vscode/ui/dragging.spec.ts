/** Checkpoints that are dragged onto a panel. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Locator } from 'playwright-core';
import { eventually } from '../../support/eventually';
import { panelIn } from './panel';
import { closeSidePanel, openSidePanel, row } from './runsView';
import { ANALYZE, workbench, workspace } from './session';

/** Drags a row onto the open panel, with Shift held over it: the editor takes what is dropped without. */
async function dragOntoPanel(from: Locator): Promise<void> {
  const { page } = workbench;
  const target = (await page.locator('.part.editor').boundingBox())!;
  const x = target.x + target.width / 2;
  const y = target.y + target.height / 2;
  await from.hover();
  await page.mouse.down();
  await page.mouse.move(x, y, { steps: 5 });
  await page.keyboard.down('Shift');
  try {
    await page.mouse.move(x + 10, y, { steps: 3 });
    // Beside the panel there may be the dashboard.
    await eventually(async () => {
      const marked = await Promise.all(
        page.frames().map((frame) => frame.locator('body.drop-target').count()),
      );
      assert.ok(marked.includes(1), 'the panel takes nothing');
    });
  } finally {
    await page.mouse.up();
    await page.keyboard.up('Shift');
  }
}

describe('dragging onto a panel', () => {
  it('takes a checkpoint of the explorer', async () => {
    await workbench.chooseInExplorer([workspace.file(0)], ANALYZE);
    await panelIn('done');
    await dragOntoPanel(await workbench.explorerRow(workspace.file(4000)));
    await workbench.panel.locator(`[data-testid="item"][data-path="${workspace.file(4000)}"]`).waitFor();
    await workbench.panel.locator(`[data-testid="item"][data-path="${workspace.file(0)}"]`).waitFor();
  });

  it('takes a checkpoint of the list of training runs', async () => {
    await workbench.chooseInExplorer([workspace.file(0)], ANALYZE);
    await panelIn('done');
    await openSidePanel();
    await dragOntoPanel(row('step1000'));
    await closeSidePanel();
    await workbench.panel.locator(`[data-testid="item"][data-path="${workspace.file(1000)}"]`).waitFor();
  });
});
