/**
 * Runs the product on the bundled sample run: `npm start`. The command line analyzes it, prints its series and writes
 * its report; then a VS Code is served with the extension installed and the samples open, until Ctrl-C. With
 * `--headless` it ends after the report.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { paths } from '../test/vscode/harness/paths';
import { WorkbenchServer } from '../test/vscode/harness/server';

// An orderly exit, so that child processes end with us.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

try {
  const { values } = parseArgs({ options: { headless: { type: 'boolean', default: false } } });
  console.log('Building …');
  run('npm', 'run', '--silent', 'build');
  console.log(`Analyzing ${paths.sampleRun} …\n`);
  analyzeSampleRun();
  if (!values.headless) await serve();
} catch (error) {
  console.error(`npm start: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

function analyzeSampleRun(): void {
  const report = join(paths.out, 'sample-run.html');
  mkdirSync(paths.out, { recursive: true });
  run(process.execPath, paths.cli, 'run', paths.sampleRun, '--no-store', '--html', report);
  console.log(`\nThe report, with all figures: ${report}`);
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
