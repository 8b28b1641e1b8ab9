/** One workbench window, driven as a user drives it. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { eventually, PATIENCE_MS } from '../../support/eventually';
import type { WorkbenchServer } from './server';
import { THEMES, type Settings, type Theme } from './settings';

/** The palette lists every command long before; if not, it has been closed and is opened again. */
const PALETTE_MS = 20_000;
/** How long a menu may take to show an entry; if it takes longer, the menu has been closed and is opened again. */
const MENU_MS = 20_000;
/** How long a menu is left closed before it is opened again. */
const MENU_PAUSE_MS = 500;
/** VS Code ignores clicks on a menu for the first 100 ms, as the window itself counts them. */
const MENU_SETTLES_MS = 250;
/** A file dialog closes sooner than that, once it has taken an answer. */
const DIALOG_MS = 5000;

export class Workbench {
  readonly page: Page;
  readonly #server: WorkbenchServer;
  readonly #folder: string;
  #revision = 0;

  /** @param folder what the window opens; the harness keeps its settings there. */
  constructor(page: Page, server: WorkbenchServer, folder: string) {
    this.page = page;
    this.#server = server;
    this.#folder = folder;
    page.setDefaultTimeout(PATIENCE_MS);
  }

  async open(): Promise<void> {
    await this.page.goto(this.#server.url(this.#folder));
    await this.#explorerRows.first().waitFor();
  }

  async reload(): Promise<void> {
    // Not the browser's reload: the window has to save its state first.
    await Promise.all([this.page.waitForEvent('load'), this.run('Developer: Reload Window')]);
    await this.#explorerRows.first().waitFor();
  }

  get #explorerRows(): Locator {
    return this.page.locator('.explorer-folders-view .monaco-list-row');
  }

  /** The row of a file or folder in the explorer, its parents opened. */
  async explorerRow(path: string): Promise<Locator> {
    const steps = relative(this.#folder, path).split(sep);
    const parents = steps
      .slice(0, -1)
      .map((_, i) => this.#rowOf(join(this.#folder, ...steps.slice(0, i + 1))));
    const row = this.#rowOf(path);
    const opened = this.page.locator('[aria-expanded="true"]');
    // The editor may open a folder by itself at the moment of a click, which then folds it: look again.
    await eventually(async () => {
      for (const parent of parents) {
        await parent.waitFor();
        if ((await parent.getAttribute('aria-expanded')) !== 'false') continue;
        await parent.click();
        await appears(parent.and(opened));
      }
      assert.ok(await appears(row), `${path} is not in the explorer`);
    });
    return row;
  }

  #rowOf(path: string): Locator {
    return this.#explorerRows.filter({ has: this.page.locator(`.monaco-icon-label[aria-label="${path}"]`) });
  }

  /** Selects `paths` in the explorer and picks an entry from the context menu of the last one. */
  async chooseInExplorer(paths: readonly string[], entry: string): Promise<void> {
    for (const each of paths) await this.explorerRow(each);
    const path = paths.at(-1)!;
    const last = await this.explorerRow(path);
    const item = this.menuItem(entry);
    // Ours are in a menu of their own.
    const own = this.page.locator('.monaco-menu .action-item', {
      has: this.page.getByText('NeuroMFA', { exact: true }),
    });
    await this.#pick(async () => {
      for (const [index, each] of paths.entries()) {
        const row = await this.explorerRow(each);
        // A menu opened on one of several selected rows is about all of them: those of an earlier choice must go.
        const several =
          paths.length > 1 || (await this.#explorerRows.and(this.page.locator('.selected')).count()) > 1;
        if (several) await row.click({ modifiers: index === 0 ? [] : ['ControlOrMeta'] });
      }
      await last.click({ button: 'right' });
      await this.page.locator('.monaco-menu .action-item').first().waitFor({ timeout: MENU_MS });
      // Rows may have moved under the pointer, as folders open.
      assert.ok(
        (await last.and(this.page.locator('.focused')).count()) > 0,
        `the menu is not that of ${path}`,
      );
      if ((await item.count()) > 0) return [item];
      // Extensions register their entries some time after the window shows.
      assert.ok((await own.count()) > 0, `"${entry}" is not in the context menu of ${path}`);
      return [own, item];
    });
  }

