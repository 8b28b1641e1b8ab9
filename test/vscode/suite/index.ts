/** Loaded by the extension host: runs the suite and leaves its results where the runner looks. */
import { writeFileSync } from 'node:fs';
import { TEST_MS } from '../../support/eventually';
import { runMocha, succeeded } from '../harness/mocha';
import { RESULTS_VARIABLE } from '../harness/resultsVariable';

export async function run(): Promise<void> {
  const results = await runMocha(() => import('./suite'), { timeout: TEST_MS, color: false });
  const file = process.env[RESULTS_VARIABLE];
  if (file === undefined) throw new Error(`${RESULTS_VARIABLE} does not say where results go`);
  writeFileSync(file, JSON.stringify(results));
  if (!succeeded(results)) throw new Error(`${results.failures} failed, ${results.passes} passed`);
}
