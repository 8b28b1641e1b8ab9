import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { paths } from '../harness/paths';

const versionIn = (file: string, pick: (manifest: Manifest) => string): string =>
  pick(JSON.parse(readFileSync(file, 'utf8')) as Manifest);
interface Manifest {
  version: string;
  engines: { vscode: string };
}

describe('the oldest VS Code', () => {
  it('is the one that the extension asks for', () => {
    const asked = versionIn(join(paths.root, 'package.json'), ({ engines }) => engines.vscode);
    const used = versionIn(join(paths.host.workbench, 'lib/vscode/package.json'), ({ version }) => version);
    assert.equal(used.split('.').slice(0, 2).join('.'), /^\^(\d+\.\d+)\.0$/.exec(asked)?.[1]);
  });
});
