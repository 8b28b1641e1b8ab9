/**
 * The product at work, on the bundled sample run: `npm start`.
 * Analyses it headlessly and prints what came out; then serves a VS Code that has the extension installed and the
 * samples open, until Ctrl-C. With `--headless` it ends after the table.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { AnalysisResult } from '../src/protocol/analysis';
import { analyze } from '../test/vscode/harness/cli';
import { paths } from '../test/vscode/harness/paths';
import { WorkbenchServer } from '../test/vscode/harness/server';
import { table } from './table';

// An orderly exit, so that what runs on our behalf ends with us.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

try {
  const { values } = parseArgs({ options: { headless: { type: 'boolean', default: false } } });
  console.log('Building …');
  run('npm', 'run', '--silent', 'build');
  console.log(`Analyzing ${paths.sampleRun} …\n`);
  console.log(table(await analyzeSampleRun()));
  if (!values.headless) await serve();
} catch (error) {
  console.error(`npm start: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function analyzeSampleRun(): Promise<AnalysisResult[]> {
  const checkpoints = readdirSync(paths.sampleRun)
    .filter((name) => /^step\d+$/.test(name))
    .map((name) => join(paths.sampleRun, name));
  const results = await analyze({ cli: paths.cli, node: process.execPath }, checkpoints);
  return results.sort((a, b) => (a.checkpoint.step ?? 0) - (b.checkpoint.step ?? 0));
}

async function serve(): Promise<void> {
  console.log('\nPreparing VS Code …');
  run('npm', 'run', '--silent', 'package');
  run('node', 'scripts/setup.mjs', 'host');
  if (!existsSync(paths.package)) throw new Error(`${paths.package} was not made`);
  const server = await WorkbenchServer.start({ vsix: paths.package, idleSeconds: 24 * 3600 });
  console.log(`\nVS Code is at ${server.url(paths.samples)}`);
  console.log('Right-click a checkpoint there and choose "Analyze Checkpoint". Ctrl-C stops.');
  await server.ended;
  throw new Error('the workbench server has ended by itself');
}

function run(command: string, ...args: string[]): void {
  try {
    execFileSync(command, args, { cwd: paths.root, stdio: ['ignore', 'inherit', 'inherit'] });
  } catch (cause) {
    throw new Error(`"${[command, ...args].join(' ')}" failed; its messages are above`, { cause });
  }
}
