/** A workspace that holds one checkpoint and nothing else, in a window of its own. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { assertAccessible } from './axe';
import type { Workbench } from '../harness/workbench';
import { openWindow, workspace } from './session';

describe('a workspace with one checkpoint', () => {
  const root = mkdtempSync(join(tmpdir(), 'neuromfa-one-'));
  const file = join(root, 'final', 'model.safetensors');
  let window: Workbench;

  before(async () => {
    mkdirSync(join(root, 'final'));
    copyFileSync(workspace.file(4000), file);
    window = await openWindow(root);
  });
  after(async () => {
    await window.page.close();
    rmSync(root, { recursive: true });
  });

  it('lists it in the side panel, which says nothing of runs that are missing, and opens it by a key', async () => {
    const { page } = window;
    await page
      .locator('.activitybar .action-item', { has: page.locator('[aria-label^="NeuroMFA"]') })
      .click();
    const row = page.locator('.pane .monaco-list-row[aria-label^="final,"]');
    await row.waitFor();
    await page.locator('.pane .monaco-list-row[aria-label^="Checkpoints, 1"]').waitFor();
    assert.equal(await page.locator('.welcome-view-content:visible').count(), 0);
    // The editor draws a label and its description without a space between them, and says them with one.
    const drawn = [{ rule: 'label-content-name-mismatch', selector: '.monaco-list-row' }];
    await assertAccessible(page, 'the side panel', ['.pane-body .tree-explorer-viewlet-tree-view'], drawn);
    await row.click();
    await page.keyboard.press('Enter');
    await window.tabs.filter({ hasText: 'final' }).waitFor();
  });

  it('is what the palette lists, with what its header says', async () => {
    await window.run('View: Show Explorer');
    await window.closeEditors();
    await window.run('NeuroMFA: Analyze Checkpoint');
    const rows = window.quickRows.filter({ hasText: 'gpt_neox' });
    await rows.first().waitFor();
    assert.equal(await rows.count(), 1);
    // Neither its name nor its header tells a step.
    assert.match(await rows.first().innerText(), /final[^]*2\.5\sMB · gpt_neox · 1\.26\sM parameters/);
    await window.page.keyboard.press('Escape');
  });
});
