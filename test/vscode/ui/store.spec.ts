import assert from 'node:assert/strict';
import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { eventually } from '../../support/eventually';
import { runWithStore } from '../harness/cli';
import { panelIn } from './panel';
import { closeSidePanel, openSidePanel, press, rowIn } from './runsView';
import { ANALYZE, CLI, logs, userCache, workbench, workspace } from './session';

describe('results that cannot be stored', () => {
  it('are shown, and told of once, by the name of the store', async () => {
    await workbench.run('NeuroMFA: Refresh Training Runs'); // Wakes the extension up.
    const folder = await eventually(() => {
      const named = /Results are stored in (.+)$/m.exec(logs().at(-1) ?? '')?.[1];
      assert.ok(named, 'the log names the folder');
      return Promise.resolve(named);
    });
    renameSync(folder, `${folder}.away`);
    writeFileSync(folder, 'no folder');
    try {
      await workbench.chooseInExplorer([workspace.file(0), workspace.file(1000)], ANALYZE);
      await panelIn('done');
      const toast = workbench.toast('could not be stored');
      await toast.waitFor();
      const message = await toast.locator('.notification-list-item-message').innerText();
      assert.ok(
        message.startsWith(`${folder}: 2 of 2 results could not be stored in this store: not a directory.`),
      );
      await eventually(async () => {
        assert.equal(await toast.locator('.monaco-button', { hasText: 'Show Log' }).count(), 1);
      });
      assert.equal(await toast.count(), 1);
    } finally {
      rmSync(folder);
      renameSync(`${folder}.away`, folder);
    }
  });
});

describe('one store for the editor and the command line', () => {
  const RUN = 'neox-1m';
  const folder = join(workspace.folder, RUN);
  const stored = (): string[] =>
    readdirSync(join(userCache(), 'neuromfa', 'results')).filter((name) => name.endsWith('.json'));
  const analyses = (): number =>
    logs()
      .join('')
      .match(/ Analyzing /g)?.length ?? 0;
  beforeEach(openSidePanel);
  afterEach(async () => {
    await closeSidePanel();
    await workbench.configure({});
  });

  it('shows what a night of `neuromfa run` has computed, and computes nothing', async () => {
    await workbench.configure({ 'neuromfa.analysis.seed': 4242 });
    await rowIn(RUN, '0 of 3 analyzed').waitFor();
    const before = analyses();
    const { points } = await runWithStore(CLI, folder, userCache(), '--seed', '4242');
    await workbench.run('NeuroMFA: Refresh Training Runs');
    await rowIn(RUN, '3 of 3 analyzed').waitFor();
    for (const [index, step] of [0, 1000, 4000].entries())
      await rowIn(`step${step}`, `α₀ ${points[index]!.alpha0.mean!.toFixed(3)}`).waitFor();
    assert.equal(analyses(), before);
  });

  it('spares the command line what the editor has computed', async () => {
    await workbench.configure({ 'neuromfa.analysis.seed': 4243 });
    await rowIn(RUN, '0 of 3 analyzed').waitFor();
    await press(RUN, 'Analyze Run');
    await rowIn(RUN, '3 of 3 analyzed').waitFor();
    const before = stored();
    const { points } = await runWithStore(CLI, folder, userCache(), '--seed', '4243');
    assert.equal(points.length, 3);
    assert.deepEqual(stored(), before);
  });
});
