/** "Analyze Remote Run…" against a Hub on loopback: priced, counted, canceled, and then used as a run on a disk is. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Browser, Locator } from 'playwright-core';
import * as v from 'valibot';
import { analysisSchema, type AnalysisResult } from '../../../src/protocol/analysis';
import { Hub } from '../../remote/hub';
import { eventually } from '../../support/eventually';
import { launchBrowser } from '../harness/browser';
import { analyze } from '../harness/cli';
import { paths } from '../harness/paths';
import { WorkbenchServer, type ServerOptions } from '../harness/server';
import type { Settings } from '../harness/settings';
import { Workbench } from '../harness/workbench';
import { ALL_THEMES } from './panelSize';
import { CLI } from './session';

/** Of one checkpoint: its headers and its fingerprint, which of a file as small are all of it. */
const HEADER_BYTES = 2_700_000;
const TOKEN = 'hf_tokenOfThisSpec';
const MANY_SAMPLES = { 'neuromfa.analysis.samples': 1000, 'neuromfa.analysis.neurons': 128 };
const SCREENSHOTS = join(paths.out, 'screenshots');

/** A window beside a Hub, and what people do in it. */
class Window {
  private constructor(
    readonly hub: Hub,
    readonly server: WorkbenchServer,
    readonly browser: Browser,
    readonly workbench: Workbench,
    readonly root: string,
  ) {}

  /** @param settings of the folder. */
  static async open(settings: object = {}, options: ServerOptions = {}): Promise<Window> {
    const root = mkdtempSync(join(tmpdir(), 'neuromfa-ui-remote-'));
    const folder = join(root, 'workspace');
    mkdirSync(join(folder, '.vscode'), { recursive: true });
    writeFileSync(join(folder, 'notes.md'), 'Nothing to analyze here.\n');
    writeFileSync(join(folder, '.vscode/settings.json'), JSON.stringify(settings));
    const hub = await Hub.start();
    for (const [branch, step] of [
      ['step0', 0],
      ['step64', 64],
      ['step65', 64],
      ['step512', 512],
      ['step1000', 1000],
    ] as const)
      hub.add('lab/neox', branch, join(paths.sampleRun, `step${step}`));
    hub.add('lab/other', 'main', join(paths.sampleRun, 'step2000'));
    hub.add('lab/gated', 'main', join(paths.sampleRun, 'step3000'), [TOKEN]);
    const server = await WorkbenchServer.start({
      vsix: paths.package,
      settings: { 'files.exclude': { '**/.vscode': true } },
      env: { HF_ENDPOINT: hub.origin },
      ...options,
    });
    const browser = await launchBrowser();
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const window = new Window(hub, server, browser, new Workbench(page, server, folder), root);
    await window.workbench.open();
    await window.openSidePanel();
    return window;
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.stop();
    await this.hub.close();
    rmSync(this.root, { recursive: true });
  }

  /** Of the network: bytes of large files. */
  get sent(): number {
    return this.hub.ranges.reduce((sum, { sent: bytes }) => sum + bytes, 0);
  }

  get section(): Locator {
    const { page } = this.workbench;
    return page.locator('.pane', { has: page.locator('[aria-label="Training Runs Section"]') });
  }

  row(name: string, state = ''): Locator {
    return this.section.locator(`.monaco-list-row[aria-label^="${name}, ${state}"]`);
  }

  get input(): Locator {
    return this.workbench.quickInput.locator('input[type="text"], input[type="password"]').first();
  }

  screenshot(name: string): Promise<Buffer> {
    return this.workbench.page.screenshot({ path: join(SCREENSHOTS, `remote-${name}.png`) });
  }

  /** Pictures for people to look at. @param settings of the folder, which stay. */
  async inThemes(name: string, settings: Settings = {}): Promise<void> {
    for (const theme of ALL_THEMES) {
      await this.workbench.setTheme(theme, settings);
      await this.screenshot(`${name}-${theme}`);
    }
    await this.workbench.configure(settings);
  }

