import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { analyze } from '../harness/cli';
import { paths } from '../harness/paths';
import { writeAdapter } from './adapter';
import { assertShows, panelIn } from './panel';
import { ANALYZE, CLI, workbench, workspace } from './session';

const COMPARE = 'Compare…';
const CHOOSE = 'Choose Base of Adapter…';

describe('a low-rank adapter', () => {
  const folder = join(workspace.folder, 'lora');
  const undecided = join(workspace.folder, 'lora-undecided');
  /** Beside the workspace. */
  const elsewhere = join(paths.sampleRun, 'step512');
  const far = join(workspace.folder, 'lora-far');
  let adapter: string;
  let faraway: string;
  const later = join(workspace.folder, 'lora-later');
  let revision: string;
  before(async () => {
    adapter = writeAdapter(folder, join('..', 'neox-1m', 'step4000'));
    faraway = writeAdapter(far, elsewhere);
    writeAdapter(undecided, 'some/model');
    revision = writeAdapter(later, join('..', 'neox-1m', 'step4000'), 0.3);
    // A window that has only just opened may not be watching its folder yet.
    await workbench.reload();
  });
  after(() => {
    for (const each of [folder, far, undecided, later]) rmSync(each, { recursive: true });
  });

  /** Picks an answer to the question about the base. */
  const answer = async (text: string): Promise<void> => {
    await workbench.quickRows.filter({ hasText: text }).first().click();
  };

  it('is analyzed with the base that it names, once asked; the answer stays', async () => {
    const [expected] = await analyze(CLI, [adapter], '--base', workspace.file(4000));
    await workbench.chooseInExplorer([adapter], ANALYZE);
    await answer('the base that the adapter names');
    const panel = await panelIn('done');
    await assertShows(panel, expected!.summary);
    const strip = panel.getByTestId('strip');
    await strip.filter({ hasText: 'gpt_neox with a low-rank adapter on neox-1m/step4000' }).waitFor();

    await workbench.closeEditors();
    await workbench.chooseInExplorer([adapter], ANALYZE);
    await assertShows(await panelIn('done'), expected!.summary);
  });

  it('can be given another base, or none', async () => {
    const [other] = await analyze(CLI, [adapter], '--base', workspace.file(0));
    await workbench.chooseInExplorer([adapter], CHOOSE);
    await answer('Choose the base model…');
    await workbench.answerFileDialog(workspace.file(0), 'Use as Base');
    const panel = await panelIn('done');
    await panel.getByTestId('strip').filter({ hasText: 'on neox-1m/step0' }).waitFor();
    await assertShows(panel, other!.summary);

    const [alone] = await analyze(CLI, [adapter], '--base', 'none');
    await workbench.chooseInExplorer([adapter], CHOOSE);
    await answer('Analyze the adapter alone');
    await panel
      .getByTestId('strip')
      .filter({ hasText: /^(?!.*low-rank).*lora/s })
      .waitFor();
    await assertShows(panel, alone!.summary);
  });

  it('is offered the checkpoints of the workspace that it fits, and no others', async () => {
    await workbench.chooseInExplorer([adapter], CHOOSE);
    await workbench.quickRows.filter({ hasText: 'Analyze the adapter alone' }).waitFor();
    const fitting = workbench.quickRows.filter({ hasText: 'its tensors fit the adapter' });
    const rows = await fitting.allInnerTexts();
    // Not the one that it names, which is there as that, no other adapter, and nothing damaged.
    assert.deepEqual(rows.map((text) => /step\d+|interrupted|lora/.exec(text)?.[0]).sort(), [
      'step0',
      'step1000',
    ]);
    await answer('step1000');
    const panel = await panelIn('done');
    await panel.getByTestId('strip').filter({ hasText: 'on neox-1m/step1000' }).waitFor();
  });

  it('is compared with its base once that is chosen, and with another revision of itself', async () => {
    const pair = [adapter, workspace.file(4000)] as const;
    const changed = workbench.panel
      .getByTestId('tensors-sentence')
      .filter({ hasText: /^Different: 6 of \d+ matrices/ });
    await workbench.chooseInExplorer([adapter], CHOOSE);
    await answer('Analyze the adapter alone');
    await panelIn('done');
    await workbench.closeEditors();
    await workbench.chooseInExplorer(pair, COMPARE);
    await (await panelIn('failed')).getByText('this adapter is taken by itself').waitFor();
    await workbench.closeEditors();

    await workbench.chooseInExplorer([adapter], CHOOSE);
    await answer('the base that the adapter names');
    await panelIn('done');
    await workbench.closeEditors();
    await workbench.chooseInExplorer(pair, COMPARE);
    const note = (await panelIn('done')).getByTestId('note');
    await note.filter({ hasText: 'A is a low-rank adapter on neox-1m/step4000' }).waitFor();
    await changed.waitFor();
    await workbench.closeEditors();

    await workbench.chooseInExplorer([adapter, revision], COMPARE);
    await answer('the base that the adapter names');
    const both = (await panelIn('done')).getByTestId('note');
    await both.filter({ hasText: 'B is a low-rank adapter on neox-1m/step4000' }).waitFor();
    await changed.waitFor();
  });

  it('that names a base outside of the workspace has it opened only when the user has chosen it', async () => {
    await workbench.chooseInExplorer([faraway], 'Inspect Checkpoint');
    const facts = workbench.panel.locator('[data-testid="inspect"][data-state="done"]');
    await facts.getByText('none: the updates alone').waitFor();
    assert.equal(await facts.getByText(elsewhere).count(), 1);
    await workbench.closeEditors();

    const [expected] = await analyze(CLI, [faraway], '--base', elsewhere);
    await workbench.chooseInExplorer([faraway], ANALYZE);
    await answer('the base that the adapter names, outside of the workspace');
    await assertShows(await panelIn('done'), expected!.summary);
  });

  it('that the user does not want to choose a base for is left alone', async () => {
    await workbench.chooseInExplorer([join(undecided, 'adapter_model.safetensors')], ANALYZE);
    await workbench.quickRows
      .filter({ hasText: 'the model that the adapter was trained on: some/model' })
      .waitFor();
    await workbench.page.keyboard.press('Escape');
    await workbench.quickInput.waitFor({ state: 'hidden' });
    await workbench.page.locator('iframe.webview').waitFor({ state: 'detached' });
  });
});
