/**
 * Runs the same Mocha suite in desktop VS Code, which is downloaded: `npm run test:electron [version]`.
 * Exit status: 0 passed, 1 failed, 69 VS Code could not be downloaded (nothing was tested).
 */
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import { succeeded } from './harness/mocha';
import { paths } from './harness/paths';
import { buildSuite } from './harness/suite';

/** "Service unavailable" of sysexits(3). */
const EXIT_UNAVAILABLE = 69;

const executable = await downloadAndUnzipVSCode(process.argv[2] ?? 'stable').catch((error: unknown) => {
  console.error('Desktop VS Code could not be downloaded, so nothing was tested.');
  console.error(`The cause: ${error instanceof Error ? error.message : String(error)}`);
  console.error('The same suite runs without that download: npm run test:vscode.');
  process.exit(EXIT_UNAVAILABLE);
});

const suite = await buildSuite();
await runTests({
  vscodeExecutablePath: executable,
  extensionDevelopmentPath: paths.root,
  extensionTestsPath: suite.file,
  extensionTestsEnv: suite.env,
  launchArgs: [
    paths.samples,
    '--disable-workspace-trust',
    // Chromium's sandbox refuses to run as root, as in most containers.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ],
}).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
});
if (!succeeded(suite.results())) process.exitCode = 1;
