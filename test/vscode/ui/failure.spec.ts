import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { panelIn } from './panel';
import { ANALYZE, workbench, workspace } from './session';

describe('a truncated checkpoint', () => {
  it('is named together with the cause and the next step', async () => {
    await workbench.chooseInExplorer([workspace.truncated], ANALYZE);
    const panel = await panelIn('failed');
    const state = panel.locator('.state');
    await state.filter({ hasText: workspace.truncated }).waitFor();
    assert.match(
      await state.innerText(),
      /(truncated|cut short|incomplete|ends|missing)[^]*\.\s+[A-Z][^]*(again|download|copy)/i,
    );
    for (const button of ['retry', 'show-log'])
      assert.equal(await state.getByTestId(button).count(), 1, button);
    // Told once: the panel is in sight.
    assert.equal(await workbench.toast(workspace.truncated).count(), 0);
  });
});
