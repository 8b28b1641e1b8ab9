import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { RunSeries } from '../../../src/protocol/run';
import { seriesOf } from '../harness/cli';
import { eventually } from '../../support/eventually';
import { closeEditors, extension, sample, sampleRun } from './extension';

const STEPS = [0, 64, 256, 512, 1000, 2000, 3000, 4000];

describe('training runs', () => {
  before(async () => {
    await extension().activate();
    await vscode.commands.executeCommand('neuromfa.refreshRuns');
  });
  after(() => setBaseline({ kind: 'first' }));

  it('are found among the folders of the workspace', async () => {
    const { checkpoints, ...run } = await eventually(sampleRun);
    assert.deepEqual([run.name, run.folder, run.orderedBy], ['neox-1m', 'neox-1m', 'step']);
    assert.deepEqual(
      checkpoints.map(({ name, step }) => [name, step]),
      STEPS.map((step) => [`step${step}`, step]),
    );
  });

  it('are analyzed from their folder, with exactly the series of the command line', async () => {
    await vscode.commands.executeCommand('neuromfa.analyzeRun', sample(''));
    await eventually(() => {
      const { checkpoints, spectra } = sampleRun();
      assert.deepEqual(
        checkpoints.map(({ state }) => state.kind),
        STEPS.map(() => 'done'),
      );
      assert.equal(spectra.length, STEPS.length);
    });
    await assertSeries('first');
  });

  it('are measured from another step', async () => {
    await setBaseline({ kind: 'step', step: 512 });
    await assertSeries('512');
  });

  for (const kind of ['init', 'gaussian'] as const) {
    it(`are measured from weights that are drawn (${kind})`, async () => {
      await setBaseline({ kind });
      await eventually(() => {
        const { series, baselineProblem } = sampleRun();
        assert.equal(baselineProblem, null);
        assert.equal(series?.baseline.point?.checkpoint.weights.kind, kind);
      });
      await assertSeries(kind);
    });
  }

  it('come with the extension as results alone, of the same numbers', async () => {
    await setBaseline({ kind: 'first' });
    await vscode.commands.executeCommand('neuromfa.openSampleRun');
    const [carried, measured] = await eventually(() => {
      const saved = extension()
        .exports.trainingRuns()
        .find(({ readOnly }) => readOnly);
      assert.ok(saved?.series && sampleRun().series);
      return [saved.series, sampleRun().series!];
    });
    // Made on another machine perhaps: Math.log differs in its last bits between releases of Node.
    const numbers = ({ points }: RunSeries): string[] =>
      points.map(({ step, alpha0, alpha0Exact, width, emergence }) =>
        [step, alpha0.mean, alpha0Exact.mean, width.mean, emergence.value]
          .map((value) => value?.toFixed(9))
          .join(' '),
      );
    assert.deepEqual(numbers(carried), numbers(measured));
    await closeEditors();
  });

  it('open in the Trends and Emergence panels', async () => {
    for (const command of ['neuromfa.openTrends', 'neuromfa.openEmergence']) {
      await vscode.commands.executeCommand(command, sample(''));
    }
    await eventually(() => {
      const open = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label));
      assert.deepEqual(open, ['Trends: neox-1m', 'Emergence: neox-1m']);
    });
    await closeEditors();
  });
});

/** As the menus of the panels do; settles when what the baseline takes is analyzed. */
async function setBaseline(choice: unknown): Promise<void> {
  await vscode.commands.executeCommand('neuromfa.setBaseline', choice);
}

/** Asserts that the sample run comes to have the series of the command line. */
async function assertSeries(baseline: string): Promise<void> {
  const program = { cli: join(extension().extensionPath, 'dist/cli.js'), node: process.execPath };
  const expected = await seriesOf(program, sample('').fsPath, baseline);
  await eventually(() => {
    assert.deepEqual(sampleRun().series, expected);
  });
}
