import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Browser, Locator } from 'playwright-core';
import { integer } from '../../../src/protocol/format';
import { launchBrowser } from '../harness/browser';
import { paths } from '../harness/paths';
import { WorkbenchServer } from '../harness/server';
import { Workbench } from '../harness/workbench';
import { HostileFolder } from './hostileFolder';
import { ANALYZE } from './session';

/** So many samples that an analysis does not end before it is looked at: the user's own, and what the folder asks for. */
const SAMPLES = { user: 1000, folder: 900 };
const ofSamples = (samples: number): Record<string, number> => ({
  'neuromfa.analysis.samples': samples,
  'neuromfa.analysis.neurons': 128,
});
/** In pages, which interpret nothing but marks of direction, they are as they are. */
const IN_PAGE = /\[Repair\] ?\(command:[^]*\$ ?\(verified\)/;
/** How the names are shown: with a space in what would be a link and an icon, and the mark of direction as its escape. */
const PLAIN = /\[Repair\] \(command:[^]*\$ \(verified\)\\u202e/;

for (const restricted of [false, true]) {
  describe(restricted ? 'hostile names in Restricted Mode' : 'hostile names in a trusted folder', () => {
    const hostile = new HostileFolder(ofSamples(SAMPLES.folder));
    let server: WorkbenchServer | undefined;
    let browser: Browser | undefined;
    let workbench: Workbench;

    before(async () => {
      const settings = { ...ofSamples(SAMPLES.user), 'files.exclude': { '**/.vscode': true } };
      server = await WorkbenchServer.start({ vsix: paths.package, restricted, settings });
      browser = await launchBrowser();
      const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
      workbench = new Workbench(page, server, hostile.folder);
      await workbench.open();
    });

    after(async () => {
      await browser?.close();
      await server?.stop();
      hostile.remove();
    });

    afterEach(async function () {
      if (this.currentTest?.state === 'failed') {
        const name = this.currentTest.fullTitle().replace(/\W+/g, '-');
        await workbench.page.screenshot({ path: `${paths.out}/failures/${name}-own.png` });
      }
      await workbench.page.keyboard.press('Escape');
      await workbench.closeEditors();
      await workbench.clearToasts();
      assert.equal(hostile.ran, false);
    });

    /** Asserts that `place` shows the hostile name, with nothing in it that can be clicked and no icon of its own. */
    const assertPlain = async (place: Locator, text = PLAIN): Promise<void> => {
      const shown = place.filter({ hasText: text }).first();
      await shown.waitFor();
      assert.equal(await shown.locator('a[href], .monaco-link').count(), 0);
      assert.equal(await shown.locator('.codicon-verified').count(), 0);
    };

    const messageOf = (toast: Locator): Locator => toast.locator('.notification-list-item-message');

    it('are in a window of that kind', async () => {
      const badge = workbench.page.locator('.statusbar-item', { hasText: 'Restricted Mode' });
      if (restricted) await badge.waitFor();
      else assert.equal(await badge.count(), 0);
    });

    it('of an element type are text in the error', async () => {
      await workbench.chooseInExplorer([hostile.elementType], ANALYZE);
      await assertPlain(workbench.panel.locator('.state'), IN_PAGE);
    });

    it('of a tensor are text in the error', async () => {
      await workbench.chooseInExplorer([hostile.tensor], ANALYZE);
      await assertPlain(workbench.panel.locator('.state'), IN_PAGE);
    });

    it('of a file are text in the title of the progress and of the tab', async () => {
      await workbench.chooseInExplorer([hostile.file], ANALYZE);
      await assertPlain(workbench.panel.locator('.state h1'), IN_PAGE);
      await assertPlain(workbench.tabs);
      // What the folder asks for counts where it is trusted.
      const samples = restricted ? SAMPLES.user : SAMPLES.folder;
      await workbench.panel
        .getByTestId('chip')
        .filter({ hasText: `${integer(samples)} samples` })
        .waitFor();
      await workbench.panel.getByTestId('cancel').click();
      await workbench.panel.locator('[data-testid="panel"][data-state="cancelled"]').waitFor();
    });

    it('of a folder are text in the progress of several', async () => {
      await workbench.chooseInExplorer([hostile.file, ...hostile.run], ANALYZE);
      await assertPlain(workbench.panel.getByTestId('items'), IN_PAGE);
      await workbench.panel.getByTestId('cancel').click();
      await workbench.panel.locator('[data-testid="panel"][data-state="cancelled"]').waitFor();
    });

    it('are text in the list to choose from', async () => {
      await workbench.run('NeuroMFA: Analyze Checkpoint');
      const { quickRows, quickInput } = workbench;
      await assertPlain(quickRows.filter({ hasText: 'file/' }));
      await assertPlain(quickRows.filter({ hasText: 'step1000' }));
      // With what is wrong, as well.
      const wrong = quickRows.filter({ hasText: 'dtype/' });
      await wrong.locator('.codicon-warning').waitFor();
      await assertPlain(wrong);
      assert.equal(await quickInput.locator('.codicon-verified').count(), 0);
    });

    it('are text in the tree of runs', async () => {
      await workbench.run('NeuroMFA: Focus on Training Runs View');
      const view = workbench.page.locator('.pane', {
        has: workbench.page.locator('[aria-label="Training Runs Section"]'),
      });
      const rows = view.locator('.monaco-list-row');
      await assertPlain(rows);
      const label = await rows.filter({ hasText: PLAIN }).first().getAttribute('aria-label');
      assert.match(label ?? '', PLAIN);
      assert.equal(await view.locator('.codicon-verified').count(), 0);
      await workbench.run('View: Show Explorer');
    });

    it('of a setting are text in the error and above the tree', async () => {
      const quiet = { 'files.exclude': { '**/.vscode': true } };
      await workbench.configure({ ...quiet, 'neuromfa.analysis.include': [hostile.name] });
      await workbench.run('NeuroMFA: Focus on Training Runs View');
      const message = workbench.page.locator('.tree-explorer-viewlet-tree-view .message');
      // Where the folder is not trusted, its settings do not choose what is analyzed.
      if (restricted) assert.equal(await message.filter({ hasText: 'Repair' }).count(), 0);
      else await assertPlain(message);
      await workbench.run('View: Show Explorer');
      if (restricted) return;
      await workbench.configure({ ...quiet, 'neuromfa.analysis.blocks': [hostile.name] });
      await workbench.chooseInExplorer([hostile.file], ANALYZE);
      await assertPlain(messageOf(workbench.toast('neuromfa.analysis.blocks')));
    });

    it('are text in the log', async () => {
      const logged = (): string => server!.logs('NeuroMFA.log').join('');
      while (!PLAIN.test(logged())) await workbench.page.waitForTimeout(200);
      const log = logged();
      assert.doesNotMatch(log, /\]\(command:|\$\(verified|\u202e/);
    });
  });
}
