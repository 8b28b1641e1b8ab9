/** "Run on Slurm…" with a real Slurm of two nodes: rows say where their analysis is, and what is submitted outlives the window. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Browser, Locator } from 'playwright-core';
import { Cluster, missingPrograms } from '../../cluster/cluster';
import { eventually } from '../../support/eventually';
import { launchBrowser } from '../harness/browser';
import { paths } from '../harness/paths';
import { WorkbenchServer } from '../harness/server';
import { Workbench } from '../harness/workbench';

const RUN = 'neox-1m';
const missing = missingPrograms();
if (missing.length > 0 && process.env['CI']) throw new Error(`there is no Slurm: ${missing.join(', ')}`);
if (missing.length > 0) console.warn(`Specs with a real Slurm are skipped: ${missing.join(', ')} missing.`);

(missing.length > 0 ? describe.skip : describe)('a run on Slurm', () => {
  const root = mkdtempSync(join(tmpdir(), 'neuromfa-ui-slurm-'));
  const folder = join(root, 'workspace');
  let cluster: Cluster;
  let server: WorkbenchServer;
  let browser: Browser;
  let workbench: Workbench;

  before(async () => {
    for (const step of [0, 1000, 2000]) {
      const place = join(folder, RUN, `step${step}`);
      mkdirSync(place, { recursive: true });
      for (const name of ['config.json', 'model.safetensors'])
        copyFileSync(join(paths.sampleRun, `step${step}`, name), join(place, name));
    }
    const own = join(root, 'slurm');
    mkdirSync(own);
    cluster = await Cluster.start(own);
    const { PATH = '', SLURM_CONF = '' } = cluster.env;
    const settings = { 'files.exclude': { '**/.vscode': true } };
    server = await WorkbenchServer.start({ vsix: paths.package, settings, env: { PATH, SLURM_CONF } });
    browser = await launchBrowser();
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    workbench = new Workbench(page, server, folder);
    await workbench.open();
    await openSidePanel();
  });
  afterEach(async function () {
    partition('UP');
    if (this.currentTest?.state === 'failed') await screenshot(`lost ${this.currentTest.title.slice(0, 20)}`);
  });
  after(async () => {
    await browser.close();
    await server.stop();
    await cluster.stop();
    rmSync(root, { recursive: true });
  });

  const partition = (state: 'UP' | 'DOWN'): void => {
    cluster.run('scontrol', ['update', 'PartitionName=debug', `State=${state}`]);
  };
  const rowIn = (name: string, state: string): Locator =>
    workbench.page.locator(`.pane .monaco-list-row[aria-label^="${name}, ${state}"]`);
  /** Whatever Slurm calls its task. */
  const waitingRow = (name: string): Locator =>
    rowIn(name, 'Slurm ').and(workbench.page.locator('[aria-label*=": waiting"]'));
  async function openSidePanel(): Promise<void> {
    const icon = workbench.page.locator('.activitybar .action-item', {
      has: workbench.page.locator('.action-label[aria-label^="NeuroMFA"]'),
    });
    await icon.waitFor();
    if (!(await icon.getAttribute('class'))?.includes('checked')) await icon.click();
    await workbench.page.locator(`.pane .monaco-list-row[aria-label^="${RUN},"]`).waitFor();
  }
  async function runOnSlurm(): Promise<void> {
    await workbench.run('NeuroMFA: Run on Slurm');
    await workbench.quickRows.filter({ hasText: 'debug' }).click();
  }
  async function cancel(analyses: number): Promise<void> {
    await workbench.run('NeuroMFA: Cancel All');
    const dialog = workbench.page.locator('.monaco-dialog-box', {
      hasText: `End the tasks of ${analyses} analyses`,
    });
    await dialog.locator('.monaco-button', { hasText: 'End on Slurm' }).click();
    await eventually(() => {
      assert.equal(cluster.run('squeue', ['--noheader']).stdout, '');
    });
  }
  const screenshot = (name: string): Promise<Buffer> =>
    workbench.page.screenshot({ path: join(paths.out, 'screenshots', `slurm-${name}.png`) });
  const jobs = (): string[] => readdirSync(join(server.cache, 'neuromfa', 'results', 'jobs'));

  it('waits in its rows and in its panel, goes on after the window is loaded again, and comes to its results', async () => {
    partition('DOWN');
    await runOnSlurm();
    await rowIn('step0', 'Slurm 1_0: waiting (PartitionDown)').waitFor();
    await workbench.page.locator('.statusbar-item', { hasText: '3 waiting (PartitionDown)' }).waitFor();
    await screenshot('waiting');
    // The window counts as loaded once it shows the explorer, and the panel is the only page without the dashboard.
    await workbench.run('View: Show Explorer');
    await workbench.chooseInExplorer([join(folder, RUN, 'step0', 'model.safetensors')], 'Analyze Checkpoint');
    const words = workbench.panel.locator('[data-testid="progress-text"]');
    await words.filter({ hasText: 'Slurm 1_0: waiting (PartitionDown)' }).waitFor();
    await workbench.closeEditors();
    await workbench.reload();
    await openSidePanel();
    await rowIn('step0', 'Slurm 1_0: waiting (PartitionDown)').waitFor();
    partition('UP');
    for (const step of ['step0', 'step1000', 'step2000']) await rowIn(step, 'α₀').waitFor();
    assert.equal(jobs().length, 1);
  });

  it('says how far it is, in its rows and in the status bar', async () => {
    // Many samples: it is still at work when it is looked at.
    await workbench.configure({ 'neuromfa.analysis.samples': 1000, 'neuromfa.analysis.neurons': 128 });
    await rowIn('step0', 'not analyzed').waitFor();
    await runOnSlurm();
    const running = workbench.page.locator(
      '.pane .monaco-list-row[aria-label*="Slurm 2_"][aria-label*=" %"]',
    );
    await running.first().waitFor();
    await workbench.page.locator('.statusbar-item', { hasText: /\d on Slurm/ }).waitFor();
    await screenshot('running');
    await cancel(3);
  });

  it('asks whether cancelled tasks are to end, and ends them', async () => {
    await workbench.configure({ 'neuromfa.analysis.seed': 77 });
    await rowIn('step0', 'not analyzed').waitFor();
    partition('DOWN');
    await runOnSlurm();
    await waitingRow('step0').waitFor();
    await cancel(3);
    await rowIn('step0', 'not analyzed').waitFor();
  });

  it('opens the log of a task that somebody has ended', async () => {
    await workbench.configure({ 'neuromfa.analysis.samples': 1000, 'neuromfa.analysis.seed': 79 });
    await rowIn('step0', 'not analyzed').waitFor();
    await runOnSlurm();
    const running = rowIn('step0', 'Slurm ').and(workbench.page.locator('[aria-label*=" %"]'));
    await running.waitFor();
    cluster.run('scancel', ['--user', userInfo().username]);
    await rowIn('step0', 'failed: its task was canceled on Slurm').waitFor();
    await screenshot('ended');
    await workbench.clearToasts();
    await workbench.chooseInTree([rowIn('step0', 'failed')], 'Open Task Log');
    await workbench.tabs.filter({ hasText: /\d+_0\.log/ }).waitFor();
    await workbench.page.locator('.view-lines', { hasText: 'CANCELLED' }).waitFor();
    await screenshot('log');
    await workbench.run('View: Close All Editors');
  });

  it('says what failed', async () => {
    await workbench.configure({ 'neuromfa.analysis.seed': 78 });
    await rowIn('step0', 'not analyzed').waitFor();
    partition('DOWN');
    await runOnSlurm();
    await waitingRow('step1000').waitFor();
    rmSync(join(folder, RUN, 'step1000', 'model.safetensors'));
    partition('UP');
    await rowIn('step0', 'α₀').waitFor();
    await workbench.toast('there is no such file').waitFor();
    await screenshot('failed');
  });
});
