import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { AnalysisResult } from '../../../src/protocol/analysis';
import { analyze, withoutTiming } from '../harness/cli';
import { eventually } from './eventually';
import { extension, panels, sample } from './extension';

const COMMAND = 'neuromfa.analyzeCheckpoint';

describe(COMMAND, () => {
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('opens a panel with exactly the numbers of the command line', async () => {
    const checkpoint = sample('step4000/model.safetensors');
    await vscode.commands.executeCommand(COMMAND, checkpoint);
    assert.equal(panels().length, 1);
    assert.match(panels()[0]!.label, /step4000/);
    await assertSameAsCli([checkpoint]);
  });

  it('shows several checkpoints in one panel', async () => {
    const checkpoints = ['step0', 'step1000', 'step4000'].map((step) => sample(`${step}/model.safetensors`));
    await vscode.commands.executeCommand(COMMAND, checkpoints[0], checkpoints);
    assert.equal(panels().length, 1);
    await assertSameAsCli(checkpoints);
  });

  it('takes a folder that holds one checkpoint', async () => {
    await vscode.commands.executeCommand(COMMAND, sample('step512'));
    await assertSameAsCli([sample('step512')]);
  });

  it('reveals the panel that shows the same checkpoint already', async () => {
    const [one, other] = [sample('step0/model.safetensors'), sample('step64/model.safetensors')];
    for (const checkpoint of [one, other, one]) await vscode.commands.executeCommand(COMMAND, checkpoint);
    assert.equal(panels().length, 2);
    await eventually('the first panel is in front', () =>
      panels().some(({ isActive, label }) => isActive && label.includes('step0')),
    );
  });
});

async function assertSameAsCli(checkpoints: readonly vscode.Uri[]): Promise<void> {
  const { exports: api, extensionPath } = extension();
  const program = { cli: join(extensionPath, 'dist/cli.js'), node: process.execPath };
  const expected = await analyze(
    program,
    checkpoints.map(({ fsPath }) => fsPath),
  );
  const comparable = (results: AnalysisResult[]): unknown => results.map(withoutTiming);
  assert.deepEqual(comparable(api.lastResults()), comparable(expected));
}
