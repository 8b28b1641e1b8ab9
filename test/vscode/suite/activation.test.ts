import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { eventually } from '../../support/eventually';
import { extension, type Manifest } from './extension';

describe('activation', () => {
  it('succeeds', async () => {
    await extension().activate();
    assert.ok(extension().isActive);
  });

  it('registers every command that package.json contributes', async () => {
    const { contributes } = extension().packageJSON as Manifest;
    await eventually(async () => {
      const registered = new Set(await vscode.commands.getCommands(true));
      const missing = contributes.commands.map(({ command }) => command).filter((id) => !registered.has(id));
      assert.deepEqual(missing, []);
    });
  });
});
