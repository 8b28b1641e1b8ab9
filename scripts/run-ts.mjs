// Runs a TypeScript program of this repository: `node scripts/run-ts.mjs scripts/start.ts --headless`.
import { readFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { kernelPlugin } from './kernel.mjs';

process.chdir(join(import.meta.dirname, '..'));
const { version } = JSON.parse(await readFile('package.json', 'utf8'));
const [entry, ...args] = process.argv.slice(2);
const outfile = join('out', 'programs', `${parse(entry).name}.mjs`);
await build({
  entryPoints: [entry],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  plugins: [kernelPlugin],
  define: { __VERSION__: JSON.stringify(version) },
  sourcemap: 'inline',
  logLevel: 'warning',
});
process.setSourceMapsEnabled(true);
process.argv.splice(1, Infinity, outfile, ...args);
await import(pathToFileURL(outfile).href);
