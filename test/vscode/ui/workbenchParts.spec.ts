/**
 * What the extension has the editor draw, outside of its own pages: menus, lists, messages, the walkthrough, the page of
 * details. axe looks at all of it, but for rules that the editor's own elements break whatever they show.
 */
import assert from 'node:assert/strict';
import { after, afterEach, describe, it } from 'mocha';
import type { Locator, Page } from 'playwright-core';
import { eventually } from '../../support/eventually';
import { THEMES, type Theme } from '../harness/settings';
import { assertAccessible, type EditorsOwn } from './axe';
import { panelIn } from './panel';
import { closeSidePanel, openSidePanel, press, queueStatus, row, rowIn } from './runsView';
import { ANALYZE, openEmptyWindow, workbench, workspace } from './session';

const RUN = 'neox-1m';
/** Half a minute of two processors. */
const LONG = { 'neuromfa.analysis.samples': 1000, 'neuromfa.analysis.neurons': 128 };
/** How long a menu may take to open; it is opened again then. */
const MENU_MS = 5000;
/** What WCAG 1.4.11 asks of icons that tell something. */
const ICON_CONTRAST = 3;

/** Entries of menus are within lists of no role, and say that they are not checked, in a role that knows no such thing. */
const MENUS: readonly EditorsOwn[] = [
  { rule: 'aria-allowed-attr', selector: '.action-menu-item' },
  { rule: 'aria-required-parent', selector: '.action-menu-item' },
  { rule: 'aria-required-children', selector: 'ul.actions-container' },
  { rule: 'presentation-role-conflict', selector: 'li.action-item' },
];
/**
 * Rows of lists have a level in a role that knows none, boxes within boxes, and keys with a name but no role; what is drawn in
 * two places is said with a comma.
 */
const LISTS: readonly EditorsOwn[] = [
  { rule: 'aria-allowed-attr', selector: '.monaco-list-row' },
  { rule: 'aria-prohibited-attr', selector: '.monaco-keybinding' },
  { rule: 'aria-required-children', selector: '.monaco-list' },
  { rule: 'nested-interactive', selector: '.monaco-list-row' },
  { rule: 'label-content-name-mismatch', selector: '.monaco-list-row' },
  // The text box names the row of the list that was open before.
  { rule: 'aria-valid-attr-value', selector: 'input.input' },
];
/** A label and its description are drawn without a space between them, and said with one. */
const ROWS: readonly EditorsOwn[] = [{ rule: 'label-content-name-mismatch', selector: '.monaco-list-row' }];
/** A message is a dialog in a list of one, which can be selected. */
const MESSAGES: readonly EditorsOwn[] = [
  { rule: 'aria-allowed-attr', selector: '.monaco-list, .monaco-list-row' },
  { rule: 'aria-required-children', selector: '.monaco-list' },
];
/** Steps are buttons with a box to tick, in a list of no items; the open one tells of a key first, and that under the pointer is pale. */
const WALKTHROUGH: readonly EditorsOwn[] = [
  { rule: 'aria-allowed-attr', selector: '.getting-started-step' },
  { rule: 'aria-required-children', selector: '.getting-started-detail-container' },
  { rule: 'label-content-name-mismatch', selector: '.getting-started-step' },
  { rule: 'nested-interactive', selector: '.getting-started-step' },
  { rule: 'color-contrast', selector: '.step-title' },
];
/** The name is a heading without a level. */
const DETAILS: readonly EditorsOwn[] = [
  { rule: 'aria-required-attr', selector: '.title > .name' },
  { rule: 'presentation-role-conflict', selector: '.checkbox-action-item' },
];

/** The editor writes the document around our text. */
const DOCUMENT: readonly EditorsOwn[] = [
  ...['document-title', 'html-has-lang', 'landmark-one-main'].map((rule) => ({ rule, selector: 'html' })),
  { rule: 'region', selector: 'body *' },
];

