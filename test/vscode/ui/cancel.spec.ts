import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import type { Locator } from 'playwright-core';
import { panelIn } from './panel';
import { ANALYZE, workbench, workspace } from './session';

/** So many samples take much longer than it takes to cancel. */
const LONG = { 'neuromfa.analysis.samples': 1000 };
const EFFECT_MS = 500;

describe('cancelling', () => {
  afterEach(() => workbench.configure({}));

  it('takes effect within half a second and leaves the pool usable', async function () {
    // A limit in time: other work of the machine may spoil one attempt, a defect spoils all.
    this.retries(2);
    await workbench.configure(LONG);
    await workbench.chooseInExplorer([workspace.file(1000)], ANALYZE);
    await panelIn('running');
    const progress = workbench.toast('Analyzing');
    await progress.filter({ hasText: /of 1.?000 samples/ }).waitFor();
    const cancel = progress.locator('.monaco-button', { hasText: 'Cancel' });
    const [clicked] = await Promise.all([timeOfClick(cancel), cancel.click()]);
    await panelIn('cancelled');
    const elapsed = Date.now() - clicked;
    assert.ok(elapsed < EFFECT_MS, `cancelling took ${elapsed} ms`);
    await progress.waitFor({ state: 'detached' });

    await workbench.configure({});
    await workbench.closeEditors();
    await workbench.chooseInExplorer([workspace.file(0)], ANALYZE);
    await panelIn('done');
  });
});

/** When `button` is clicked next, by the clock of the page: before a click the driver waits for the page to settle. */
function timeOfClick(button: Locator): Promise<number> {
  interface Target {
    addEventListener(type: 'click', listener: () => void): void;
  }
  return button.evaluate(
    (element: Target) =>
      new Promise<number>((resolve) => {
        element.addEventListener('click', () => {
          resolve(Date.now());
        });
      }),
  );
}
