import assert from 'node:assert/strict';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { eventually } from '../../support/eventually';
import { panelIn } from './panel';
import { ANALYZE, logs, workbench, workspace } from './session';

describe('results that cannot be stored', () => {
  it('are shown, and told of once, by the name of the store', async () => {
    await workbench.run('NeuroMFA: Refresh Training Runs'); // Wakes the extension up.
    const folder = await eventually(() => {
      const named = /Results are kept in (.+)$/m.exec(logs().at(-1) ?? '')?.[1];
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
