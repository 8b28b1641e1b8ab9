import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { panelIn } from './panel';
import { ANALYZE, workbench, workspace } from './session';

/** Half a minute of two processors: many times what it takes to cancel, however busy they are. */
const LONG = { 'neuromfa.analysis.samples': 1000, 'neuromfa.analysis.neurons': 128 };

describe('cancelling', () => {
  afterEach(() => workbench.configure({}));

  it('ends a long analysis and leaves the pool usable', async () => {
    await workbench.configure(LONG);
    await workbench.chooseInExplorer([workspace.file(1000)], ANALYZE);
    const panel = await panelIn('running');
    await panel.getByTestId('progress-text').filter({ hasText: '% done' }).waitFor();
    // The panel is in sight: nothing else says the same.
    assert.equal(await workbench.toast('Analyzing').count(), 0);
    await panel.getByTestId('cancel').click();
    await panelIn('cancelled');

    await workbench.configure({});
    await workbench.closeEditors();
    await workbench.chooseInExplorer([workspace.file(0)], ANALYZE);
    await panelIn('done');
  });
});
