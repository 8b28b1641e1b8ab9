import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { Locator } from 'playwright-core';
import type { InspectionListing } from '../../../src/protocol/inspectionListing';
import { PROTOCOL_VERSION } from '../../../src/protocol/rpc';
import { writeManyTensors } from '../../unit/support/manyTensors';
import { eventually } from '../../support/eventually';
import { paths } from '../harness/paths';
import { panelIn } from './panel';
import { CLI, workbench, workspace } from './session';

const INSPECT = 'Inspect Checkpoint';
/** Numbers as the page writes them: thin spaces between thousands. */
const written = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

/** Writes a safetensors file of F32 weights. */
function writeTensors(file: string, tensors: readonly [string, number[]][]): void {
  let offset = 0;
  const header: Record<string, unknown> = {};
  for (const [name, shape] of tensors) {
    const bytes = 4 * shape.reduce((product, side) => product * side, 1);
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + bytes] };
    offset += bytes;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const values = Float32Array.from({ length: offset / 4 }, (_, i) => 0.02 * Math.sin(i));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, Buffer.concat([length, json, Buffer.from(values.buffer)]));
}

/** As much of a page as is needed to send it a message. */
interface Body {
  ownerDocument: { defaultView: { postMessage: (message: unknown) => void } };
}

/** The inspect view, once it is in `state`. */
async function viewIn(state: string): Promise<Locator> {
  const view = workbench.panel.locator(`[data-testid="inspect"][data-state="${state}"]`);
  await view.waitFor();
  return view;
}

const rowsOf = (view: Locator): Locator => view.locator('.grid-body [role="row"]:not([hidden])');

/** Asserts that the active row comes to be this one, and in view. @param index as it is told to screen readers. */
async function assertActive(view: Locator, index: number): Promise<void> {
  await view.locator(`[role="row"][aria-rowindex="${index}"][aria-selected="true"]`).waitFor();
  await eventually(async () => {
    const active = await view.getByTestId('tensors').getAttribute('aria-activedescendant');
    assert.equal(await view.locator(`#${active!}`).getAttribute('aria-rowindex'), String(index));
  });
}

