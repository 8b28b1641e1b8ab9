/** The Mocha suite as a file that an extension host can load, and the only word on how it went. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { MochaResults } from './mocha';
import { paths } from './paths';
import { RESULTS_VARIABLE } from './resultsVariable';

export interface BuiltSuite {
  file: string;
  env: Record<string, string>;
  /** What the suite has written; absent when it never came to its end. */
  results(): MochaResults | undefined;
}

export async function buildSuite(): Promise<BuiltSuite> {
  const file = join(paths.out, 'suite/suite.cjs');
  const results = join(paths.out, 'suite/results.json');
  await build({
    entryPoints: [join(paths.root, 'test/vscode/suite/index.ts')],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  rmSync(results, { force: true });
  return {
    file,
    env: { [RESULTS_VARIABLE]: results },
    results: () =>
      existsSync(results) ? (JSON.parse(readFileSync(results, 'utf8')) as MochaResults) : undefined,
  };
}
