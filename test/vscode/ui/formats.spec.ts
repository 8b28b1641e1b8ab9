import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { Locator } from 'playwright-core';
import { SURE_NAMES } from '../../../src/core/checkpoint/formats/names';
import { eventually } from '../../support/eventually';
import { analyze } from '../harness/cli';
import { panelIn } from './panel';
import { ANALYZE, CLI, workbench, workspace } from './session';

const FOLDER = 'formats';
const INSPECT = 'Inspect Checkpoint';
/** Models that programs of others have written. */
const FIXTURES = ['formats/gguf/tiny.gguf', 'onnx/uses.onnx'];
/** One name for each that tells a format by itself. */
const NAMED = SURE_NAMES.map((name) => name.replace('*', 'any'));
/** States of training, and names that other programs use as well. */
const NO_MODELS = ['optimizer.pt', 'scheduler.pt', 'rng_state_0.pth', 'scaler.pt', 'notes.txt'];

const at = (name: string): string => join(workspace.folder, FOLDER, basename(name));

function write(): void {
  mkdirSync(join(workspace.folder, FOLDER));
  for (const name of [...NAMED, ...NO_MODELS]) writeFileSync(at(name), 'x');
  for (const name of FIXTURES) copyFileSync(join('test/fixtures', name), at(name));
}

/** Whether the explorer's menu of a file has ours in it. */
async function hasOwnMenu(path: string): Promise<boolean> {
  const row = await workbench.explorerRow(path);
  const entries = workbench.page.locator('.monaco-menu .action-item');
  await eventually(async () => {
    await row.click({ button: 'right' });
    // Behind ours, in the menu of every file.
    await workbench.menuItem('Copy Path').waitFor({ timeout: 20_000 });
  });
  const own = await entries.filter({ has: workbench.page.getByText('NeuroMFA', { exact: true }) }).count();
  await workbench.page.keyboard.press('Escape');
  await entries.first().waitFor({ state: 'detached' });
  return own > 0;
}

async function inspected(name: string): Promise<Locator> {
  await workbench.chooseInExplorer([at(name)], INSPECT);
  const view = workbench.panel.locator('[data-testid="inspect"][data-state="done"]');
  await view.waitFor();
  return view;
}

/** Chooses the one tensor of this name. @returns what is told of it. */
async function detailsOf(view: Locator, name: string): Promise<Locator> {
  await view.getByTestId('search').fill(name);
  const rows = view.locator('.grid-body [role="row"]:not([hidden])');
  await rows.filter({ hasText: name }).first().click();
  return view.getByTestId('tensor');
}

describe('formats of other programs', () => {
  before(async () => {
    write();
    // The explorer of a new window has them from the beginning.
    await workbench.reload();
  });
  after(() => {
    rmSync(join(workspace.folder, FOLDER), { recursive: true });
  });

  it('have the menu on every name that tells a format, and states of training do not', async () => {
    // The extension's entries come some time after the window.
    await eventually(async () => {
      assert.ok(await hasOwnMenu(at('tiny.gguf')));
    });
    for (const name of NAMED) assert.ok(await hasOwnMenu(at(name)), name);
    for (const name of NO_MODELS) assert.ok(!(await hasOwnMenu(at(name))), name);
  });

  it('inspect GGUF with its stored types', async () => {
    const view = await inspected('tiny.gguf');
    const query = await detailsOf(view, 'blk.0.attn_q.weight');
    await query.getByText('Q4_0').first().waitFor();
    await query.getByText('64 sources → 128 targets').waitFor();
    const norm = await detailsOf(view, 'blk.0.attn_norm.weight');
    await norm.getByText('normalization').first().waitFor();
  });

  it('inspect ONNX with the sides that its graph tells, and why the rest is no layer', async () => {
    const view = await inspected('uses.onnx');
    // As wide as long: names and shapes would take it for a layer.
    const added = await detailsOf(view, 'added');
    await added.getByText('added, not multiplied').first().waitFor();
    const inner = await detailsOf(view, 'inner');
    await inner.getByText('12 sources → 8 targets').waitFor();
  });

  for (const name of FIXTURES) {
    it(`analyze ${basename(name)} with the numbers of the command line`, async () => {
      const [expected] = await analyze(CLI, [at(name)]);
      await workbench.chooseInExplorer([at(name)], ANALYZE);
      const panel = await panelIn('done');
      for (const [id, { mean }] of [
        ['alpha0', expected!.summary.alpha0],
        ['width', expected!.summary.width],
      ] as const) {
        await eventually(async () => {
          // Layers that are narrower than the sample are taken whole: there may be no interval.
          const [shown = ''] = (await panel.getByTestId(id).innerText()).split(' ± ');
          const digits = shown.split('.')[1]?.length ?? 0;
          assert.ok(digits >= 2, `too few digits: ${shown}`);
          assert.equal(shown, mean!.toFixed(digits));
        });
      }
    });
  }
});
