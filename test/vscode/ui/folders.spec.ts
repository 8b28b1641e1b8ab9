import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { eventually } from '../../support/eventually';
import { paths } from '../harness/paths';
import { assertRowsOf, assertUnder, closeSidePanel, openSidePanel, row, rowIn } from './runsView';
import { workbench, workspace } from './session';

const MODEL = 'diffusion_pytorch_model.safetensors';
const FOLDERS = ['out', 'sweep', 'fsdp', 'editions', 'tuned'];

/** Series, editions and a layout that is not read, beside the run of the workspace. */
function write(): void {
  const copy = (path: string): void => {
    const file = join(workspace.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    copyFileSync(workspace.file(0), file);
  };
  for (const step of [500, 1000]) {
    for (const part of ['unet', 'unet_ema']) copy(`out/checkpoint-${step}/${part}/${MODEL}`);
    for (const who of ['actor', 'critic'])
      copy(`sweep/ppo/global_step_${step}/${who}/huggingface/model.safetensors`);
    const fsdp = join(workspace.folder, `fsdp/global_step_${step}/actor`);
    mkdirSync(fsdp, { recursive: true });
    writeFileSync(join(fsdp, 'model_world_size_2_rank_0.pt'), 'x');
  }
  // Models of one size, of which nothing tells steps.
  for (const name of ['base', 'sft', 'dpo']) copy(`tuned/${name}/model.safetensors`);
  for (const name of ['', '.fp16', '.non_ema']) copy(`editions/${MODEL.replace('.', `${name}.`)}`);
}

describe('folders of every kind', () => {
  before(() => {
    write();
  });
  after(async () => {
    for (const folder of FOLDERS) rmSync(join(workspace.folder, folder), { recursive: true });
    await openSidePanel();
    await closeSidePanel();
  });

  it('show all series, editions as checkpoints, and what cannot be read', async () => {
    await openSidePanel();
    await assertRowsOf(/^(out|sweep|ppo)\b/, [
      'out (checkpoint-#/unet), 2 checkpoints',
      'out (checkpoint-#/unet_ema), 2 checkpoints',
      'ppo (global_step_#/actor/huggingface), 2 checkpoints',
      'ppo (global_step_#/critic/huggingface), 2 checkpoints',
    ]);
    // The list draws what is in sight alone.
    await row('Checkpoints').click();
    await row('tuned/base').waitFor();
    await row('Checkpoints').click();
    await row('Cannot be read').click();
    await workbench.page.keyboard.press('End');
    await rowIn('fsdp', '').filter({ hasText: 'verl' }).waitFor();
    await workbench.page.screenshot({ path: join(paths.out, 'folders-tree.png') });
    await closeSidePanel();
  });

  it('move what is damaged to what cannot be read, with the reason, until it is whole again', async () => {
    await openSidePanel();
    const [whole, cut] = [readFileSync(workspace.file(0)), readFileSync(workspace.truncated)];
    const held = rowIn('interrupted', '').filter({ hasText: /header|bytes/ });
    try {
      // Nobody has opened it.
      await assertUnder('Cannot be read', held);
      await held.click();
      await workbench.page.keyboard.press('Enter');
      // The dashboard is a page, too: this is to be the only one.
      await workbench.tabs.first().waitFor();
      await closeSidePanel();
      await workbench.panel.locator('[data-testid="inspect"][data-state="failed"]').waitFor();
      await workbench.closeEditors();
      await openSidePanel();
      writeFileSync(workspace.truncated, whole);
      await held.waitFor({ state: 'detached' });
      await assertUnder('Checkpoints', row('interrupted'));
    } finally {
      writeFileSync(workspace.truncated, cut);
    }
    await assertUnder('Cannot be read', held);
    await closeSidePanel();
  });

  it('list each edition in the picker', async () => {
    await workbench.run('NeuroMFA: Inspect Checkpoint');
    await eventually(async () => {
      const rows = await workbench.quickRows.allInnerTexts();
      const editions = rows.filter((text) => text.includes('editions'));
      assert.equal(editions.length, 3, rows.join('\n'));
    });
    await workbench.page.screenshot({ path: join(paths.out, 'folders-picker.png') });
    await workbench.page.keyboard.press('Escape');
  });

  it('tell of the other editions where a folder is meant', async () => {
    await workbench.chooseInExplorer([join(workspace.folder, 'editions')], 'Inspect Checkpoint');
    await workbench.panel.locator('[data-testid="inspect"][data-state="done"]').waitFor();
    await workbench.page
      .locator('.notification-list-item', { hasText: /is taken; other editions of it are beside it.*fp16/ })
      .waitFor();
    await workbench.page.screenshot({ path: join(paths.out, 'folders-inspect.png') });
  });
});
