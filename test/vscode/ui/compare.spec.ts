/** Comparing from the explorer, as a user does it: what is shown is what the command line says. */
import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, before, after, describe, it } from 'mocha';
import { figureSentences, tensorSentences } from '../../../src/protocol/comparisonWords';
import type { Comparison } from '../../../src/protocol/comparison';
import { eventually } from '../../support/eventually';
import { compare } from '../harness/cli';
import { paths } from '../harness/paths';
import { assertPanelAccessible, panelIn } from './panel';
import { chooseInRuns, closeSidePanel, openSidePanel, row } from './runsView';
import { CLI, workbench, workspace } from './session';

const COMPARE = 'Compare…';

describe('compare', () => {
  const edited = join(workspace.folder, 'edited', 'model.safetensors');

  before(() => {
    // Step 4000 with one tensor scaled: its exponents are one larger.
    cpSync(workspace.step(4000), dirname(edited), { recursive: true });
    const bytes = readFileSync(edited);
    const length = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<
      string,
      { data_offsets: [number, number] }
    >;
    const [from, to] = header['gpt_neox.layers.2.mlp.dense_h_to_4h.weight']!.data_offsets;
    for (let at = 8 + length + from; at < 8 + length + to; at += 2) {
      const bits = bytes.readUInt16LE(at);
      // Subnormal numbers and zeros stay as they are.
      if ((bits & 0x7c00) > 0) bytes.writeUInt16LE(bits + 0x400, at);
    }
    writeFileSync(edited, bytes);
  });
  after(() => {
    rmSync(dirname(edited), { recursive: true });
  });
  afterEach(closeSidePanel);

  it('two checkpoints that are selected, with the sentences of the command line', async () => {
    const pair = [workspace.file(1000), workspace.file(4000)] as const;
    await workbench.chooseInExplorer(pair, COMPARE);
    const panel = await panelIn('done');
    const found = (await compare(CLI, pair)) as Extract<Comparison, { kind: 'checkpoints' }>;
    const headline = await panel.getByTestId('headline').innerText();
    for (const sentence of figureSentences(found.figures!)) assert.ok(headline.includes(sentence), headline);
    const said = await panel.getByTestId('tensors-sentence').innerText();
    assert.equal(said, tensorSentences(found.tensors).join(' '));
    await panel.getByTestId('tab-spectra').click();
    await panel.getByTestId('chart-spectrum').waitFor();
  });

  it('names the one tensor that was scaled, orders by any column, and exports all as CSV', async () => {
    await workbench.chooseInExplorer([edited, workspace.file(4000)], COMPARE);
    const panel = await panelIn('done');
    await panel
      .getByTestId('tensors-sentence')
      .filter({ hasText: 'Different: 1 of 76 tensors' })
      .filter({ hasText: 'gpt_neox.layers.2.mlp.dense_h_to_4h.weight changed most' })
      .waitFor();
    const first = panel.getByTestId('table-tensors').locator('tbody tr').first();
    assert.match(await first.innerText(), /^gpt_neox\.layers\.2\.mlp\.dense_h_to_4h\.weight/);
    await panel.getByTestId('tensors-by-name').click();
    await first.filter({ hasText: 'embed_out' }).waitFor();
    const path = join(workspace.exports, 'compared.csv');
    await panel.getByTestId('export').click();
    await panel.getByTestId('export-csv').click();
    await workbench.answerFileDialog(path);
    await eventually(() => {
      assert.equal(readFileSync(path, 'utf8').trim().split('\r\n').length, 77);
    });
  });

  it('comes back after a reload with the tab that was open, and colors layers beyond their null models', async () => {
    await workbench.chooseInExplorer([workspace.file(1000), workspace.file(4000)], COMPARE);
    let panel = await panelIn('done');
    await panel.getByTestId('tab-layers').click();
    await panel.getByTestId('nulls').check();
    panel = await panelIn('done');
    await panel.getByTestId('layers-full').click();
    await panel.getByTestId('layers-sentence').filter({ hasText: 'of 24.' }).waitFor();
    await workbench.reload();
    await panelIn('done');
    await workbench.panel.getByTestId('layers-sentence').filter({ hasText: 'of 24.' }).waitFor();
    assert.equal(await workbench.panel.getByTestId('mode').inputValue(), 'full');
    await assertPanelAccessible('layers');
  });

  it('two rows of the tree that are selected', async () => {
    await openSidePanel();
    await row('neox-1m').waitFor();
    if ((await row('step1000').count()) === 0) await row('neox-1m').click();
    await chooseInRuns([row('step1000'), row('step4000')], COMPARE);
    await workbench.tabs.filter({ hasText: 'Compare: neox-1m/step1000, neox-1m/step4000' }).waitFor();
    await closeSidePanel();
    const panel = await panelIn('done');
    await panel.getByTestId('headline').filter({ hasText: 'Δ ln α₀' }).waitFor();
  });

  it('two runs of different length that are selected, at the steps that both have', async () => {
    const other = join(workspace.folder, 'shorter');
    for (const step of [1000, 2000])
      cpSync(join(paths.sampleRun, `step${step}`), join(other, `step${step}`), { recursive: true });
    try {
      await openSidePanel();
      await row('shorter').waitFor();
      await chooseInRuns([row('neox-1m'), row('shorter')], COMPARE);
      await workbench.tabs.filter({ hasText: 'Compare: neox-1m, shorter' }).waitFor();
      await closeSidePanel();
      const panel = await panelIn('done');
      // The weights at the step that both have are one.
      await panel.getByTestId('headline').filter({ hasText: 'α₀ is the same.' }).waitFor();
      await panel
        .getByTestId('tensors-sentence')
        .filter({ hasText: 'A and B are the same: 76 tensors' })
        .waitFor();
      await panel.getByTestId('tab-steps').click();
      await panel.getByText('Steps that only A has: 0, 4,000.').waitFor();
      await panel.getByText('Steps that only B has: 2,000.').waitFor();
    } finally {
      rmSync(other, { recursive: true });
    }
  });
});
