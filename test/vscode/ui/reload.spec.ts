import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { panelIn } from './panel';
import { ANALYZE, workbench, workspace } from './session';

describe('reloading the window', () => {
  it('brings the panel back with its numbers', async () => {
    await workbench.chooseInExplorer([workspace.file(0), workspace.file(1000)], ANALYZE);
    const numbers = async (): Promise<string[]> =>
      (await panelIn('done')).getByTestId('alpha0').allInnerTexts();
    const before = await numbers();
    assert.equal(before.length, 2);
    const title = await workbench.tabs.first().innerText();

    await workbench.reload();
    assert.deepEqual(await numbers(), before);
    assert.equal(await workbench.tabs.first().innerText(), title);
  });
});