  async openSidePanel(): Promise<void> {
    const { page } = this.workbench;
    const icon = page.locator('.activitybar .action-item', {
      has: page.locator('.action-label[aria-label^="NeuroMFA"]'),
    });
    await icon.waitFor();
    if (!(await icon.getAttribute('class'))?.includes('checked')) await icon.click();
    await this.section.waitFor();
    // Else its page is there beside that of the panel.
    const dashboard = page.locator('.pane-header[aria-label^="Dashboard"]');
    if ((await dashboard.getAttribute('aria-expanded')) === 'true') await dashboard.click();
    await page.locator('.pane-header[aria-label^="Dashboard"][aria-expanded="false"]').waitFor();
  }

  /** Types an address. */
  async name(address: string): Promise<void> {
    await this.workbench.run('NeuroMFA: Analyze Remote Run');
    await this.workbench.quickInput.getByText('Analyze Remote Run').waitFor();
    await this.input.fill(address);
    await this.workbench.page.keyboard.press('Enter');
  }

  async panelIn(state: string): Promise<Locator> {
    const panel = this.workbench.panel.locator(`[data-testid="panel"][data-state="${state}"]`);
    await panel.waitFor();
    return panel;
  }

  /** Opens the only panel there is. */
  async only(open: () => Promise<void>): Promise<void> {
    await this.workbench.clearToasts();
    await this.workbench.closeEditors();
    await open();
  }

  async dismiss(): Promise<void> {
    await this.workbench.page.keyboard.press('Escape');
    await this.workbench.quickInput.waitFor({ state: 'hidden' });
  }
}

const place = (step: number): string => join(paths.sampleRun, `step${step}`);
/** What is of the place, not of the weights. */
const withoutPlace = (result: AnalysisResult): unknown => ({
  ...result,
  timing: null,
  checkpoint: { ...result.checkpoint, path: '', name: '' },
});

