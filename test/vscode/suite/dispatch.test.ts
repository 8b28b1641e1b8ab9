/** `neuromfa.dispatch: slurm` with a real Slurm, which the runner has started: what is waited for, left, and come back to. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { seriesOf } from '../harness/cli';
import { eventually } from '../../support/eventually';
import { closeEditors, extension, sample, sampleRun } from './extension';

const SEED = 91;
const hasSlurm = process.env['SLURM_CONF'] !== undefined;

// The runner starts a Slurm where its programs are installed; in CI it refuses to run without one.
(hasSlurm ? describe : describe.skip)('analyses on Slurm', () => {
  before(async () => {
    await extension().activate();
    await set('neuromfa.dispatch', 'slurm');
  });
  afterEach(() => {
    partition('UP');
  });
  after(async () => {
    await set('neuromfa.dispatch', undefined);
    await set('neuromfa.analysis.seed', undefined);
    await closeEditors();
  });

  it('wait with their reason, and come to the series of the command line', async () => {
    await set('neuromfa.analysis.seed', SEED);
    await assertStates('missing');
    partition('DOWN');
    const before = jobs();
    const analyzed = vscode.commands.executeCommand('neuromfa.analyzeRun', sample(''));
    await assertWaiting();
    assert.equal(jobs().length, before.length + 1);
    partition('UP');
    await assertStates('done');
    await analyzed;
    const program = { cli: join(extension().extensionPath, 'dist/cli.js'), node: process.execPath };
    const expected = await seriesOf(program, sample('').fsPath, 'first', '--seed', String(SEED));
    await eventually(() => {
      assert.deepEqual(sampleRun().series, expected);
    });
  });

  it('go on when nobody waits for them, and are come back to, not submitted again', async () => {
    await set('neuromfa.analysis.seed', SEED + 1);
    await assertStates('missing');
    partition('DOWN');
    const before = jobs();
    const left = vscode.commands.executeCommand('neuromfa.analyzeRun', sample(''));
    await assertWaiting();
    // The driver of these tests says no to every question: the tasks are not to end.
    await vscode.commands.executeCommand('neuromfa.cancelAll');
    await left;
    await assertStates('missing');
    assert.notEqual(queue(), '');
    const again = vscode.commands.executeCommand('neuromfa.analyzeRun', sample(''));
    await assertWaiting();
    partition('UP');
    await assertStates('done');
    await again;
    assert.equal(jobs().length, before.length + 1);
    await eventually(() => {
      assert.equal(queue(), '');
    });
  });
});

const set = async (key: string, value: unknown): Promise<void> =>
  vscode.workspace.getConfiguration().update(key, value, vscode.ConfigurationTarget.Global);

const partition = (state: 'UP' | 'DOWN'): void => {
  execFileSync('scontrol', ['update', 'PartitionName=debug', `State=${state}`]);
};
const queue = (): string => execFileSync('squeue', ['--noheader'], { encoding: 'utf8' });

/** Submissions in the store of the user's cache. */
function jobs(): string[] {
  const folder = join(process.env['XDG_CACHE_HOME']!, 'neuromfa', 'results');
  return readdirSync(folder).includes('jobs') ? readdirSync(join(folder, 'jobs')) : [];
}

async function assertStates(kind: string): Promise<void> {
  await eventually(() => {
    const { checkpoints } = sampleRun();
    assert.deepEqual(
      checkpoints.map(({ state }) => state.kind),
      checkpoints.map(() => kind),
    );
  });
}

/** All checkpoints are on Slurm, which says why they wait. */
async function assertWaiting(): Promise<void> {
  await eventually(() => {
    for (const { state } of sampleRun().checkpoints) {
      assert.ok(state.kind === 'elsewhere', state.kind);
      assert.match(state.where, /^Slurm \d+_\d+$/);
      assert.equal(state.waiting, 'PartitionDown');
    }
  });
}
