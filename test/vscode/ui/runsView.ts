/** The side panel of NeuroMFA, as a reader sees it. */
import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { eventually } from '../../support/eventually';
import { workbench } from './session';

/** Opens the side panel. */
export async function openSidePanel(): Promise<void> {
  // Its icon comes with the extension, some time after the window: no command is there before that either.
  const icon = workbench.page.locator('.activitybar .action-item', {
    has: workbench.page.locator('.action-label[aria-label^="NeuroMFA"]'),
  });
  await icon.waitFor();
  if (!(await icon.getAttribute('class'))?.includes('checked')) await icon.click();
  await section().waitFor();
  await workbench.webviewsLoaded();
}

/** Goes back to the explorer, where the other specs begin. */
export async function closeSidePanel(): Promise<void> {
  await workbench.run('View: Show Explorer');
  await workbench.page.locator('.explorer-folders-view').waitFor();
}

function section(): Locator {
  return workbench.page.locator('.pane', {
    has: workbench.page.locator('[aria-label="Training Runs Section"]'),
  });
}

/** Asserts that all rows above the checkpoints that belong to no run come to be these: "neox-1m, 0 of 3 analyzed". */
export async function assertRows(expected: readonly string[]): Promise<void> {
  await eventually(async () => {
    assert.deepEqual(await runRows(), expected);
  });
}

/** The same of the rows whose names match: others may have results of other specs. */
export async function assertRowsOf(names: RegExp, expected: readonly string[]): Promise<void> {
  await eventually(async () => {
    assert.deepEqual(
      (await rows()).filter((label) => names.test(label)),
      expected,
    );
  });
}

/** Asserts that the checkpoints of the only run come to be these, whatever is known of them. */
export async function assertOrder(names: readonly string[]): Promise<void> {
  await eventually(async () => {
    assert.deepEqual(
      (await runRows()).slice(1).map((label) => label.split(',')[0]),
      names,
    );
  });
}

async function runRows(): Promise<string[]> {
  const all = await rows();
  const others = all.findIndex((label) => /^(Checkpoints|Cannot be read),/.test(label));
  return others < 0 ? all : all.slice(0, others);
}

async function rows(): Promise<string[]> {
  const found = section().locator('.monaco-list-row');
  const labels = await Promise.all(
    (await found.all()).map(
      async (row) => [await row.boundingBox(), await row.getAttribute('aria-label')] as const,
    ),
  );
  return labels
    .flatMap(([box, label]) => (box && label !== null ? [{ y: box.y, label }] : []))
    .sort((a, b) => a.y - b.y)
    .map(({ label }) => label);
}

/** The row of a run or a checkpoint. */
export function row(name: string): Locator {
  return section().locator(`.monaco-list-row[aria-label^="${name},"]`);
}

/** The row of a checkpoint whose state matches. */
export function rowIn(name: string, state: string): Locator {
  return section().locator(`.monaco-list-row[aria-label^="${name}, ${state}"]`);
}

/** Asserts that a row comes to be below a group, "Checkpoints" or "Cannot be read"; unfolds it. The list draws what is in sight alone. */
export async function assertUnder(group: string, below: Locator): Promise<void> {
  const heading = row(group);
  await heading.waitFor();
  if ((await heading.getAttribute('aria-expanded')) === 'false') await heading.click();
  await heading.and(workbench.page.locator('[aria-expanded="true"]')).waitFor();
  await eventually(async () => {
    await workbench.page.keyboard.press('End');
    const [above, at] = [await heading.boundingBox(), await below.first().boundingBox()];
    assert.ok(at, `the row is not below ${group}`);
    if (above) assert.ok(above.y < at.y);
    const next = row(group === 'Checkpoints' ? 'Cannot be read' : 'nothing comes after it');
    const end = (await next.count()) > 0 ? await next.boundingBox() : null;
    if (end) assert.ok(at.y < end.y);
  });
}

/** Clicks a button of a row. */
export async function press(name: string, button: string): Promise<void> {
  // It may open a panel while the dashboard is loading.
  await workbench.webviewsLoaded();
  const action = row(name).locator(`.action-label[aria-label^="${button}"]`);
  // A row that has moved away from the pointer hides its buttons until the pointer is moved again.
  await eventually(async () => {
    await row(name).hover();
    assert.ok(await action.isVisible(), `${name} has no button "${button}"`);
  });
  // At once: where the tree draws its rows anew between the press of a mouse button and its release, no click comes of it.
  await action.dispatchEvent('click');
}

/** Selects rows and picks an entry from the context menu of the last one. */
export async function chooseInRuns(chosen: readonly Locator[], entry: string): Promise<void> {
  await workbench.chooseInTree(chosen, entry);
}

/** What the status bar says while the queue is at work. */
export function queueStatus(): Locator {
  return workbench.page.locator('.statusbar-item', { hasText: /NeuroMFA \d+ of \d+/ });
}
