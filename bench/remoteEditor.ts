/**
 * How long the extension host's thread is busy at a time while a remote run of 154 checkpoints is listed, priced, analyzed and
 * shown after reloads: `node scripts/run-ts.mjs bench/remoteEditor.ts [--checkpoints N]`, after `npm run package`. `--empty`: reloads
 * of a window without this extension, to be set beside them.
 *
 * Counted is the processor time of that thread alone between two turns of a timer of one millisecond, which is no shorter than the
 * longest block and does not count what other programs take from it. It includes the editor's own code and other extensions.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { Hub } from '../test/remote/hub';
import { launchBrowser } from '../test/vscode/harness/browser';
import { paths } from '../test/vscode/harness/paths';
import { WorkbenchServer } from '../test/vscode/harness/server';
import { Workbench } from '../test/vscode/harness/workbench';
import { markdown } from './measure';

const { values } = parseArgs({
  options: { checkpoints: { type: 'string', default: '154' }, empty: { type: 'boolean', default: false } },
});
const RELOADS = 3;
const CHECKPOINTS = Number(values.checkpoints);
const PATIENCE_MS = 600_000;

const root = mkdtempSync(join(tmpdir(), 'neuromfa-bench-remote-'));
const [folder, told] = [join(root, 'workspace'), join(root, 'told')];
for (const each of [folder, told]) mkdirSync(each);
writeFileSync(join(folder, 'notes.md'), 'Nothing to analyze here.\n');
/** An extension of its own in the same process: nothing of ours has to know that it is watched. */
const probe = join(root, 'probe.vsix');
writeProbe();

const hub = await Hub.start();
const model = readFileSync(join(paths.sampleRun, 'step4000/model.safetensors'));
const config = readFileSync(join(paths.sampleRun, 'step4000/config.json'));
for (let step = 0; step < CHECKPOINTS; step++) {
  const own = Buffer.from(model);
  own.writeUInt16LE(step, own.length - 2);
  hub.addFiles(
    'lab/many',
    `step${step}`,
    new Map([
      ['config.json', config],
      ['model.safetensors', own],
    ]),
  );
}
const server = await WorkbenchServer.start({
  ...(values.empty ? {} : { vsix: paths.package }),
  probe,
  env: { HF_ENDPOINT: hub.origin },
});
const browser = await launchBrowser();
const served = { closed: false };
const rows: { what: string; 'longest block (ms of CPU)': string }[] = [];

/** What the newest extension host says of the time since the last question. */
async function longest(what: string): Promise<void> {
  await new Promise((later) => setTimeout(later, 500));
  while (readdirSync(told).length === 0) await new Promise((later) => setTimeout(later, 100));
  const [newest] = readdirSync(told).sort((a, b) => Number(b) - Number(a));
  const most = Number(readFileSync(join(told, newest!), 'latin1'));
  rows.push({ what, 'longest block (ms of CPU)': most.toFixed(0) });
  console.error(`${what}: ${most.toFixed(0)} ms`);
  await clear();
}
async function clear(): Promise<void> {
  writeFileSync(join(root, 'anew'), '');
  await new Promise((later) => setTimeout(later, 500));
}

try {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  const workbench = new Workbench(page, server, folder);
  await workbench.open();
  if (values.empty) await empty(page, workbench);
  else await remoteRun(page, workbench);
} finally {
  await browser.close();
  await server.stop();
  if (!served.closed) await hub.close();
  rmSync(root, { recursive: true });
}
console.log(markdown(rows));

async function empty(page: Page, workbench: Workbench): Promise<void> {
  await page.locator('.activitybar .action-label').first().waitFor();
  for (let reload = 0; reload < RELOADS; reload++) {
    await clear();
    await workbench.reload();
    await page.locator('.activitybar .action-label').first().waitFor();
    // As long as a run's panel may take.
    await new Promise((later) => setTimeout(later, 10_000));
    await longest('a window without this extension, reloaded');
  }
}

async function remoteRun(page: Page, workbench: Workbench): Promise<void> {
  const status = page.locator('.statusbar-item', { hasText: /NeuroMFA \d+ of/ });
  await page.locator('.activitybar .action-label[aria-label^="NeuroMFA"]').waitFor();
  await longest('the window opened, before a command of ours');
  await workbench.run('NeuroMFA: Open Sample Run');
  await workbench.panel.locator('[data-testid="panel"][data-state="done"]').waitFor({ timeout: PATIENCE_MS });
  await workbench.closeEditors();
  await longest('the sample run opened');
  await workbench.run('NeuroMFA: Analyze Remote Run');
  await workbench.quickInput.getByText('Analyze Remote Run').waitFor();
  await workbench.quickInput.locator('input[type="text"]').first().fill('lab/many');
  await page.keyboard.press('Enter');
  await workbench.quickRows.filter({ hasText: 'step1' }).first().waitFor({ timeout: PATIENCE_MS });
  await longest(`${CHECKPOINTS} branches listed and priced`);
  await page.keyboard.press('Enter');
  await status.waitFor();
  await status.waitFor({ state: 'detached', timeout: PATIENCE_MS });
  await workbench.panel.locator('[data-testid="panel"][data-state="done"]').waitFor({ timeout: PATIENCE_MS });
  await longest('analyzed, with its Trends');
  await hub.close();
  served.closed = true;
  for (let reload = 0; reload < RELOADS; reload++) {
    await workbench.reload();
    await workbench.panel
      .locator('[data-testid="panel"][data-state="done"]')
      .waitFor({ timeout: PATIENCE_MS });
    await longest('the window reloaded without the server, with its Trends');
  }
}

function writeProbe(): void {
  const source = join(root, 'probe');
  mkdirSync(source);
  const manifest = {
    ...{ name: 'probe', publisher: 'bench', version: '0.0.1', main: 'main.js' },
    ...{ engines: { vscode: '^1.100.0' }, activationEvents: ['*'] },
  };
  writeFileSync(join(source, 'package.json'), JSON.stringify(manifest));
  writeFileSync(
    join(source, 'main.js'),
    `const fs = require('node:fs');
    const used = () => Number(fs.readFileSync('/proc/self/task/' + process.pid + '/schedstat', 'latin1').split(' ')[0]) / 1e6;
    const [file, anew] = ${JSON.stringify([told, join(root, 'anew')])};
    let [before, most] = [used(), 0];
    exports.activate = () => {
      setInterval(() => { const now = used(); most = Math.max(most, now - before); before = now; }, 1);
      setInterval(() => {
        fs.writeFileSync(file + '/' + process.pid, String(most));
        if (fs.existsSync(anew)) { fs.rmSync(anew); most = 0; }
      }, 100);
    };`,
  );
  const words = [
    'package',
    '--no-dependencies',
    '--allow-missing-repository',
    '--skip-license',
    '--out',
    probe,
  ];
  execFileSync(join(paths.root, 'node_modules/.bin/vsce'), words, { cwd: source, stdio: 'ignore' });
}
