import assert from 'node:assert/strict';
import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { eventually } from '../../support/eventually';
import { paths } from '../harness/paths';
import { panelIn } from './panel';
import { ALL_THEMES, inFullWindow } from './panelSize';
import { closeSidePanel, openSidePanel, press, row, rowIn } from './runsView';
import { workbench, workspace } from './session';

const RUN = 'neox-1m';
const ADDED = [256, 512, 2000, 3000];
const stepAt = (name: string): string => join(workspace.folder, RUN, name);

/** Writes a checkpoint under another name first, as trainers do. */
function train(step: number, change: (model: Buffer) => void = () => undefined): void {
  const place = stepAt(`tmp-step${step}`);
  cpSync(join(paths.sampleRun, `step${step}`), place, { recursive: true });
  const model = readFileSync(join(place, 'model.safetensors'));
  change(model);
  writeFileSync(join(place, 'model.safetensors'), model);
  renameSync(place, stepAt(`step${step}`));
}

const SETTINGS = {
  'neuromfa.watch.interval': 1,
  'neuromfa.analysis.samples': 3,
  'neuromfa.watch.alerts': ['width=0.01..0.02'],
};

async function isZoomed(): Promise<boolean> {
  const reset = (await panelIn('done')).getByTestId('reset-zoom-alpha0');
  return !(await reset.evaluate((button) => (button as { inert?: boolean }).inert));
}

describe('a run in training', () => {
  before(() => workbench.configure(SETTINGS));
  beforeEach(openSidePanel);
  afterEach(closeSidePanel);
  after(async () => {
    for (const step of ADDED) rmSync(stepAt(`step${step}`), { recursive: true, force: true });
    await workbench.configure({});
  });

  it('is watched from its row: what is there is analyzed, and a figure that has left its band is said', async () => {
    await row(RUN).waitFor();
    await press(RUN, 'Watch Run');
    await rowIn(RUN, '3 of 3 analyzed · watched').waitFor();
    await workbench.toast(`${RUN}, step 0: w is`).waitFor();
    await workbench.tabs.filter({ hasText: `Trends: ${RUN}` }).waitFor();
  });

  it('grows in its panel, which stays zoomed as it is', async () => {
    await workbench.run('NeuroMFA: Open Trends');
    await closeSidePanel();
    const panel = await panelIn('done');
    await panel.getByTestId('zoom-in-alpha0').click();
    assert.ok(await isZoomed());
    train(512);
    await panel.getByTestId('runs').filter({ hasText: '4 checkpoints' }).waitFor();
    assert.ok(await isZoomed());
    await panel.getByTestId('reset-zoom-alpha0').click();
    await panel.getByTestId('tab-checkpoints').click();
    await panel.locator('[data-testid="checkpoint"][data-state="done"]', { hasText: 'step512' }).waitFor();
  });

  it('keeps what the trainer deletes, also after a reload', async () => {
    rmSync(stepAt('step512'), { recursive: true });
    await row('step512').filter({ hasText: 'deleted' }).waitFor();
    await closeSidePanel();
    await workbench.reload();
    await openSidePanel();
    await rowIn(RUN, '4 of 4 analyzed · watched').waitFor();
    await row('step512').filter({ hasText: 'deleted' }).waitFor();
    train(2000);
    await rowIn(RUN, '5 of 5 analyzed · watched').waitFor();
    await workbench.run('NeuroMFA: Open Trends');
    await closeSidePanel();
    const panel = await panelIn('done');
    await panel.getByTestId('tab-checkpoints').click();
    await panel.getByTestId('checkpoint').filter({ hasText: 'step512 (deleted)' }).waitFor();
    await inFullWindow(ALL_THEMES, async (theme) => {
      for (const tab of ['trends', 'checkpoints']) {
        await workbench.panel.getByTestId(`tab-${tab}`).click();
        const file = join(paths.screenshots, `watched-${tab}-${theme}.png`);
        await workbench.page.locator('iframe.webview').screenshot({ path: file });
      }
    });
  });

  it('is alerted of weights that are NaN, and watched no longer', async () => {
    // Themes have settings of their own.
    await workbench.configure(SETTINGS);
    await rowIn(RUN, '4 of 5 analyzed · watched').or(rowIn(RUN, '5 of 5 analyzed · watched')).waitFor();
    train(3000, (model) => {
      for (let at = 2 * Math.ceil(model.length / 4); at < model.length; at += 200)
        model.writeUInt16LE(0x7e00, at);
    });
    const toast = workbench.toast(/step 3.000/).filter({ hasText: 'NaN' });
    await toast.waitFor();
    await toast.locator('.monaco-button', { hasText: 'Stop Watching' }).click();
    await rowIn(RUN, '6 of 6 analyzed').waitFor();
    await eventually(async () => {
      assert.equal(await row(RUN).filter({ hasText: 'watched' }).count(), 0);
    });
    train(256);
    await rowIn('step256', 'not analyzed').waitFor();
  });

  it('is watched and left from its panel', async () => {
    await workbench.run('NeuroMFA: Open Trends');
    await closeSidePanel();
    const panel = await panelIn('done');
    await panel.getByTestId('watch').click();
    await panel.getByTestId('runs').filter({ hasText: '7 checkpoints · watched' }).waitFor();
    await panel.getByTestId('stop-watching').click();
    await panel.getByTestId('watch').waitFor();
  });
});
