// Bundles every target into dist/. `--watch` rebuilds on change, `--production` minifies.
import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { context } from 'esbuild';
import { kernelPlugin } from './kernel.mjs';

const watch = process.argv.includes('--watch');
const production = process.argv.includes('--production');
const { version } = JSON.parse(await readFile('package.json', 'utf8'));

const common = {
  bundle: true,
  logLevel: 'warning',
  minify: production,
  sourcemap: production ? false : 'linked',
  define: { __VERSION__: JSON.stringify(version) },
};
const node = {
  ...common,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  // @napi-rs/nice is an optional native addon of Piscina (thread priorities); it is absent from the bundle on purpose.
  external: ['vscode', '@napi-rs/nice'],
};
const page = {
  ...common,
  platform: 'browser',
  target: 'es2022',
  format: 'iife',
  outdir: 'dist/webview',
  loader: { '.ttf': 'file' },
  assetNames: '[name]',
};
const targets = [
  { ...node, entryPoints: { extension: 'src/extension.ts' }, outdir: 'dist' },
  { ...node, entryPoints: { cli: 'src/cli/main.ts' }, outdir: 'dist', banner: { js: '#!/usr/bin/env node' } },
  { ...node, entryPoints: { job: 'src/worker/entry.ts' }, outdir: 'dist', plugins: [kernelPlugin] },
  // Piscina starts `worker.js` beside the bundle it is part of: it must be its own worker script, not our job.
  { ...node, entryPoints: { worker: 'node_modules/piscina/dist/worker.js' }, outdir: 'dist' },
  {
    ...page,
    entryPoints: {
      spectrum: 'webview/spectrum/main.ts',
      trends: 'webview/trends/main.ts',
      dashboard: 'webview/dashboard/main.ts',
      inspect: 'webview/inspect/main.ts',
    },
  },
  // Goes into files that are passed on: without a reference to a map beside them.
  { ...page, sourcemap: false, entryPoints: { report: 'webview/report/main.ts' } },
];

await rm('dist', { recursive: true, force: true });
await mkdir('dist/webview', { recursive: true });
await Promise.all([
  copyFile('node_modules/@vscode/codicons/dist/codicon.css', 'dist/webview/codicon.css'),
  copyFile('node_modules/@vscode/codicons/dist/codicon.ttf', 'dist/webview/codicon.ttf'),
]);
const contexts = await Promise.all(targets.map((target) => context(target)));
if (watch) {
  await Promise.all(contexts.map((each) => each.watch()));
  console.log('watching');
} else {
  await Promise.all(contexts.map((each) => each.rebuild()));
  await Promise.all(contexts.map((each) => each.dispose()));
}
