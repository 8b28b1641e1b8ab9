/**
 * Drives the packaged extension in a real workbench, as a user does: `npm run test:ui`.
 * Arguments choose specs: `npm run test:ui -- --grep cancel`, or `screenshots` for nothing but those.
 */
import { parseArgs } from 'node:util';
import { TEST_MS } from '../support/eventually';
import { runMocha, succeeded } from './harness/mocha';

const { values, positionals } = parseArgs({ options: { grep: { type: 'string' } }, allowPositionals: true });
const load = positionals.includes('screenshots')
  ? () => import('./ui/screenshots.spec')
  : () => import('./ui/specs');
const options = { timeout: TEST_MS, slow: 20_000, ...(values.grep ? { grep: values.grep } : {}) };
if (!succeeded(await runMocha(load, options))) process.exitCode = 1;
