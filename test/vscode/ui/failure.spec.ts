import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { eventually } from '../../support/eventually';
import { panelIn } from './panel';
import { ANALYZE, workbench, workspace } from './session';

describe('a truncated checkpoint', () => {
  it('is named together with the cause and the next step', async () => {
    await workbench.chooseInExplorer([workspace.truncated], ANALYZE);
    const toast = workbench.toast(workspace.truncated);
    await toast.waitFor();
    const message = await toast.locator('.notification-list-item-message').innerText();
    assert.match(
      message,
      /(truncated|cut short|incomplete|ends|missing)[^]*\. [A-Z][^]*(again|download|copy)/i,
    );
    await eventually(async () => {
      for (const button of ['Retry', 'Show Log'])
        assert.equal(await toast.locator('.monaco-button', { hasText: button }).count(), 1, button);
    });
    const panel = await panelIn('failed');
    await panel.getByTestId('error').filter({ hasText: /\S/ }).waitFor();
  });
});
