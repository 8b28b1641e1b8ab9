/** How runs are shown is chosen once, and holds in every view of the workspace, also after a reload. */
import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Locator } from 'playwright-core';
import { eventually } from '../../support/eventually';
import { closeSidePanel, openSidePanel, press, row, rowIn } from './runsView';
import { workbench, workspace } from './session';

const RUN = 'neox-1m';
const COPY = 'twin';
const NAME = 'The baseline run';

const runIn = (name: string): Locator => workbench.panel.getByTestId('run').filter({ hasText: name });

/** Chooses in the menu beside a run of the panel. */
async function choose(name: string, entry: string): Promise<void> {
  await runIn(name).locator('summary').click();
  await runIn(name).getByTestId(entry).click();
}

/** Writes a name into the editor's box for it. */
async function rename(from: string, to: string): Promise<void> {
  await choose(from, 'run-rename');
  const input = workbench.quickInput.locator('input[type="text"]').first();
  await eventually(async () => {
    assert.equal(await input.inputValue(), from);
  });
  await input.fill(to);
  await input.press('Enter');
  await workbench.quickInput.waitFor({ state: 'hidden' });
}

/** How the panel shows its runs, in its order. */
async function shown(): Promise<unknown> {
  const runs = await workbench.panel.getByTestId('run').all();
  return Promise.all(
    runs.map(async (run) => ({
      name: await run.locator('.name').innerText(),
      pinned: (await run.locator('.path').innerText()).includes('pinned'),
      hidden: (await run.locator('.path').innerText()).includes('hidden'),
    })),
  );
}

async function assertShown(expected: unknown): Promise<void> {
  await eventually(async () => {
    assert.deepEqual(await shown(), expected);
  });
}

const colorOf = (name: string): Promise<string | null> =>
  runIn(name).locator('.swatch path').first().getAttribute('stroke');

/** Opens the trends of both runs. */
async function openBoth(): Promise<void> {
  await openSidePanel();
  // Rows of the list are drawn together, and late.
  await row(COPY).waitFor();
  const first = (await row(NAME).count()) > 0 ? NAME : RUN;
  await row(first).click();
  await row(COPY).click({ modifiers: ['ControlOrMeta'] });
  await press(COPY, 'Open Trends');
  await workbench.tabs.filter({ hasText: 'Trends' }).waitFor();
  // The dashboard is a page, too.
  await closeSidePanel();
  await workbench.panel.getByTestId('run').nth(1).waitFor();
}

describe('how runs are shown', () => {
  before(async () => {
    cpSync(join(workspace.folder, RUN), join(workspace.folder, COPY), { recursive: true });
    await openSidePanel();
    await row(COPY).waitFor();
    await press(RUN, 'Analyze Run');
    await rowIn(RUN, '3 of 3 analyzed').waitFor();
    await press(COPY, 'Analyze Run');
    await rowIn(COPY, '3 of 3 analyzed').waitFor();
    await closeSidePanel();
    await workbench.closeEditors();
  });
  afterEach(closeSidePanel);
  after(async () => {
    await workbench.closeEditors();
    rmSync(join(workspace.folder, COPY), { recursive: true });
    await openSidePanel();
    await row(COPY).waitFor({ state: 'detached' });
    await closeSidePanel();
  });

  it('is chosen in a panel, and holds in the list, in other panels and after a reload', async () => {
    await openBoth();
    await rename(RUN, NAME);
    await runIn(NAME).waitFor();
    await choose(COPY, 'run-pin');
    // A click that the panel is drawn anew below goes nowhere.
    await assertShown([
      { name: COPY, pinned: true, hidden: false },
      { name: NAME, pinned: false, hidden: false },
    ]);
    await choose(NAME, 'run-hide');
    const expected = [
      { name: COPY, pinned: true, hidden: false },
      { name: NAME, pinned: false, hidden: true },
    ];
    await assertShown(expected);
    const before = await colorOf(COPY);
    await runIn(COPY).locator('summary').click();
    await runIn(COPY).getByTestId('run-color').selectOption({ label: 'yellow' });
    await eventually(async () => {
      assert.notEqual(await colorOf(COPY), before);
    });
    const yellow = await colorOf(COPY);
    // The menu stays open, so that other colors can be tried.
    await runIn(COPY).getByTestId('run-color').press('Escape');
    await assertShown(expected);

    await openSidePanel();
    await rowIn(NAME, '3 of 3 analyzed').waitFor();
    await closeSidePanel();

    await workbench.reload();
    await assertShown(expected);
    assert.equal(await colorOf(COPY), yellow);

    await workbench.panel.getByTestId('open-view').click();
    await workbench.tabs.filter({ hasText: 'Emergence' }).waitFor();
    await workbench.run('View: Close Other Editors in Group');
    await workbench.panel.getByTestId('chart-emergence').waitFor();
    await assertShown(expected);
    assert.equal(await colorOf(COPY), yellow);
    const spoken = (await workbench.panel.getByTestId('chart-emergence').getAttribute('aria-label')) ?? '';
    assert.ok(spoken.includes(COPY), spoken);
    assert.ok(!spoken.includes(NAME), spoken);
  });

  it('isolates a run, and is taken back', async () => {
    await openBoth();
    await choose(NAME, 'run-isolate');
    await assertShown([
      { name: COPY, pinned: true, hidden: true },
      { name: NAME, pinned: false, hidden: false },
    ]);
    await choose(NAME, 'run-isolate');
    await assertShown([
      { name: COPY, pinned: true, hidden: false },
      { name: NAME, pinned: false, hidden: false },
    ]);
    await choose(COPY, 'run-pin');
    await eventually(async () => {
      assert.equal(await workbench.panel.getByTestId('run').filter({ hasText: 'pinned' }).count(), 0);
    });
    await rename(NAME, '');
    await assertShown([
      { name: RUN, pinned: false, hidden: false },
      { name: COPY, pinned: false, hidden: false },
    ]);
    await openSidePanel();
    await rowIn(RUN, '3 of 3 analyzed').waitFor();
    await closeSidePanel();
  });
});
