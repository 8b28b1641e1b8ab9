import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { eventually } from '../../support/eventually';
import { panelIn } from './panel';
import { ANALYZE, workbench, workspace } from './session';

describe('reloading the window', () => {
  it('brings the panel back with its numbers', async () => {
    await workbench.chooseInExplorer([workspace.file(0), workspace.file(1000)], ANALYZE);
    const numbers = async (): Promise<string[]> =>
      (await panelIn('done')).getByTestId('alpha0').allInnerTexts();
    const before = await eventually(async () => {
      const shown = await numbers();
      assert.equal(shown.filter((number) => /\d/.test(number)).length, 2, shown.join('; '));
      return shown;
    });
    const title = await workbench.tabs.first().innerText();

    await workbench.reload();
    await eventually(async () => {
      assert.deepEqual(await numbers(), before);
      assert.equal(await workbench.tabs.first().innerText(), title);
    });
  });
});
