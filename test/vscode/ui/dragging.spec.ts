/** Checkpoints that are dragged onto a panel. */
import { describe, it } from 'mocha';
import type { Locator } from 'playwright-core';
import { pageWith, panelIn } from './panel';
import { closeSidePanel, openSidePanel, row } from './runsView';
import { allowDragsIntoPanels, ANALYZE, workbench, workspace } from './session';

/** Asserts that one panel comes to show all of these checkpoints. */
async function assertShowsTogether(...paths: readonly string[]): Promise<void> {
  const items = paths.map((path) => `:has([data-testid="item"][data-path="${path}"])`);
  await pageWith(`body${items.join('')}`);
}

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
    await pageWith('body.drop-target');
  } finally {
    await page.mouse.up();
    await page.keyboard.up('Shift');
  }
}

describe('dragging onto a panel', () => {
  allowDragsIntoPanels();

  it('takes a checkpoint of the explorer', async () => {
    await workbench.chooseInExplorer([workspace.file(0)], ANALYZE);
    await panelIn('done');
    await dragOntoPanel(await workbench.explorerRow(workspace.file(4000)));
    await assertShowsTogether(workspace.file(4000), workspace.file(0));
  });

  it('takes a checkpoint of the list of training runs', async () => {
    await workbench.chooseInExplorer([workspace.file(0)], ANALYZE);
    await panelIn('done');
    await openSidePanel();
    await dragOntoPanel(row('step1000'));
    await assertShowsTogether(workspace.file(1000), workspace.file(0));
    await closeSidePanel();
  });
});
