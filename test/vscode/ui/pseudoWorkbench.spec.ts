/**
 * What the editor itself draws for the extension, in a made-up translation: views, rows, menus, commands, the walkthrough.
 * A window of its own, in which only the extension is translated; pages are looked at in `pseudo.spec.ts`.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Browser, Locator } from 'playwright-core';
import { pseudo } from '../../../scripts/l10n.mjs';
import { cutOffTexts, plainTexts } from '../../../scripts/pageTexts.mjs';
import { eventually } from '../../support/eventually';
import { assertAccessible } from './axe';
import { launchBrowser } from '../harness/browser';
import { paths } from '../harness/paths';
import { WorkbenchServer } from '../harness/server';
import { Workbench } from '../harness/workbench';
import { SAME as SAME_IN_PAGES } from './sameWords';
import { Workspace } from './workspace';

/** Names, and what the editor adds to our texts. */
const SAME = /^(NeuroMFA:?|neox-1m|More Actions\.\.\.)$/;

/** Texts and names for screen readers below an element that hold no translated word; runs in the page. */
function untranslated(root: unknown): string[] {
  interface Element {
    getAttribute: (name: string) => string | null;
    querySelectorAll: (selector: string) => Iterable<Element>;
    childNodes: Iterable<{ nodeType: number; data: string }>;
    tagName: string;
  }
  const found: string[] = [];
  const note = (text: string | null): void => {
    if (text && /\p{L}{3,}/u.test(text) && !/[⟦⟧áéíóúý]/.test(text)) found.push(text.trim());
  };
  for (const element of [root as Element, ...(root as Element).querySelectorAll('*')]) {
    if (element.tagName === 'STYLE') continue;
    for (const name of ['aria-label', 'title', 'alt', 'placeholder']) note(element.getAttribute(name));
    for (const node of element.childNodes) if (node.nodeType === 3) note(node.data);
  }
  return found;
}

/** Whether the words of an element are wider than the place they have; runs in the page. */
function isCutOff(element: unknown): boolean {
  const { scrollWidth, clientWidth } = element as { scrollWidth: number; clientWidth: number };
  return scrollWidth > clientWidth + 1;
}

describe('a made-up translation in the workbench', () => {
  const workspace = new Workspace();
  let server: WorkbenchServer;
  let browser: Browser;
  let window: Workbench;

  before(async () => {
    server = await WorkbenchServer.start({ vsix: paths.package, pseudo: true });
    browser = await launchBrowser();
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    // The language of the window, as language packs set it.
    await page.addInitScript("globalThis._VSCODE_NLS_LANGUAGE = 'qps-ploc'");
    window = new Workbench(page, server, workspace.folder);
    await window.open();
  });
  after(async () => {
    await browser.close();
    await server.stop();
    workspace.remove();
  });

  /** Asserts that these have words, all translated but for names. */
  async function assertTranslated(parts: Locator, same = SAME): Promise<void> {
    const all = await parts.all();
    assert.ok(all.length > 0);
    for (const part of all)
      assert.deepEqual(
        (await part.evaluate(untranslated)).filter((text) => !same.test(text)),
        [],
      );
  }

  it('reaches the views, their rows and the menus of rows', async () => {
    const { page } = window;
    const sideBar = page.locator('.part.sidebar');
    await page
      .locator('.activitybar .action-item', { has: page.locator('[aria-label^="NeuroMFA"]') })
      .click();
    const run = sideBar.locator('.monaco-list-row[aria-label^="neox-1m,"]');
    // The number of checkpoints comes with what is stored.
    await run.and(page.locator('[aria-label*="3"]')).waitFor();
    await sideBar.locator('.pane-header').nth(1).waitFor();
    await eventually(async () => {
      await assertTranslated(sideBar.locator('.pane-header'));
      await assertTranslated(run);
    });
    // 300 px wide, narrower than anything else: descriptions may end in dots, titles and names may not.
    for (const words of await sideBar.locator('.pane-header .title, .monaco-list-row .label-name').all())
      assert.equal(await words.evaluate(isCutOff), false, (await words.textContent()) ?? '');
    // A title with buttons in it is the editor's own.
    const own = [{ rule: 'nested-interactive', selector: '.pane-header' }];
    await assertAccessible(page, 'titles of views', ['.part.sidebar .pane-header'], own);

    await eventually(async () => {
      await run.click({ button: 'right' });
      await page.locator('.monaco-menu .action-label').first().waitFor({ timeout: 5000 });
    });
    await assertTranslated(page.locator('.monaco-menu .action-label'));
    for (const words of await page.locator('.monaco-menu .action-label').all())
      assert.equal(await words.evaluate(isCutOff), false, (await words.textContent()) ?? '');
    await page.keyboard.press('Escape');
  });

  it('reaches every command', async () => {
    const { page } = window;
    await page.keyboard.press('F1');
    await window.quickInput.locator('input[type="text"]').first().fill('>NeuroMFA: ');
    const ours = window.quickRows.filter({ hasText: 'NeuroMFA: ' });
    await ours.first().waitFor();
    await eventually(async () => {
      // Beside them the editor shows the English names.
      for (const label of await ours.locator('.quick-input-list-label').allInnerTexts())
        assert.match(label, /⟦/);
    });
    await page.keyboard.press('Escape');
  });

  // VS Code 1.100 lists extensions in the language of its server.
  const itLists = paths.host.oldest ? it.skip : it;
  itLists('reaches what the editor says of the extension in its list and on its page', async () => {
    const { page } = window;
    await window.run('Extensions: Show Installed Extensions');
    const row = page.locator('.extension-list-item', { hasText: 'NeuroMFA' });
    await row.waitFor();
    await assertTranslated(row.locator('.description'));
    await row.locator('.name').click();
    await page.locator('.extension-editor .description').waitFor();
    await assertTranslated(page.locator('.extension-editor .description'));
    await window.run('View: Close All Editors');
  });

  it('reaches pages, and nothing of them is cut off at 400 px', async () => {
    await window.run('View: Show Explorer');
    await window.chooseInExplorer([workspace.file(4000)], pseudo('Analyze Checkpoint'));
    await window.panel.locator('[data-testid="panel"][data-state="done"]').waitFor();
    await window.run('View: Toggle Primary Side Bar Visibility');
    await window.page.setViewportSize({ width: 448, height: 900 });
    const page = window.panel.locator('html');
    for (const tab of await window.panel.getByRole('tab').all()) {
      await tab.click();
      await eventually(async () => {
        const width = await page.evaluate(({ clientWidth }: { clientWidth: number }) => clientWidth);
        assert.ok(width <= 400, `the page is ${width} px wide`);
        assert.deepEqual(await page.evaluate(cutOffTexts), []);
      });
      const plain = (await page.evaluate(plainTexts)).filter((text) => !SAME_IN_PAGES.test(text));
      assert.deepEqual(plain, [], (await tab.textContent()) ?? '');
    }
    await window.page.setViewportSize({ width: 1400, height: 900 });
    await window.run('View: Toggle Primary Side Bar Visibility');
    await window.run('View: Close All Editors');
  });

  it('reaches the walkthrough', async () => {
    const { page } = window;
    await window.run('Welcome: Open Walkthrough...');
    await window.quickRows.filter({ hasText: 'NeuroMFA' }).first().click();
    const steps = page.locator('.getting-started-step');
    await steps.nth(3).waitFor();
    assert.equal(await steps.count(), 4);
    const words = page
      .locator('.gettingStartedSlideDetails')
      .locator('.step-title, .step-description-container, .category-title, .category-description');
    await assertTranslated(words);
  });
});