describe('the inspect view', () => {
  const { tensors, projections } = JSON.parse(
    execFileSync(CLI.node, [CLI.cli, 'inspect', join(paths.sampleRun, 'step4000'), '--json'], {
      encoding: 'utf8',
    }),
  ) as InspectionListing;

  it('tells the tensors of the command line', async () => {
    await workbench.chooseInExplorer([workspace.file(4000)], INSPECT);
    const view = await viewIn('done');
    await view
      .getByTestId('headline')
      .filter({ hasText: /76 tensors, gpt_neox\. Analyzed: 24 weight matrices in 6 blocks/ })
      .waitFor();
    await view
      .getByTestId('count')
      .filter({ hasText: new RegExp(`^${tensors.length} tensors$`) })
      .waitFor();

    await view.getByTestId('search').fill('layers.3 dense f16');
    const found = tensors.filter(({ name, dtype }) => /layers\.3\..*dense/.test(name) && dtype === 'F16');
    await view
      .getByTestId('count')
      .filter({ hasText: `${found.length} of ${tensors.length}` })
      .waitFor();
    await eventually(async () => {
      assert.equal(await rowsOf(view).count(), found.length);
    });

    await view.getByTestId('search').fill('');
    await view.getByTestId('part').selectOption('network');
    const used = new Set(projections.flatMap((each) => each.tensors)).size;
    await view
      .getByTestId('count')
      .filter({ hasText: `${used} of ${tensors.length}` })
      .waitFor();
  });

  it('offers the copies of a model that a checkpoint holds several times, and takes the one that is chosen', async () => {
    const folder = join(workspace.folder, 'copies');
    const block = (of: string): [string, number[]][] =>
      [0, 1].flatMap((number): [string, number[]][] => [
        [`${of}.blocks.${number}.attn.qkv.weight`, [96, 32]],
        [`${of}.blocks.${number}.attn.proj.weight`, [32, 32]],
        [`${of}.blocks.${number}.mlp.fc1.weight`, [128, 32]],
        [`${of}.blocks.${number}.mlp.fc2.weight`, [32, 128]],
      ]);
    writeTensors(join(folder, 'model.safetensors'), [...block('student'), ...block('teacher')]);
    try {
      await workbench.chooseInExplorer([join(folder, 'model.safetensors')], INSPECT);
      const view = await viewIn('done');
      assert.equal(await view.getByTestId('weights').inputValue(), 'student');
      await view.getByTestId('weights').selectOption('teacher');
      await eventually(async () => {
        assert.equal(await (await viewIn('done')).getByTestId('weights').inputValue(), 'teacher');
      });
      await view.getByTestId('part').selectOption('network');
      await eventually(async () => {
        const names = await rowsOf(view).locator('.name').allInnerTexts();
        assert.equal(names.length, 8);
        assert.ok(
          names.every((name) => name.startsWith('teacher.')),
          names.join(', '),
        );
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('sorts, and is used by keyboard', async () => {
    await workbench.chooseInExplorer([workspace.file(4000)], INSPECT);
    const view = await viewIn('done');
    for (const direction of ['ascending', 'descending']) {
      await view.getByTestId('sort-bytes').click();
      await view.locator(`.grid-head .bytes[aria-sort="${direction}"]`).waitFor();
    }
    const largest = [...tensors].sort((a, b) => b.bytes - a.bytes)[0]!;
    const grid = view.getByTestId('tensors');
    await grid.focus();
    await grid.press('Home');
    const details = view.getByTestId('tensor');
    const bytes = written(largest.bytes);
    await details.getByText(`${bytes} bytes`).waitFor();
    await grid.press('End');
    await assertActive(view, tensors.length + 1);
  });

  it('analyzes what it shows', async () => {
    await workbench.chooseInExplorer([workspace.file(4000)], INSPECT);
    await (await viewIn('done')).getByTestId('analyze').click();
    await panelIn('done');
    await eventually(async () => {
      assert.equal(await workbench.tabs.count(), 2);
    });
  });

  it('analyzes one role alone', async () => {
    await workbench.chooseInExplorer([workspace.file(4000)], INSPECT);
    const view = await viewIn('done');
    await view.getByTestId('part').selectOption('mlp.up');
    await view.getByTestId('analyze-role').filter({ hasText: 'Analyze mlp.up Alone' }).click();
    const part = (await panelIn('done')).getByTestId('subset-name');
    await part.filter({ hasText: 'Part of the network: mlp.up.' }).waitFor();
  });

  it('keeps what was chosen while it is hidden, and over a reload', async () => {
    const assertKept = async (): Promise<void> => {
      await workbench.panel.getByTestId('headline').filter({ hasText: 'step4000' }).waitFor();
      const view = await viewIn('done');
      await eventually(async () => {
        assert.equal(await view.getByTestId('search').inputValue(), 'mlp');
      });
      await assertActive(view, 4);
    };
    await workbench.chooseInExplorer([workspace.file(4000)], INSPECT);
    const view = await viewIn('done');
    await view.getByTestId('search').fill('mlp');
    await view.locator('[role="row"][aria-rowindex="4"]').click();
    await assertKept();
    await workbench.chooseInExplorer([workspace.file(1000)], INSPECT);
    await workbench.panel.getByTestId('headline').filter({ hasText: 'step1000' }).waitFor();
    await workbench.tabs.first().click();
    await assertKept();
    await workbench.reload();
    await assertKept();
  });

  it('says when a file that its index names is another one, and when it is back', async () => {
    const folder = join(workspace.folder, 'sharded');
    const names = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
    const weights = ['first', 'second'].map((name) => `${name}.weight`);
    for (const [i, name] of names.entries()) writeTensors(join(folder, name), [[weights[i]!, [16, 16]]]);
    const index = join(folder, 'model.safetensors.index.json');
    const map = Object.fromEntries(weights.map((weight, i) => [weight, names[i]]));
    writeFileSync(index, JSON.stringify({ metadata: {}, weight_map: map }));
    try {
      await workbench.chooseInExplorer([index], INSPECT);
      const view = await viewIn('done');
      writeTensors(join(folder, names[1]!), [[weights[1]!, [16, 32]]]);
      await view.getByTestId('changed').filter({ hasText: 'has changed since it was read' }).waitFor();
      await view.getByTestId('read-again').click();
      await view.getByTestId('changed').waitFor({ state: 'hidden' });
      await view.getByText('16 × 32').first().waitFor();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is offered beside the editor that opens the file', async () => {
    await workbench.chooseInExplorer([workspace.file(0)], 'Open With...');
    await workbench.quickRows.filter({ hasText: 'NeuroMFA: Tensors' }).click();
    await viewIn('done');
  });

  it('says what is wrong with a file that it cannot read', async () => {
    await workbench.chooseInExplorer([workspace.truncated], INSPECT);
    const view = await viewIn('failed');
    await view.getByTestId('error').filter({ hasText: 'cut short' }).waitFor();
    for (const id of ['retry', 'show-log']) await view.getByTestId(id).waitFor();
  });

  it('says that a message cannot be shown, in place of what it showed, and tries again', async () => {
    await workbench.chooseInExplorer([workspace.file(4000)], INSPECT);
    const view = await viewIn('done');
    // As the host would send it, but for its content.
    const damaged = { version: PROTOCOL_VERSION, kind: 'call', id: 1e6, method: 'show', params: { name: 7 } };
    await workbench.panel.locator('body').evaluate(({ ownerDocument }: Body, message) => {
      ownerDocument.defaultView.postMessage(message);
    }, damaged);
    const fault = workbench.panel.getByTestId('page-fault');
    await fault
      .getByTestId('page-fault-text')
      .filter({ hasText: /^parameters of another shape for "show"/ })
      .waitFor();
    await view.waitFor({ state: 'hidden' });
    await fault.getByTestId('page-show-log').waitFor();
    await fault.getByTestId('page-retry').click();
    await fault.waitFor({ state: 'detached' });
    await view.waitFor();
  });

  it('shows as much metadata as a page can hold', async () => {
    const file = join(workspace.folder, 'much', 'model.safetensors');
    mkdirSync(dirname(file), { recursive: true });
    const metadata = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`key ${i}`, 'value']));
    const entry = { dtype: 'U8', shape: [1], data_offsets: [0, 1] };
    const header = Buffer.from(JSON.stringify({ __metadata__: metadata, a: entry }));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(file, Buffer.concat([length, header, Buffer.alloc(1)]));
    await workbench.chooseInExplorer([file], INSPECT);
    const view = await viewIn('done');
    await view
      .getByTestId('metadata-left-out')
      .filter({ hasText: `and ${written(49_000)} more` })
      .waitFor();
    rmSync(dirname(file), { recursive: true });
  });

  it('computes tensor facts on demand, shows a histogram, and saves what the command line prints', async () => {
    await workbench.chooseInExplorer([workspace.file(4000)], INSPECT);
    const view = await viewIn('done');
    await view.getByTestId('compute-facts').click();
    await view.getByTestId('table-facts').waitFor();
    assert.equal(await view.getByTestId('table-facts').locator('tbody tr').count(), 76);
    await view.getByTestId('facts-by-sd').click();
    await view.getByTestId('table-facts').locator('tbody button').first().click();
    await view.getByTestId('histogram').locator('svg.histogram').waitFor();
    const path = join(workspace.exports, 'facts.csv');
    await view.getByTestId('save-facts').click();
    await workbench.answerFileDialog(path);
    const printed = execFileSync(CLI.node, [CLI.cli, 'inspect', workspace.file(4000), '--csv']).toString();
    await eventually(() => {
      assert.equal(readFileSync(path, 'utf8'), printed);
    });
  });

  describe('with many tensors', () => {
    const COUNT = 30_000;
    const file = join(workspace.folder, 'many', 'model.safetensors');

    before(() => {
      mkdirSync(dirname(file), { recursive: true });
      writeManyTensors(file, COUNT);
    });

    after(() => {
      rmSync(dirname(file), { recursive: true });
    });

    it('searches and sorts all, and holds only the rows in view', async () => {
      await workbench.chooseInExplorer([file], INSPECT);
      const view = await viewIn('done');
      const total = written(COUNT);
      const count = view.getByTestId('count');
      await count.filter({ hasText: new RegExp(`^${total} tensors$`) }).waitFor();
      assert.ok((await rowsOf(view).count()) < 100);

      await view.getByTestId('search').fill('layers.41.mlp down_proj');
      // One per expert, of whom each has three.
      const experts = Math.floor((Math.floor((COUNT - 3) / 80) - 7) / 3);
      await count.filter({ hasText: `${experts} of ${total}` }).waitFor();
      await view.getByTestId('search').fill('');
      await count.filter({ hasText: `${total} tensors` }).waitFor();

      await view.getByTestId('sort-name').click();
      await view.getByTestId('sort-name').click();
      const grid = view.getByTestId('tensors');
      await grid.focus();
      await grid.press('End');
      await assertActive(view, COUNT + 1);
      assert.ok((await rowsOf(view).count()) < 100);
    });
  });
});
