/** Runs the Mocha suite in the extension host of the served workbench: `npm run test:vscode`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { format } from 'node:util';
import type { Page } from 'playwright-core';
import { Cluster, missingPrograms } from '../cluster/cluster';
import { launchBrowser } from './harness/browser';
import { PATIENCE_MS, TEST_MS } from '../support/eventually';
import { succeeded } from './harness/mocha';
import { paths } from './harness/paths';
import { WorkbenchServer } from './harness/server';
import { buildSuite } from './harness/suite';

/** A suite without an end must have one; no test of a few seconds gets near it. */
const LIMIT_MS = 2 * TEST_MS;

/** What the workbench itself has to say when there is no update server, no gallery and no account. */
const NOISE =
  /^(Creating a socket|Resolv|\[|Updating addit|getaddrinfo|Timed out waiting for auth|Ignoring fetch)/;

const missing = missingPrograms();
if (missing.length > 0 && process.env['CI']) throw new Error(`there is no Slurm: ${missing.join(', ')}`);
if (missing.length > 0) console.warn(`Tests with a real Slurm are skipped: ${missing.join(', ')} missing.`);

const suite = await buildSuite();
const folder = mkdtempSync(join(tmpdir(), 'neuromfa-hosted-'));
const cluster = missing.length > 0 ? null : await Cluster.start(folder);
const { PATH = '', SLURM_CONF = '' } = cluster?.env ?? {};
const env = { ...suite.env, ...(cluster && { PATH, SLURM_CONF }) };
const server = await WorkbenchServer.start({ testDriver: true, env });
const browser = await launchBrowser();
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const ended = await Promise.race([hostEnded(page), delay(LIMIT_MS, 'timeout' as const, { ref: false })]);
  if (ended === 'timeout') console.error(`The suite did not end within ${LIMIT_MS / 1000} s.`);
} finally {
  await browser.close();
  await server.stop();
  await cluster?.stop();
  rmSync(folder, { recursive: true });
}
// A crashed extension host looks like success from outside: only the suite's own results count.
if (!succeeded(suite.results())) {
  if (!suite.results()) console.error('The suite left no results: the extension host has died.');
  process.exitCode = 1;
}

/** Opens the window that runs the suite, passes on what it logs, and resolves when the extension host has ended. */
async function hostEnded(page: Page): Promise<'ended'> {
  const ended = new Promise<'ended'>((resolve) => {
    page.on('crash', () => {
      resolve('ended');
    });
    void page.exposeFunction('codeAutomationExit', () => {
      resolve('ended');
    });
  });
  await page.exposeFunction('codeAutomationLog', (_type: string, args: unknown[]) => {
    const line = format(...args);
    if (!NOISE.test(line)) console.log(line);
  });
  const inHost = (path: string): string => `vscode-remote://${server.authority}${path}`;
  const payload = [
    ['extensionDevelopmentPath', inHost(paths.root)],
    ['extensionTestsPath', inHost(suite.file)],
    ['skipWelcome', 'true'],
  ];
  await page.goto(`${server.url(paths.samples)}&payload=${encodeURIComponent(JSON.stringify(payload))}`);
  return ended;
}
