/** `neuromfa.results.folder`, a setting of the machine and therefore of a server of its own, and `--store` with the same folder. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { Browser, Locator } from 'playwright-core';
import { launchBrowser } from '../harness/browser';
import { runWithStore } from '../harness/cli';
import { paths } from '../harness/paths';
import { WorkbenchServer } from '../harness/server';
import { Workbench } from '../harness/workbench';
import { CLI } from './session';

const RUN = 'neox-1m';

describe('a folder of results that the user has chosen', () => {
  const root = mkdtempSync(join(tmpdir(), 'neuromfa-ui-folder-'));
  const run = join(root, 'workspace', RUN);
  const store = join(root, 'results');
  let server: WorkbenchServer | undefined;
  let browser: Browser | undefined;
  let workbench: Workbench;
  const rowIn = (name: string, state: string): Locator =>
    workbench.page.locator(`.pane .monaco-list-row[aria-label^="${name}, ${state}"]`);
  /** The series of the run, as the command line with the same folder tells it. */
  const series = (...options: string[]): ReturnType<typeof runWithStore> =>
    runWithStore(CLI, run, server!.cache, '--store', store, ...options);
  const stored = (): string[] =>
    readdirSync(store)
      .filter((name) => name.endsWith('.json'))
      .sort();

  before(async () => {
    for (const step of [0, 1000]) {
      const place = join(run, `step${step}`);
      mkdirSync(place, { recursive: true });
      for (const name of ['config.json', 'model.safetensors'])
        copyFileSync(join(paths.sampleRun, `step${step}`, name), join(place, name));
    }
    const settings = { 'files.exclude': { '**/.vscode': true }, 'neuromfa.results.folder': store };
    server = await WorkbenchServer.start({ vsix: paths.package, settings });
    browser = await launchBrowser();
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    workbench = new Workbench(page, server, join(root, 'workspace'));
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    rmSync(root, { recursive: true });
  });

  it('holds what the command line computes for the editor, and what the editor computes for the command line', async () => {
    const { points } = await series();
    assert.equal(stored().length, 2);
    await workbench.open();
    const icon = workbench.page.locator('.activitybar .action-item', {
      has: workbench.page.locator('.action-label[aria-label^="NeuroMFA"]'),
    });
    await icon.click();
    await rowIn(RUN, '2 of 2 analyzed').waitFor();
    for (const [index, step] of [0, 1000].entries())
      await rowIn(`step${step}`, `α₀ ${points[index]!.alpha0.mean!.toFixed(3)}`).waitFor();

    await workbench.configure({ 'neuromfa.analysis.seed': 4244 });
    await rowIn(RUN, '0 of 2 analyzed').waitFor();
    await rowIn(RUN, '').hover();
    await rowIn(RUN, '').locator('.action-label[aria-label^="Analyze Run"]').dispatchEvent('click');
    await rowIn(RUN, '2 of 2 analyzed').waitFor();
    const both = stored();
    assert.equal(both.length, 4);
    const { points: other } = await series('--seed', '4244');
    assert.notDeepEqual(other, points);
    assert.deepEqual(stored(), both);
  });
});
