import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import { cutAlong, dcpFiles } from '../../unit/support/dcpFiles';
import { Tensor, torchFile, type Pickled } from '../../unit/support/torchFiles';
import { seriesOf } from '../harness/cli';
import { assertDashboardShows } from './dashboard';
import { panelIn } from './panel';
import { assertRowsOf, closeSidePanel, openSidePanel, press, rowIn } from './runsView';
import { ANALYZE, CLI, workbench, workspace } from './session';

const RUN = 'neox-1m';
const STEPS = [0, 1000, 4000];

/** The run of the workspace as Lightning, nanoGPT and torchtitan would have saved it. */
function write(): void {
  const save = (path: string, content: Uint8Array): void => {
    const file = join(workspace.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  };
  for (const [i, step] of STEPS.entries()) {
    const checkpoint = openCheckpoint(workspace.file(step));
    const tensors = checkpoint.tensors.map((tensor) => {
      const bytes = new Uint8Array(tensor.bytes);
      checkpoint.read(tensor, 0, bytes);
      return [tensor.name, { ...tensor, bytes, tiles: cutAlong(tensor.shape, 0, 2) }] as const;
    });
    checkpoint.close();
    const weights = new Map<Pickled, Pickled>(
      tensors.map(([name, { bytes, dtype, shape }]) => [name, new Tensor(bytes, dtype, shape)]),
    );
    const saved = (set: string, key: string): Buffer =>
      torchFile(
        new Map<Pickled, Pickled>([
          [set, weights],
          [key, step],
        ]),
      );
    save(
      step === 4000 ? 'lightning/last.ckpt' : `lightning/epoch=${i}-step=${step}.ckpt`,
      saved('state_dict', 'global_step'),
    );
    // Against the order of the alphabet.
    save(`nano/${['young', 'middle', 'aged'][i]!}.pt`, saved('model', 'iter_num'));
    for (const [name, content] of Object.entries(dcpFiles(new Map(tensors))))
      save(`titan/step-${step}/${name}`, content);
  }
}

describe('runs of training programs', () => {
  before(() => {
    write();
  });
  after(async () => {
    for (const folder of ['lightning', 'nano', 'titan'])
      rmSync(join(workspace.folder, folder), { recursive: true });
    await openSidePanel();
    await closeSidePanel();
  });

  it('are found, whether names or files tell their steps', async () => {
    await openSidePanel();
    await assertRowsOf(/^(lightning|nano|titan)\b/, [
      'lightning, 3 checkpoints',
      'nano, 3 checkpoints',
      'titan, 3 checkpoints',
    ]);
  });

  for (const run of ['lightning', 'nano', 'titan']) {
    it(`show trends and E of ${run}, as of the same weights in safetensors`, async () => {
      await openSidePanel();
      await press(run, 'Analyze Run');
      await rowIn(run, '3 of 3 analyzed').waitFor();
      // Trends have opened, and the dashboard is to be the only page.
      await workbench.tabs.filter({ hasText: `Trends: ${run}` }).waitFor();
      await closeSidePanel();
      await workbench.closeEditors();
      await openSidePanel();
      await workbench.panel.getByTestId('run-choice').selectOption({ label: run });
      await assertDashboardShows(await seriesOf(CLI, join(workspace.folder, RUN)));
    });
  }

  it('open one checkpoint of pieces by its folder', async () => {
    await closeSidePanel();
    await workbench.chooseInExplorer([join(workspace.folder, 'titan/step-4000')], ANALYZE);
    await panelIn('done');
  });
});
