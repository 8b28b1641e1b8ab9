/** One server, one browser and one window for all specs: the first panel of a session takes a quarter of a minute. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before } from 'mocha';
import type { Browser, Page } from 'playwright-core';
import { PATIENCE_MS } from '../../support/eventually';
import { launchBrowser } from '../harness/browser';
import { paths } from '../harness/paths';
import { WorkbenchServer } from '../harness/server';
import { Workbench } from '../harness/workbench';
import { Workspace } from './workspace';

/** The entry of the explorer's context menu. */
export const ANALYZE = 'Analyze Checkpoint';

/** The command line, on the Node that the extension runs on. */
export const CLI = { cli: paths.cli, node: paths.host.node };

export const workspace = new Workspace();
export let workbench: Workbench;
let server: WorkbenchServer | undefined;
let browser: Browser | undefined;

/** What each window has written to the extension's log. */
export const logs = (): string[] => server?.logs('NeuroMFA.log') ?? [];

/** How panels were looked at last, as it is kept. */
export const keptViews = (): string[] => server!.keptViews;

/** The user's cache, where the extension and a command line of the same user store results. */
export const userCache = (): string => server!.cache;

/** Another window of the same user, with another folder. Who opens it closes its page. */
export async function openWindow(folder: string): Promise<Workbench> {
  const page = await browser!.newPage({ viewport: { width: 1400, height: 900 } });
  const window = new Workbench(page, server!, folder);
  await window.open();
  return window;
}

/** A window without a folder. Who opens it closes it. */
export async function openEmptyWindow(): Promise<Page> {
  const page = await browser!.newPage({ viewport: { width: 1400, height: 900 } });
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(server!.emptyUrl);
  return page;
}

/**
 * Lets the specs of a block drag into panels. Chromium takes no drag from one origin into another within a page (its issue
 * 59081), and panels of the oldest workbench have origins of their own (scripts/setup.mjs). On desktops they are processes of
 * their own, too, between which Electron takes drags. A browser that tells no origins apart does the same.
 */
export function allowDragsIntoPanels(): void {
  if (!paths.host.oldest) return;
  let usual: Workbench;
  let own: Browser | undefined;
  before(async () => {
    usual = workbench;
    own = await launchBrowser(['--disable-web-security']);
    const page = await own.newPage({ viewport: { width: 1400, height: 900 } });
    workbench = new Workbench(page, server!, workspace.folder);
    await workbench.open();
  });
  after(async () => {
    await own?.close();
    workbench = usual;
  });
}

before(async () => {
  if (!existsSync(paths.package)) throw new Error(`${paths.package} is missing: run \`npm run package\``);
  server = await WorkbenchServer.start({
    vsix: paths.package,
    // Where the harness keeps the folder's settings.
    settings: { 'files.exclude': { '**/.vscode': true } },
  });
  browser = await launchBrowser();
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  workbench = new Workbench(page, server, workspace.folder);
  await workbench.open();
});

afterEach(async function () {
  const test = this.currentTest;
  if (test?.state === 'failed') {
    const file = join(paths.out, 'failures', `${test.fullTitle().replace(/\W+/g, '-')}.png`);
    await workbench.page.screenshot({ path: file });
    console.log(`      what the window showed: ${file}`);
  }
  await workbench.closeEditors();
  await workbench.clearToasts();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  workspace.remove();
});
