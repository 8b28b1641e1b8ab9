/** Ways into the extension beside menus and the palette: keys, links, badges in the explorer. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Locator } from 'playwright-core';
import { eventually } from '../../support/eventually';
import { runWithStore } from '../harness/cli';
import { panelIn } from './panel';
import { closeSidePanel, openSidePanel, row, rowIn } from './runsView';
import { ANALYZE, CLI, userCache, workbench, workspace } from './session';

const RUN = 'neox-1m';
const folder = join(workspace.folder, RUN);

/** What the editor has put on the clipboard, which is the browser's. */
const clipboard = (): Promise<string> => workbench.page.evaluate('navigator.clipboard.readText()');
const emptyClipboard = (): Promise<void> => workbench.page.evaluate('navigator.clipboard.writeText("")');

/** Selects a row without opening it, and leaves it unfolded. */
async function select(found: Locator): Promise<void> {
  const unfolded = (await found.getAttribute('aria-expanded')) === 'true';
  await found.click();
  await found.and(workbench.page.locator('.focused')).waitFor();
  if (!unfolded) return;
  await found.and(workbench.page.locator('[aria-expanded="false"]')).waitFor();
  await workbench.page.keyboard.press('ArrowRight');
  await found.and(workbench.page.locator('[aria-expanded="true"]')).waitFor();
}

async function assertCopied(expected: RegExp | string): Promise<void> {
  await eventually(async () => {
    const text = await clipboard();
    if (typeof expected === 'string') assert.equal(text, expected);
    else assert.match(text, expected);
  });
}

describe('keys in the list of training runs', () => {
  before(async () => {
    await workbench.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  });
  afterEach(async () => {
    await closeSidePanel();
    await workbench.configure({});
  });

  it('copy the paths and links of what is selected', async () => {
    await openSidePanel();
    await select(row('step1000'));
    await workbench.page.keyboard.press('Shift+Alt+KeyC');
    await assertCopied(workspace.file(1000));
    await emptyClipboard();
    await workbench.page.keyboard.press('Control+Alt+KeyL');
    await assertCopied(
      new RegExp(
        `^[\\w-]+://neuromfa\\.neuromfa/checkpoint\\?path=${encodeURIComponent(workspace.file(1000))}$`,
      ),
    );
  });

  it('are about the row with the focus, which arrows move, and about the selection that it is in', async () => {
    await openSidePanel();
    await select(row('step1000'));
    await emptyClipboard();
    await workbench.page.keyboard.press('ArrowDown');
    await row('step4000').and(workbench.page.locator('.focused')).waitFor();
    await workbench.page.keyboard.press('Shift+Alt+KeyC');
    await assertCopied(workspace.file(4000));
    // The selection is as before.
    await row('step1000').and(workbench.page.locator('.selected')).waitFor();
    assert.ok(!(await row('step4000').getAttribute('class'))!.includes('selected'));
    await row('step0').click({ modifiers: ['ControlOrMeta'] });
    await workbench.page.keyboard.press('Shift+Alt+KeyC');
    await eventually(async () => {
      const copied = (await clipboard()).split('\n').sort();
      assert.deepEqual(copied, [workspace.file(0), workspace.file(1000)].sort());
    });
  });

  it('open the trends of a run', async () => {
    await openSidePanel();
    await select(row(RUN));
    await workbench.page.keyboard.press('Control+Enter');
    await workbench.tabs.filter({ hasText: `Trends: ${RUN}` }).waitFor();
  });

  it('open the picture of a checkpoint', async () => {
    await openSidePanel();
    await select(row('step1000'));
    await workbench.page.keyboard.press('Enter');
    await workbench.tabs.filter({ hasText: 'step1000' }).waitFor();
  });

  it('reveal a checkpoint in the explorer', async () => {
    await openSidePanel();
    await select(row('step4000'));
    await workbench.page.keyboard.press('Shift+Alt+KeyR');
    // The editor opens the folders above it.
    await workbench.page
      .locator('.explorer-folders-view .monaco-list-row.selected', {
        has: workbench.page.locator(`.monaco-icon-label[aria-label="${workspace.file(4000)}"]`),
      })
      .waitFor();
  });

  it('look again, also for results that a command line has stored since', async () => {
    const options = ['--samples', '3', '--seed', '90'];
    await workbench.configure({ 'neuromfa.analysis.samples': 3, 'neuromfa.analysis.seed': 90 });
    await openSidePanel();
    await rowIn('step1000', 'not analyzed').waitFor();
    await runWithStore(CLI, folder, userCache(), ...options);
    await select(row(RUN));
    await workbench.page.keyboard.press('Control+Alt+KeyR');
    await rowIn('step1000', 'α₀').waitFor();
  });
});

