/**
 * What the editor's user waits for, and the memory of the extension host, in a real workbench:
 * `node scripts/run-ts.mjs bench/editor.ts [--only times|memory] [--checkpoints N] [--samples N]`, after `npm run
 * package`.
 *
 * Activation is the figure in "Running Extensions" after each reload of the window. A picture's time is from the click
 * in the explorer's menu to the drawn chart: cold is the first of a session; warm ones are others, computed and stored.
 * Memory is the peak resident size of the extension host including its workers: alone, while a run is analyzed, and
 * after its Trends have been drawn.
 */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { launchBrowser } from '../test/vscode/harness/browser';
import { paths } from '../test/vscode/harness/paths';
import { WorkbenchServer } from '../test/vscode/harness/server';
import { Workbench } from '../test/vscode/harness/workbench';
import { markdown, median } from './measure';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    checkpoints: { type: 'string', default: '154' },
    samples: { type: 'string', default: '150' },
  },
});
const CHECKPOINTS = Number(values.checkpoints);
const SAMPLES = Number(values.samples);
const ACTIVATIONS = 5;
const WARM = 3;
const PATIENCE_MS = 1_800_000;

const folder = mkdtempSync(join(tmpdir(), 'neuromfa-bench-'));
const fileOf = (index: number): string => join(folder, 'run', `step${index}`, 'model.safetensors');
writeRun();
const server = await WorkbenchServer.start({ vsix: paths.package });
const browser = await launchBrowser();
const rows: { what: string; value: string }[] = [];
const tell = (what: string, value: string): void => {
  rows.push({ what, value });
  console.error(`${what}: ${value}`);
};
const milliseconds = (times: readonly number[]): string => `${median(times).toFixed(0)} ms`;

try {
  const workbench = new Workbench(
    await browser.newPage({ viewport: { width: 1400, height: 900 } }),
    server,
    folder,
  );
  await workbench.open();
  if (values.only !== 'memory') await times(workbench);
  if (values.only !== 'times') await memory(workbench);
} finally {
  await browser.close();
  await server.stop();
  rmSync(folder, { recursive: true });
}
for (const file of [paths.package, ...bundles()]) {
  const name = file.slice(paths.root.length + 1);
  rows.push({ what: name, value: `${(statSync(file).size / 1000).toFixed(0)} kB` });
}
console.log(markdown(rows));

async function times(workbench: Workbench): Promise<void> {
  tell('right-click to picture, cold', milliseconds([await picture(workbench, 0)]));
  await workbench.closeEditors();
  const computed: number[] = [];
  for (let index = 1; index <= WARM; index++) {
    computed.push(await picture(workbench, index));
    await workbench.closeEditors();
  }
  tell('warm, computed', milliseconds(computed));
  const stored: number[] = [];
  for (let index = 1; index <= WARM; index++) {
    stored.push(await picture(workbench, index));
    await workbench.closeEditors();
  }
  tell('warm, stored', milliseconds(stored));

  const activations: number[] = [];
  for (let round = 0; round < ACTIVATIONS; round++) {
    await workbench.reload();
    activations.push(await activation(workbench));
    await workbench.closeEditors();
  }
  tell('activation', `${milliseconds(activations)} (${activations.join(', ')})`);
}

async function memory(workbench: Workbench): Promise<void> {
  tell('extension host after the start', megabytes());

  await workbench.configure({ 'neuromfa.analysis.samples': SAMPLES });
  await workbench.chooseInExplorer([join(folder, 'run')], 'Analyze Run');
  await workbench.page.locator('.statusbar-item', { hasText: /NeuroMFA \d+ of/ }).waitFor();
  await workbench.page
    .locator('.statusbar-item', { hasText: /NeuroMFA \d+ of/ })
    .waitFor({ state: 'detached', timeout: PATIENCE_MS });
  await workbench.panel.locator('[data-testid="panel"][data-state="done"]').waitFor({ timeout: PATIENCE_MS });
  tell(`peak, ${CHECKPOINTS} × ${SAMPLES} samples analyzed and drawn`, megabytes());

  await workbench.closeEditors();
  await workbench.reload();
  await workbench.chooseInExplorer([join(folder, 'run')], 'Open Trends');
  await workbench.panel.getByTestId('chart-alpha0').waitFor({ timeout: PATIENCE_MS });
  await workbench.panel
    .getByTestId('run')
    .filter({ hasText: `${CHECKPOINTS} checkpoints` })
    .waitFor({ timeout: PATIENCE_MS });
  tell('peak, the same read from the store and drawn', megabytes());
}

/** A run of checkpoints that differ in one weight each: equal ones would be analyzed once. */
function writeRun(): void {
  const from = join(paths.sampleRun, 'step4000');
  for (let index = 0; index < CHECKPOINTS; index++) {
    mkdirSync(join(fileOf(index), '..'), { recursive: true });
    copyFileSync(join(from, 'config.json'), join(fileOf(index), '../config.json'));
    const bytes = readFileSync(join(from, 'model.safetensors'));
    // The last weight, of 16 bits.
    bytes.writeUInt16LE(index, bytes.length - 2);
    writeFileSync(fileOf(index), bytes);
  }
}

/** Milliseconds from the click to the chart. */
async function picture(workbench: Workbench, index: number): Promise<number> {
  await workbench.chooseInExplorer([fileOf(index)], 'Analyze Checkpoint');
  const begin = performance.now();
  await workbench.panel.getByTestId('chart-spectrum').waitFor({ timeout: PATIENCE_MS });
  return performance.now() - begin;
}

/** Milliseconds of the extension's activation, according to the editor. */
async function activation(workbench: Workbench): Promise<number> {
  await workbench.page.locator('.activitybar .action-label[aria-label^="NeuroMFA"]').waitFor();
  await workbench.run('Developer: Show Running Extensions');
  const own = workbench.page.locator('.runtime-extensions-editor .monaco-list-row', { hasText: 'NeuroMFA' });
  const time = own.locator('.activation-time', { hasText: /\d+ms/ });
  await time.waitFor({ timeout: PATIENCE_MS });
  const text = await time.innerText();
  // Newer editors show it in a window in front of the others.
  await workbench.page.keyboard.press('Escape');
  return Number(/(\d+)ms/.exec(text)![1]);
}

/** The peak of the extension host's resident size so far. */
function megabytes(): string {
  const hosts = readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && isOurHost(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), pid);
    } catch {
      return false;
    }
  });
  const peaks = hosts.map((pid) => {
    const kilobytes = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return (Number(kilobytes) * 1024) / 1e6;
  });
  return `${Math.max(...peaks).toFixed(0)} MB`;
}

/** Whether a process is an extension host that this program's server has started. */
function isOurHost(command: string, pid: string): boolean {
  if (!command.includes('--type=extensionHost')) return false;
  let current = Number(pid);
  while (current > 1) {
    const parent = /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${current}/status`, 'utf8'))?.[1];
    current = Number(parent);
    if (current === process.pid) return true;
  }
  return false;
}

/** The scripts that the extension host and its pages load. */
function bundles(): string[] {
  const dist = join(paths.root, 'dist');
  const inFolder = (each: string): string[] =>
    readdirSync(each)
      .filter((name) => name.endsWith('.js'))
      .map((name) => join(each, name));
  return [...inFolder(dist), ...inFolder(join(dist, 'webview'))];
}
