/**
 * Drives the packaged extension in a real workbench, as a user does: `npm run test:ui`.
 * Arguments choose specs: `npm run test:ui -- --grep cancel`, `screenshots` for nothing but those,
 * `oldest` for those of the oldest VS Code (`npm run test:oldest`), `pages` for pages in a browser alone, without an editor.
 */
import { parseArgs } from 'node:util';
import { TEST_MS } from '../support/eventually';
import { runMocha, succeeded } from './harness/mocha';

const { values, positionals } = parseArgs({ options: { grep: { type: 'string' } }, allowPositionals: true });
const LOADS = {
  screenshots: () => import('./ui/screenshots.spec'),
  oldest: () => import('./ui/oldest'),
  pages: () => import('./ui/pagesOnly'),
};
const load =
  Object.entries(LOADS).find(([name]) => positionals.includes(name))?.[1] ?? (() => import('./ui/specs'));
const options = { timeout: TEST_MS, slow: 20_000, ...(values.grep ? { grep: values.grep } : {}) };
if (!succeeded(await runMocha(load, options))) process.exitCode = 1;