describe('links', () => {
  /** As "Copy Link" writes it. */
  let scheme = '';

  /** Follows a link as the editor does that gets it from the system, which asks whether the extension may have it. */
  async function follow(kind: 'run' | 'checkpoint', path: string): Promise<void> {
    await workbench.run('Developer: Open URL');
    await workbench.quickInput
      .locator('input[type="text"]')
      .fill(`${scheme}://neuromfa.neuromfa/${kind}?path=${encodeURIComponent(path)}`);
    await workbench.page.keyboard.press('Enter');
    const dialog = workbench.page.locator('.monaco-dialog-box', { hasText: 'NeuroMFA' });
    await dialog.locator('.monaco-button', { hasText: 'Open' }).click();
  }

  before(async () => {
    await workbench.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await emptyClipboard();
    await workbench.chooseInExplorer([folder], 'Copy Link');
    await assertCopied(
      new RegExp(`^[\\w-]+://neuromfa\\.neuromfa/run\\?path=${encodeURIComponent(folder)}$`),
    );
    scheme = (await clipboard()).split(':')[0]!;
  });

  it('open runs and checkpoints of the workspace', async () => {
    await follow('run', folder);
    await workbench.tabs.filter({ hasText: `Trends: ${RUN}` }).waitFor();
    await follow('checkpoint', workspace.file(1000));
    await workbench.tabs.filter({ hasText: 'step1000' }).waitFor();
  });

  it('ask before they open a checkpoint outside the workspace, and leave it alone when told so', async () => {
    const outside = join(workspace.exports, 'model.safetensors');
    await follow('checkpoint', outside);
    const dialog = workbench.page.locator('.monaco-dialog-box', {
      hasText: 'Open a checkpoint outside this workspace?',
    });
    await dialog.filter({ hasText: outside }).waitFor();
    await dialog.locator('.monaco-button', { hasText: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.equal(await workbench.tabs.count(), 0);
  });

  it('say that a run is not known', async () => {
    await follow('run', workspace.exports);
    await workbench.toast(/it is no training run of this workspace/).waitFor();
  });
});

describe('badges in the explorer', () => {
  after(() => workbench.configure({}));

  it('mark what is analyzed once they are wanted, and only then', async () => {
    await workbench.chooseInExplorer([workspace.file(1000)], ANALYZE);
    await panelIn('done');
    const label = workbench.page
      .locator('.explorer-folders-view .monaco-list-row[aria-level="3"] .monaco-icon-label')
      .filter({ hasText: 'model.safetensors' });
    const badges = async (): Promise<string[]> =>
      (await Promise.all((await label.all()).map((each) => each.evaluate(contentAfter)))).filter(Boolean);
    assert.deepEqual(await badges(), []);
    await workbench.configure({ 'neuromfa.explorer.decorations': true });
    await eventually(async () => {
      assert.ok((await badges()).includes('α₀'), (await badges()).join());
    });
    const marked = workbench.page.locator(
      '.explorer-folders-view .monaco-icon-label[aria-label*="NeuroMFA:"]',
    );
    await eventually(async () => {
      const said = await Promise.all((await marked.all()).map((each) => each.getAttribute('aria-label')));
      assert.ok(
        said.some((text) => text?.startsWith(workspace.file(1000)) && /α₀ 0\.\d+.*w 0\.\d+/.test(text)),
        said.join('\n'),
      );
    });
    await workbench.configure({});
    await marked.first().waitFor({ state: 'detached' });
  });
});

/** What a badge is drawn with; runs in the window. */
function contentAfter(element: unknown): string {
  interface Styled {
    ownerDocument: { defaultView: { getComputedStyle(of: unknown, part: string): { content: string } } };
  }
  const { content } = (element as Styled).ownerDocument.defaultView.getComputedStyle(element, '::after');
  return /^"(.*)"$/.exec(content)?.[1] ?? '';
}
