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
    await panelIn('running');
    const progress = workbench.toast('Analyzing');
    await progress.filter({ hasText: /of 1.?000 samples/ }).waitFor();
    await progress.locator('.monaco-button', { hasText: 'Cancel' }).click();
    await panelIn('cancelled');
    await progress.waitFor({ state: 'detached' });

    await workbench.configure({});
    await workbench.closeEditors();
    await workbench.chooseInExplorer([workspace.file(0)], ANALYZE);
    await panelIn('done');
  });
});
