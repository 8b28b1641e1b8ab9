/** What a click on a checkpoint leads to: the editor opens it as text, which it cannot show. */
import { readFileSync } from 'node:fs';
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Locator } from 'playwright-core';
import { workbench, workspace } from './session';

const inspected = (): Locator => workbench.panel.locator('[data-testid="inspect"][data-state="done"]');
const offered = (): Locator => workbench.toast('is a checkpoint. NeuroMFA can show its tensors.');

/** Opens a file as the explorer does. */
async function openAsText(path: string): Promise<void> {
  await (await workbench.explorerRow(path)).dblclick();
  await workbench.tabs.filter({ hasText: 'model.safetensors' }).waitFor();
}

describe('a checkpoint that is opened as text', () => {
  it('is offered the inspect view, once', async () => {
    const before = readFileSync(workspace.file(1000));
    await openAsText(workspace.file(1000));
    await offered().locator('.monaco-button', { hasText: 'Open' }).click();
    await inspected().waitFor();
    await workbench.closeEditors();
    assert.ok(before.equals(readFileSync(workspace.file(1000))));
  });

  it('has a button above it that leads there at any time', async () => {
    await openAsText(workspace.file(4000));
    await workbench.page.locator('.editor-actions .action-label[aria-label^="Inspect Checkpoint"]').click();
    await inspected().waitFor();
    // Beside the text, as what is opened with another editor.
    assert.equal(await workbench.tabs.count(), 2);
    assert.equal(await offered().count(), 0);
    // Above the inspect view itself there is none.
    await workbench.page
      .locator('.editor-actions .action-label[aria-label^="Inspect Checkpoint"]')
      .waitFor({ state: 'detached' });
  });
});