  /** Selects rows of a tree and picks an entry from the context menu of the last one. */
  async chooseInTree(rows: readonly Locator[], entry: string): Promise<void> {
    await this.#pick(async () => {
      for (const [index, row] of rows.entries())
        await row.click({ modifiers: index === 0 ? [] : ['ControlOrMeta'] });
      // A row that the tree draws anew between two clicks can miss one: the entry would be of the others alone.
      for (const row of rows) assert.ok(await isSelected(row), 'a row that was clicked is not selected');
      await rows.at(-1)!.click({ button: 'right' });
      return [this.menuItem(entry)];
    });
  }

  /**
   * Picks what `open` returns from a context menu: an entry, or the entry of a menu and one within it. A menu closes when
   * anything else takes the focus or the window is laid out anew, as happens some time after it was loaded: it is then
   * opened again, as people do.
   */
  async #pick(open: () => Promise<readonly Locator[]>): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      try {
        for (const entry of await open()) await this.#clickMenuItem(entry, MENU_MS);
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
      // The menu within it first, then itself.
      await this.page.keyboard.press('Escape');
      await this.page.keyboard.press('Escape');
      await this.page.waitForTimeout(MENU_PAUSE_MS);
    }
  }

  /** An entry of the context menu that is open. */
  menuItem(entry: string): Locator {
    // The whole name: another entry may begin with it.
    // The last of them: a menu within a menu is part of its entry there.
    return this.page
      .locator('.monaco-menu .action-item', { has: this.page.getByText(entry, { exact: true }) })
      .last();
  }

  /** @param timeout how long the menu may take to show it, in milliseconds. */
  async #clickMenuItem(item: Locator, timeout: number): Promise<void> {
    await item.hover({ timeout });
    // By the window's own timer, which comes after the menu's however late both are.
    await item.evaluate((_, ms) => new Promise((done) => setTimeout(done, ms)), MENU_SETTLES_MS, { timeout });
    await item.click({ timeout });
  }

  /** Runs a command by its title, from the command palette. */
  async run(title: string): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      await this.page.keyboard.press('F1');
      try {
        // The keyboard would write into whatever has the focus by then.
        await this.quickInput
          .locator('input[type="text"]')
          .first()
          .fill(`>${title}`, { timeout: PALETTE_MS });
        await this.quickRows.filter({ hasText: title }).first().click({ timeout: PALETTE_MS });
        return;
      } catch (error) {
        // Whatever takes the focus meanwhile closes the palette.
        if (Date.now() > deadline) throw error;
        await this.page.keyboard.press('Escape');
      }
    }
  }

  get quickInput(): Locator {
    return this.page.locator('.quick-input-widget');
  }

  get quickRows(): Locator {
    return this.page.locator('.quick-input-list .monaco-list-row');
  }

  /** Answers the file dialog, which in a browser is a text box with a button. */
  async answerFileDialog(path: string, button = 'OK'): Promise<void> {
    const input = this.quickInput.locator('input[type="text"]').first();
    // It fills in the folder it starts from, and lists it, some time after it opens.
    await eventually(async () => {
      assert.match(await input.inputValue(), /^\//);
    });
    await this.quickRows.first().waitFor();
    await input.fill(path);
    const accept = this.quickInput.locator('.monaco-button', { hasText: button });
    // While it reads a folder, it ignores the button.
    await eventually(async () => {
      if (await accept.isVisible()) await accept.click({ timeout: DIALOG_MS });
      await accept.waitFor({ state: 'hidden', timeout: DIALOG_MS });
    });
  }

  toast(text?: string | RegExp): Locator {
    return this.page.locator('.notification-toast', text === undefined ? {} : { hasText: text });
  }

  async clearToasts(): Promise<void> {
    if ((await this.toast().count()) > 0) await this.run('Notifications: Clear All Notifications');
  }

  get tabs(): Locator {
    return this.page.locator('.tabs-container .tab');
  }

  async closeEditors(): Promise<void> {
    if ((await this.tabs.count()) === 0) return;
    await this.run('View: Close All Editors');
    await this.page.locator('iframe.webview').waitFor({ state: 'detached' });
  }

  /** Waits until every webview has begun to show its page. */
  async webviewsLoaded(): Promise<void> {
    await eventually(async () => {
      for (const webview of await this.page.locator('iframe.webview').all())
        assert.ok(
          (await webview.contentFrame().locator('iframe#active-frame').count()) > 0,
          'a webview shows no page',
        );
    });
  }

  /** The document of the only open panel. */
  get panel(): FrameLocator {
    return this.page.frameLocator('iframe.webview').frameLocator('iframe#active-frame');
  }

  /** @param others the folder's other settings. */
  async setTheme(theme: Theme, others: Settings = {}): Promise<void> {
    await this.configure({ ...others, 'workbench.colorTheme': THEMES[theme].name });
    await this.page.locator(`.monaco-workbench.${THEMES[theme].cssClass}`).waitFor();
  }

  /**
   * Replaces the folder's settings, and waits until the window has taken them: its title tells. (The folder's, because
   * the server does not watch those of the user.)
   */
  async configure(settings: Settings): Promise<void> {
    const title = `settings ${++this.#revision}`;
    mkdirSync(join(this.#folder, '.vscode'), { recursive: true });
    writeFileSync(
      join(this.#folder, '.vscode/settings.json'),
      JSON.stringify({ ...settings, 'window.title': title }),
    );
    await eventually(async () => {
      assert.ok((await this.page.title()).includes(title), 'the window has not noticed its new settings');
    });
  }
}

/** Whether an entry is there within the time that a menu takes to open. */
async function appears(item: Locator): Promise<boolean> {
  try {
    await item.waitFor({ timeout: PALETTE_MS });
    return true;
  } catch {
    return false;
  }
}

const isSelected = (row: Locator): Promise<boolean> =>
  row.evaluate(
    (element) =>
      (element as { closest(what: string): unknown }).closest('.monaco-list-row.selected') !== null,
  );
