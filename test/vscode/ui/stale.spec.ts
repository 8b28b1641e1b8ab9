import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'mocha';
import { panelIn } from './panel';
import { closeSidePanel, openSidePanel, press, row, rowIn } from './runsView';
import { ANALYZE, workbench, workspace } from './session';

const RUN = 'neox-1m';
const file = workspace.file(1000);
const away = `${file}.away`;
const banner = (text: string): ReturnType<typeof workbench.panel.locator> =>
  workbench.panel.getByTestId('stale').filter({ hasText: text });

describe('results that are not of now', () => {
  let bytes: Buffer;
  before(() => {
    bytes = readFileSync(file);
  });
  after(() => {
    writeFileSync(file, bytes);
  });

  it('are said to be of an overwritten or a deleted file, and stay', async () => {
    await workbench.chooseInExplorer([file], ANALYZE);
    const panel = await panelIn('done');
    const alpha0 = await panel.getByTestId('alpha0').innerText();
    copyFileSync(workspace.file(0), file);
    await banner('has been overwritten').waitFor();
    await panel.getByTestId('alpha0').filter({ hasText: alpha0 }).waitFor();
    await panel.getByTestId('analyze-overwritten').click();
    await banner('').waitFor({ state: 'detached' });
    await panelIn('done');
    const now = await panel.getByTestId('alpha0').innerText();

    renameSync(file, away);
    await banner('has been deleted').waitFor();
    // The last result comes back when another one cannot be made.
    await panel.getByTestId('mode').selectOption('full');
    await panelIn('failed');
    await workbench.panel.getByTestId('mode').selectOption('sampled');
    await panelIn('done');
    await banner('has been deleted').waitFor();
    await workbench.panel.getByTestId('alpha0').filter({ hasText: now }).waitFor();
    // So it does for a window that knows nothing but what the workspace remembers.
    await workbench.reload();
    await panelIn('done');
    await banner('has been deleted').waitFor();
    await workbench.panel.getByTestId('alpha0').filter({ hasText: now }).waitFor();
    // Renaming changes the state of a file, if not its weights.
    renameSync(away, file);
    await workbench.panel.getByTestId('analyze-overwritten').click();
    await banner('').waitFor({ state: 'detached' });
  });

  it('are said to be missing from the curves of a run', async () => {
    await openSidePanel();
    await row(RUN).waitFor();
    await press(RUN, 'Analyze Run');
    await rowIn(RUN, '3 of 3 analyzed').waitFor();
    await closeSidePanel();
    await panelIn('done');
    // Weights that nothing is known of.
    const others = Buffer.from(bytes);
    for (let at = others.length - 1000; at < others.length; at += 2) others[at]! ^= 1;
    writeFileSync(file, others);
    await banner('Overwritten since they were analyzed: step1000.').waitFor();
    await workbench.panel.getByText('Hollow beside the line').first().waitFor();
    await workbench.reload();
    await banner('Overwritten since they were analyzed: step1000.').waitFor();
    await workbench.panel.getByText('Hollow beside the line').first().waitFor();
    await workbench.panel.getByTestId('analyze-missing').click();
    await banner('').waitFor({ state: 'detached' });
  });

  it('of a run stay when one of its checkpoints is deleted, until they are left out', async () => {
    await openSidePanel();
    await press(RUN, 'Open Trends');
    await closeSidePanel();
    await panelIn('done');
    renameSync(file, away);
    await banner('Deleted since they were analyzed: step1000.').waitFor();
    await workbench.panel.getByText('Hollow on the line').first().waitFor();
    await workbench.reload();
    await banner('Deleted since they were analyzed: step1000.').waitFor();
    await workbench.panel.getByText('Hollow on the line').first().waitFor();
    await workbench.panel.getByTestId('leave-out').click();
    await banner('').waitFor({ state: 'detached' });
    renameSync(away, file);
  });
});