describe('a run on the Hub', () => {
  let window: Window;
  let workbench: Workbench;
  let hub: Hub;
  before(async () => {
    window = await Window.open();
    ({ workbench, hub } = window);
    await workbench.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed')
      await window.screenshot(`lost ${this.currentTest.title.slice(0, 20)}`);
  });
  after(() => window.close());

  it('is left by Cancel while it is looked at, and leaves nothing behind', async () => {
    const open = hub.hold();
    await window.name('lab/other');
    const toast = workbench.toast('reading the headers of one checkpoint');
    await toast.waitFor();
    await window.screenshot('looking');
    await toast.hover();
    await toast.locator('.monaco-button, .action-label', { hasText: 'Cancel' }).first().click();
    await toast.waitFor({ state: 'detached' });
    open();
    assert.equal(await workbench.quickInput.isVisible(), false);
    assert.equal(await workbench.toast().count(), 0);
    assert.equal(await window.section.getByText('other').count(), 0);
  });

  it('shows branches, their price and which hold the same weights before a weight is read, counts, and is canceled', async () => {
    // Many samples: it is still at work when it is canceled.
    await workbench.configure(MANY_SAMPLES);
    const before = window.sent;
    await window.name('lab/neox');
    await workbench.quickRows.filter({ hasText: 'step1000' }).waitFor();
    assert.equal(await workbench.quickRows.count(), 5);
    await workbench.quickRows.filter({ hasText: 'the same weights as step65: no E' }).waitFor();
    const price = workbench.quickInput.locator('.quick-input-title');
    assert.match(
      await price.innerText(),
      /^neox: reading [\d.]+.[kM]B in [\d,]+ requests takes about \d+.s$/,
    );
    assert.match(
      (await window.input.getAttribute('placeholder')) ?? '',
      /^5 checkpoints, [\d.]+.MB · 2 hold the same weights as others$/,
    );
    const sent = window.sent - before;
    assert.ok(sent < HEADER_BYTES, `${sent} bytes were sent`);
    await workbench.toast().waitFor({ state: 'detached' });
    await window.inThemes('price', MANY_SAMPLES);
    // Accepted, its checkpoints are counted; canceled, none has a result.
    await workbench.page.keyboard.press('Enter');
    await window.row('neox', '0 of 5 analyzed').waitFor();
    await window.section.locator('.codicon-cloud').waitFor();
    await workbench.page.locator('.statusbar-item', { hasText: /NeuroMFA 0 of 4/ }).waitFor();
    await window.screenshot('running');
    await workbench.run('NeuroMFA: Cancel All Analyses');
    await workbench.page
      .locator('.statusbar-item', { hasText: /NeuroMFA \d+ of/ })
      .waitFor({ state: 'detached' });
    await window.row('neox', '0 of 5 analyzed').waitFor();
    await workbench.configure({});
    await window.row('step0', 'not analyzed').waitFor();
    await workbench.chooseInTree([window.row('neox')], 'Analyze Run');
    await window.row('neox', '5 of 5 analyzed').waitFor();
  });

  it('has figures with menus, which save them and open a checkpoint', async () => {
    await window.only(() => workbench.chooseInTree([window.row('neox')], 'Open Trends'));
    const panel = await window.panelIn('done');
    const chart = panel.getByTestId('chart-width');
    await chart.waitFor();
    await window.screenshot('trends');
    await chart.press('ArrowRight');
    await chart.press('ContextMenu');
    await panel.getByTestId('open-point-width').waitFor();
    // The explorer shows the files of this machine alone.
    await panel.getByTestId('reveal-point-width').waitFor({ state: 'hidden' });
    await chart.page().keyboard.press('Escape');
    const file = join(window.root, 'width.csv');
    await panel.getByTestId('figure-menu-width').click();
    await panel.getByTestId('save-csv-width').click();
    await workbench.answerFileDialog(file);
    await eventually(() => {
      assert.match(readFileSync(file, 'utf8'), /step/);
    });
    await chart.press('ArrowRight');
    await chart.press('ContextMenu');
    await panel.getByTestId('open-point-width').click();
    await workbench.tabs.filter({ hasText: /step\d+/ }).waitFor();
  });

  it('has the results of a disk, which are exported', async () => {
    await window.only(() => workbench.chooseInTree([window.row('step512')], 'Open Spectrum'));
    const panel = await window.panelIn('done');
    const file = join(window.root, 'spectrum.json');
    await panel.getByTestId('export').click();
    await panel.getByTestId('export-json').click();
    await workbench.answerFileDialog(file);
    await panel.getByTestId('status').filter({ hasText: file }).waitFor();
    const written = v.parse(
      v.object({ results: v.array(analysisSchema) }),
      JSON.parse(readFileSync(file, 'utf8')),
    );
    const expected = await analyze(CLI, [place(512)]);
    assert.match(written.results[0]!.checkpoint.path, /^hf:\/\/lab\/neox@step512\//);
    assert.deepEqual(written.results.map(withoutPlace), expected.map(withoutPlace));
  });

  it('is inspected, and all its values are read only once that is wanted', async () => {
    await window.only(() => workbench.chooseInTree([window.row('step1000')], 'Inspect Checkpoint'));
    const view = workbench.panel.locator('[data-testid="inspect"][data-state="done"]');
    await view.getByTestId('headline').filter({ hasText: '76 tensors' }).waitFor();
    await view.getByTestId('compute-facts').click();
    // Each value is read twice: for ranges first, and then for histograms.
    const toast = workbench.toast(/All weights of .*step1000.* are needed: 5\.0.MB over the network/);
    await toast.waitFor();
    await window.screenshot('asked');
    await toast.locator('.monaco-button', { hasText: 'Start' }).click();
    const rows = view.getByTestId('table-facts').locator('tbody tr');
    await eventually(async () => {
      assert.equal(await rows.count(), 76);
    });
    await window.screenshot('inspect');
  });

  it('is compared, checkpoint with checkpoint', async () => {
    await window.only(() =>
      workbench.chooseInTree([window.row('step0'), window.row('step1000')], 'Compare…'),
    );
    const panel = await window.panelIn('done');
    await panel
      .getByTestId('tensors-sentence')
      .filter({ hasText: /^Different: \d+ of 76 tensors/ })
      .waitFor();
    await window.screenshot('compare');
  });

  it('is no link, and lies in no folder: both are said', async () => {
    await window.row('step0').click();
    await workbench.page.keyboard.press('Control+Alt+KeyL');
    await workbench.toast('Links are to runs and checkpoints on this machine alone.').waitFor();
    await workbench.page.keyboard.press('Shift+Alt+KeyR');
    await workbench.toast('This run is remote: hf: //lab/neox@step0').waitFor();
  });

  it('asks for a token once, and sends it to the Hub alone', async () => {
    await window.name('lab/gated');
    const password = workbench.quickInput.locator('input[type="password"]');
    await password.waitFor();
    await workbench.quickInput
      .getByText(`sent only to ${new URL(hub.origin).host}`)
      .first()
      .waitFor();
    await window.screenshot('token');
    await password.fill(TOKEN);
    await workbench.page.keyboard.press('Enter');
    const listed = workbench.quickRows.filter({ hasText: 'MB' });
    await listed.first().waitFor();
    await workbench.page.keyboard.press('Enter');
    await window.row('gated', '1 of 1 analyzed').waitFor();
    // Not a second time.
    await window.name('lab/gated');
    await listed.first().waitFor();
    await window.dismiss();
    const withToken = hub.asked.filter(({ authorization }) => authorization !== undefined);
    assert.ok(withToken.length > 0);
    assert.ok(withToken.every(({ of }) => of !== 'cdn'));
  });

  it('is there after a reload without a network, with its age; other settings for what was read need none', async () => {
    const { host } = new URL(hub.origin);
    await workbench.closeEditors();
    await hub.close();
    // The window counts as loaded once it shows the explorer.
    await workbench.run('View: Show Explorer');
    await workbench.reload();
    await window.openSidePanel();
    // Closed rows look for nothing; the panel does.
    await window.only(() => workbench.chooseInTree([window.row('neox')], 'Open Trends'));
    const trends = await window.panelIn('done');
    await trends.getByTestId('chart-width').waitFor();
    await trends
      .getByTestId('unchecked')
      .filter({ hasText: /neox \(as of \d{4}-\d\d-\d\d \d\d:\d\d\)/ })
      .waitFor();
    await window.row('neox', '5 of 5 analyzed').waitFor();
    await window.inThemes('offline');
    // The same samples, counted otherwise.
    await workbench.configure({ 'neuromfa.analysis.samples': 10, 'neuromfa.analysis.threshold': 60 });
    await window.row('neox', '0 of 5 analyzed').waitFor();
    await workbench.chooseInTree([window.row('neox')], 'Analyze Run');
    await window.row('neox', '5 of 5 analyzed').waitFor();
    // Other samples were never read.
    await workbench.configure({ 'neuromfa.analysis.samples': 10, 'neuromfa.analysis.seed': 5000 });
    await window.row('neox', '0 of 5 analyzed').waitFor();
    await workbench.chooseInTree([window.row('neox')], 'Analyze Run');
    await window.row('neox', '0 of 5 analyzed · 5 failed').waitFor();
    await eventually(() => {
      const log = window.server.logs('NeuroMFA.log').join('\n');
      assert.ok(log.includes(`${host} cannot be reached`), log);
    });
  });
});

describe('a run on the Hub in Restricted Mode', () => {
  const wrongWay = createServer((_, response) => response.writeHead(500).end());
  let strayed = 0;
  let window: Window;
  before(async () => {
    wrongWay.on('connection', () => strayed++);
    await new Promise<void>((ready) => wrongWay.listen(0, '127.0.0.1', ready));
    const proxy = `http://127.0.0.1:${(wrongWay.address() as AddressInfo).port}`;
    // What a folder that nobody trusts would like: another way, and as much as there is.
    const wanted = { 'http.proxy': proxy, 'neuromfa.analysis.mode': 'full', 'neuromfa.dispatch': 'slurm' };
    window = await Window.open(wanted, { restricted: true });
  });
  after(async () => {
    await window.close();
    await new Promise((closed) => wrongWay.close(closed));
  });

  it('is read where the user types its address, by the way and in the mode of the user', async () => {
    const { workbench } = window;
    await workbench.page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor();
    await window.name('lab/neox');
    await workbench.quickRows.filter({ hasText: 'step1000' }).waitFor();
    await window.screenshot('restricted');
    await workbench.page.keyboard.press('Enter');
    await window.row('neox', '5 of 5 analyzed').waitFor();
    const panel = await window.panelIn('done');
    assert.equal(await panel.getByTestId('mode').inputValue(), 'sampled');
    assert.equal(strayed, 0);
  });
});
