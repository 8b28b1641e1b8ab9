import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { AnalysisResult } from '../../../src/protocol/analysis';
import { analyze, withoutTiming } from '../harness/cli';
import { eventually } from '../../support/eventually';
import { closeEditors, extension, panels, sample } from './extension';

const COMMAND = 'neuromfa.analyzeCheckpoint';

describe(COMMAND, () => {
  afterEach(closeEditors);

  it('opens a panel with exactly the numbers of the command line', async () => {
    const checkpoint = sample('step4000/model.safetensors');
    await vscode.commands.executeCommand(COMMAND, checkpoint);
    await assertSameAsCli([checkpoint]);
    await assertPanels([/step4000/]);
  });

  it('shows several checkpoints in one panel', async () => {
    const checkpoints = ['step0', 'step1000', 'step4000'].map((step) => sample(`${step}/model.safetensors`));
    await vscode.commands.executeCommand(COMMAND, checkpoints[0], checkpoints);
    await assertSameAsCli(checkpoints);
    await assertPanels([/step0 and 2 more/]);
  });

  it('takes a folder that holds one checkpoint', async () => {
    await vscode.commands.executeCommand(COMMAND, sample('step512'));
    await assertSameAsCli([sample('step512')]);
  });

  it('reveals the panel that shows the same checkpoint already', async () => {
    const [one, other] = [sample('step0/model.safetensors'), sample('step64/model.safetensors')];
    for (const checkpoint of [one, other, one]) await vscode.commands.executeCommand(COMMAND, checkpoint);
    await assertPanels([/step0$/, /step64$/], 0);
  });
});

/**
 * Asserts that the editor comes to show these panels and no others, by what their tabs say, in the order of their tabs.
 * @param front which one is in front.
 */
async function assertPanels(labels: readonly RegExp[], front = labels.length - 1): Promise<void> {
  await eventually(() => {
    const shown = panels();
    assert.equal(shown.length, labels.length, shown.map(({ label }) => label).join('; '));
    for (const [index, label] of labels.entries()) assert.match(shown[index]!.label, label);
    assert.deepEqual(
      shown.map(({ isActive }) => isActive),
      labels.map((_, index) => index === front),
    );
  });
}

async function assertSameAsCli(checkpoints: readonly vscode.Uri[]): Promise<void> {
  const { exports: api, extensionPath } = extension();
  const program = { cli: join(extensionPath, 'dist/cli.js'), node: process.execPath };
  const expected = await analyze(
    program,
    checkpoints.map(({ fsPath }) => fsPath),
  );
  const comparable = (results: AnalysisResult[]): unknown => results.map(withoutTiming);
  // The command has ended: what it has found is there, and no other result is on its way.
  assert.deepEqual(comparable(api.lastResults()), comparable(expected));
}
