/** "Analyze Remote Run…" against a Hub on loopback: what lies there and its price, before a weight is read. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Browser, Locator } from 'playwright-core';
import { Hub } from '../../remote/hub';
import { launchBrowser } from '../harness/browser';
import { paths } from '../harness/paths';
import { WorkbenchServer } from '../harness/server';
import { Workbench } from '../harness/workbench';

/** Of one checkpoint: its headers and its fingerprint, which of a file as small are all of it. */
const HEADER_BYTES = 2_700_000;

describe('a run on the Hub', () => {
  const root = mkdtempSync(join(tmpdir(), 'neuromfa-ui-remote-'));
  const folder = join(root, 'workspace');
  let hub: Hub;
  let server: WorkbenchServer;
  let browser: Browser;
  let workbench: Workbench;

  before(async () => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'notes.md'), 'Nothing to analyze here.\n');
    hub = await Hub.start();
    for (const [branch, step] of [
      ['step0', 0],
      ['step64', 64],
      ['step65', 64],
      ['step512', 512],
      ['step1000', 1000],
    ] as const)
      hub.add('lab/neox', branch, join(paths.sampleRun, `step${step}`));
    const settings = { 'files.exclude': { '**/.vscode': true } };
    server = await WorkbenchServer.start({ vsix: paths.package, settings, env: { HF_ENDPOINT: hub.origin } });
    browser = await launchBrowser();
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    workbench = new Workbench(page, server, folder);
    await workbench.open();
    await openSidePanel();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await screenshot(`lost ${this.currentTest.title.slice(0, 20)}`);
  });
  after(async () => {
    await browser.close();
    await server.stop();
    await hub.close();
    rmSync(root, { recursive: true });
  });

  const section = (): Locator =>
    workbench.page.locator('.pane', {
      has: workbench.page.locator('[aria-label="Training Runs Section"]'),
    });
  const sent = (): number => hub.ranges.reduce((sum, { sent: bytes }) => sum + bytes, 0);
  const input = (): Locator =>
    workbench.quickInput.locator('input[type="text"], input[type="password"]').first();
  const screenshot = (name: string): Promise<Buffer> =>
    workbench.page.screenshot({ path: join(paths.out, 'screenshots', `remote-${name}.png`) });

  async function openSidePanel(): Promise<void> {
    const icon = workbench.page.locator('.activitybar .action-item', {
      has: workbench.page.locator('.action-label[aria-label^="NeuroMFA"]'),
    });
    await icon.waitFor();
    if (!(await icon.getAttribute('class'))?.includes('checked')) await icon.click();
    await section().waitFor();
  }
  async function name(address: string): Promise<void> {
    await workbench.run('NeuroMFA: Analyze Remote Run');
    await workbench.quickInput.getByText('Analyze Remote Run').waitFor();
    await input().fill(address);
    await workbench.page.keyboard.press('Enter');
  }

  it('shows branches, what reading them takes, and which hold the same weights, before a weight is read', async () => {
    await name('lab/neox');
    await workbench.quickRows.filter({ hasText: 'step1000' }).waitFor();
    assert.equal(await workbench.quickRows.count(), 5);
    await workbench.quickRows.filter({ hasText: 'the same weights as step65' }).waitFor();
    const price = await input().getAttribute('placeholder');
    assert.match(
      price ?? '',
      /^3 checkpoints, [\d.]+.MB\. Read: [\d.]+.[kM]B in [\d,]+ requests; about .+\.$/,
    );
    assert.ok(sent() < HEADER_BYTES, `${sent()} bytes were sent`);
    await screenshot('price');
  });
});