/** Asserts that what screen readers say below these is words alone, and some: no marks of links, entities or icons. */
async function assertWords(parts: Locator): Promise<void> {
  const said = (await parts.evaluateAll(namesIn)).filter((name) => name !== '');
  assert.ok(said.length > 0, 'nothing has a name');
  for (const name of said) assert.doesNotMatch(name, /&\w+;|\$\(|\]\(|~spin|command:/);
}

/** Names of elements with a role; runs in the window. */
function namesIn(elements: unknown[]): string[] {
  interface Named {
    getAttribute: (name: string) => string | null;
    querySelectorAll: (selector: string) => Iterable<Named>;
  }
  return (elements as Named[])
    .flatMap((each) => [each, ...each.querySelectorAll('[role]')])
    .map((each) => each.getAttribute('aria-label') ?? '');
}

/** Opens the menu of a row and waits for an entry of it, or of ours within it. */
async function openMenu(of: Locator, entry: string, within?: string): Promise<void> {
  await eventually(async () => {
    await workbench.page.keyboard.press('Escape');
    await of.click({ button: 'right' });
    if (within !== undefined) await workbench.menuItem(within).hover({ timeout: MENU_MS });
    await workbench.menuItem(entry).waitFor({ timeout: MENU_MS });
  });
}

async function closeMenus(): Promise<void> {
  await eventually(async () => {
    await workbench.page.keyboard.press('Escape');
    assert.equal(await workbench.page.locator('.monaco-menu').count(), 0);
  });
}

/** The contrast between an icon and the ground it is on; runs in the window. */
function contrast(icon: unknown): number {
  interface Drawn {
    parentElement: Drawn | null;
    ownerDocument: {
      defaultView: {
        getComputedStyle(of: Drawn, part?: string): { color: string; backgroundColor: string };
      };
    };
  }
  const view = (icon as Drawn).ownerDocument.defaultView;
  const light = (color: string): number => {
    const [r, g, b] = color
      .match(/[\d.]+/g)!
      .map(Number)
      .map((each) => each / 255)
      .map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  };
  let ground: Drawn | null = icon as Drawn;
  while (ground && /^rgba\(.*, 0\)$/.test(view.getComputedStyle(ground).backgroundColor))
    ground = ground.parentElement;
  const both = [
    light(view.getComputedStyle(icon as Drawn, '::before').color),
    light(ground ? view.getComputedStyle(ground).backgroundColor : 'rgb(255, 255, 255)'),
  ].sort((a, b) => b - a);
  return (both[0]! + 0.05) / (both[1]! + 0.05);
}

describe('what the editor draws for the extension has nothing that axe finds fault with', () => {
  // What the editor draws fades in, and is drawn anew while rows come: it comes to have no fault.
  const axe = (where: string, include: string, own: readonly EditorsOwn[] = []): Promise<void> =>
    eventually(() => assertAccessible(workbench.page, where, [include], own));

  afterEach(async () => {
    await closeSidePanel();
    await workbench.configure({});
  });
  after(() => workbench.configure({}));

  it('in menus', async () => {
    await openMenu(await workbench.explorerRow(workspace.file(4000)), ANALYZE, 'NeuroMFA');
    await axe('the menu within that of the explorer', '.monaco-submenu', MENUS);
    await assertWords(workbench.page.locator('.monaco-submenu .action-label'));
    await closeMenus();
    await openSidePanel();
    await openMenu(row(RUN), 'Analyze Run');
    await axe('the menu of a run', '.monaco-menu', MENUS);
    await openMenu(row('step1000'), 'Inspect Checkpoint');
    await axe('the menu of a checkpoint', '.monaco-menu', MENUS);
    await closeMenus();
  });

  it('in lists of commands and of what they ask for', async () => {
    const { page, quickInput, quickRows } = workbench;
    await page.keyboard.press('F1');
    await quickInput.locator('input[type="text"]').first().fill('>NeuroMFA: ');
    await quickRows.filter({ hasText: 'NeuroMFA: ' }).nth(5).waitFor();
    await axe('the palette', '.quick-input-widget', LISTS);
    await page.keyboard.press('Escape');
    for (const [command, shows] of [
      ['Analyze Checkpoint', 'gpt_neox'],
      ['Set Baseline of Emergence…', 'First checkpoint'],
      ['Compare…', 'gpt_neox'],
    ] as const) {
      await workbench.run(`NeuroMFA: ${command}`);
      await quickRows.filter({ hasText: shows }).first().waitFor();
      await axe(command, '.quick-input-widget', LISTS);
      await eventually(() => assertWords(quickRows));
      await page.keyboard.press('Escape');
    }
    await workbench.run('NeuroMFA: Analyze Remote Run…');
    const input = quickInput.locator('input[placeholder="owner/model"]');
    await input.waitFor();
    await axe('the address of a remote run', '.quick-input-widget', LISTS);
    await assertWords(quickInput.locator('.quick-input-header'));
    await page.keyboard.press('Escape');
    await input.waitFor({ state: 'hidden' });
  });

  it('in rows, their buttons and their icons, in every theme', async () => {
    await workbench.chooseInExplorer([workspace.file(4000)], ANALYZE);
    await panelIn('done');
    await workbench.closeEditors();
    await openSidePanel();
    await rowIn('step4000', 'α₀').waitFor();
    for (const theme of Object.keys(THEMES) as Theme[]) {
      await workbench.setTheme(theme);
      await axe(`rows, ${theme}`, '.pane-body .tree-explorer-viewlet-tree-view', ROWS);
      for (const name of [RUN, 'step1000', 'step4000', 'Cannot be read']) {
        const icon = row(name).locator('.custom-view-tree-node-item-icon');
        const found = await icon.evaluate(contrast);
        assert.ok(found >= ICON_CONTRAST, `the icon of ${name}, ${theme}: contrast ${found.toFixed(2)}`);
      }
    }
    await assertWords(row(RUN));
  });

  it('in rows of the explorer with badges', async () => {
    await workbench.configure({ 'neuromfa.explorer.decorations': true });
    const badge = workbench.page.locator('.explorer-folders-view [aria-label*="NeuroMFA:"]');
    await badge.first().waitFor();
    await axe('badges', '.explorer-folders-view');
    await assertWords(badge);
  });

  it('in the status bar', async () => {
    await workbench.configure(LONG);
    await openSidePanel();
    await rowIn(RUN, '0 of 3 analyzed').waitFor();
    await press(RUN, 'Analyze Run');
    await queueStatus().waitFor();
    await axe('the status bar', '[id="neuromfa.neuromfa.queue"]');
    await assertWords(queueStatus());
    const said = await queueStatus().locator('[role="button"]').getAttribute('aria-label');
    assert.match(said ?? '', /^NeuroMFA \d of 3\b.*\. NeuroMFA is analyzing checkpoints\.$/);
    await workbench.run('NeuroMFA: Cancel All Analyses');
    await queueStatus().waitFor({ state: 'detached' });
  });

  it('in messages', async () => {
    await workbench.run('NeuroMFA: Close Saved Results');
    const message = workbench.toast('No saved results are open.');
    await message.waitFor();
    // It comes in by and by.
    await eventually(async () => {
      assert.equal(await message.evaluate(opacity), '1');
    });
    await axe('a message', '.notification-toast', MESSAGES);
    await assertWords(workbench.toast());
  });

  it('in the walkthrough', async () => {
    const { page } = workbench;
    await workbench.run('Welcome: Open Walkthrough...');
    await workbench.quickRows.filter({ hasText: 'Get Started with NeuroMFA' }).first().click();
    const steps = page.locator('.getting-started-step');
    await steps.nth(3).waitFor();
    for (const step of await steps.all()) {
      await step.locator('.step-title').click();
      await step.and(page.locator('.expanded')).waitFor();
      await page.locator('.getting-started-media img[alt]').waitFor();
      await axe('the walkthrough', '.gettingStartedSlideDetails', WALKTHROUGH);
    }
  });

  it('on the page of details, whose pictures and links are all there', async () => {
    const { page } = workbench;
    await workbench.run('Extensions: Show Installed Extensions');
    await page.locator('.extensions-viewlet .monaco-list-row', { hasText: 'NeuroMFA' }).first().click();
    for (const tab of ['Details', 'Changelog']) {
      await page.locator('.extension-editor .navbar .action-label', { hasText: tab }).click();
      const html = page.frameLocator('iframe.webview').frameLocator('iframe#active-frame').locator('html');
      await html.getByRole('heading', { level: 1 }).waitFor();
      await axe(`the frame of ${tab}`, '.extension-editor', DETAILS);
      await assertDocument(page, await html.evaluate(outerHTML), tab);
    }
  });

  it('in the views of a window without a folder', async () => {
    const window = await openEmptyWindow();
    try {
      await window
        .locator('.activitybar .action-item', { has: window.locator('[aria-label^="NeuroMFA"]') })
        .click();
      await window.locator('.welcome-view-content:visible .monaco-button').first().waitFor();
      await assertAccessible(window, 'welcome', ['.part.sidebar .welcome-view']);
    } finally {
      await window.close();
    }
  });
});

function opacity(element: unknown): string {
  interface Styled {
    ownerDocument: { defaultView: { getComputedStyle(of: unknown): { opacity: string } } };
  }
  return (element as Styled).ownerDocument.defaultView.getComputedStyle(element).opacity;
}

function outerHTML(element: unknown): string {
  return (element as { outerHTML: string }).outerHTML;
}

/** Looks at a copy: the page itself runs no scripts, axe's neither. */
async function assertDocument(page: Page, html: string, where: string): Promise<void> {
  const copy = await page.context().browser()!.newPage();
  try {
    await copy.setContent(html);
    const dead = copy.locator('a:not([href]), img:not([src])');
    assert.deepEqual(
      await dead.evaluateAll((all) => all.map((each) => (each as { outerHTML: string }).outerHTML)),
      [],
    );
    await assertAccessible(copy, where, ['html'], DOCUMENT);
  } finally {
    await copy.close();
  }
}
