/**
 * The inspect view of a checkpoint of 497,000 tensors in a real workbench: how long it takes to open, to search, to sort,
 * and whether it scrolls without a pause. `node scripts/run-ts.mjs bench/inspect.ts [--tensors N]`, after
 * `npm run package`.
 *
 * Opening is from the click to the table; it is done twice, for the first window of a session is slow by itself.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Locator } from 'playwright-core';
import { launchBrowser } from '../test/vscode/harness/browser';
import { paths } from '../test/vscode/harness/paths';
import { WorkbenchServer } from '../test/vscode/harness/server';
import { Workbench } from '../test/vscode/harness/workbench';
import { MANY_TENSORS, writeManyTensors } from '../test/unit/support/manyTensors';
import { watchFrames, takeFrames } from './frameWatch';
import { markdown, median } from './measure';

const { values } = parseArgs({ options: { tensors: { type: 'string', default: String(MANY_TENSORS) } } });
const OPENINGS = 2;
const ROUNDS = 5;
const PATIENCE_MS = 600_000;
const SEARCHES = ['exp', 'experts.17.gate', 'layers.41 down_proj', 'zz', ''];
const SORTS = ['shape', 'role', 'place', 'bytes', 'name'];

const folder = mkdtempSync(join(tmpdir(), 'neuromfa-bench-'));
const file = join(folder, 'model.safetensors');
writeManyTensors(file, Number(values.tensors));
const server = await WorkbenchServer.start({ vsix: paths.package });
const browser = await launchBrowser();
const rows: { what: string; 'median (ms)': string; 'maximum (ms)': string }[] = [];
const tell = (what: string, times: readonly number[]): void => {
  rows.push({
    what,
    'median (ms)': median(times).toFixed(0),
    'maximum (ms)': Math.max(...times).toFixed(0),
  });
};
try {
  const workbench = new Workbench(await browser.newPage(), server, folder);
  await workbench.open();
  const view = workbench.panel.locator('[data-testid="inspect"][data-state="done"]');
  for (let opening = 1; opening <= OPENINGS; opening++) {
    await workbench.chooseInExplorer([file], 'Inspect Checkpoint');
    const begin = performance.now();
    await view.waitFor({ timeout: PATIENCE_MS });
    tell(`open, time ${opening}`, [performance.now() - begin]);
    if (opening < OPENINGS) await workbench.closeEditors();
  }
  const searches: number[] = [];
  const sorts: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const query of SEARCHES) searches.push(await answerTime(view.getByTestId('search'), query));
    for (const column of SORTS) sorts.push(await answerTime(view.getByTestId(`sort-${column}`)));
  }
  tell('search', searches);
  tell('sort', sorts);

  const grid = view.getByTestId('tensors');
  await grid.focus();
  await grid.evaluate(watchFrames);
  for (let page = 0; page < 60; page++) await grid.press('PageDown');
  await grid.press('End');
  await grid.press('Home');
  tell('a frame while scrolling', await grid.evaluate(takeFrames));
} finally {
  await browser.close();
  await server.stop();
  rmSync(folder, { recursive: true });
}
console.log(markdown(rows));

/** Milliseconds until the page answers a query, or a click without one. */
function answerTime(control: Locator, query: string | null = null): Promise<number> {
  interface Control {
    value: string;
    click: () => void;
    dispatchEvent: (event: Event) => void;
  }
  return control.evaluate((element: Control, text) => {
    const begin = performance.now();
    if (text === null) element.click();
    else {
      element.value = text;
      element.dispatchEvent(new Event('input'));
    }
    return performance.now() - begin;
  }, query);
}
