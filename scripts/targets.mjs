// What the build makes, and from which sources.
import { commonjsPlugin } from './commonjs.mjs';
import { kernelPlugin } from './kernel.mjs';
import { LATER, laterPlugin } from './later.mjs';
import { reportPlugin } from './report.mjs';

/** The folder of the scripts and styles of pages. */
export const PAGES = 'dist/webview';
/** Copied there, too: the style sheet and the font of icons. */
export const COPIED = [
  'node_modules/@vscode/codicons/dist/codicon.css',
  'node_modules/@vscode/codicons/dist/codicon.ttf',
];
/** The script of HTML reports, which are distributed: it contains everything that they need. It is kept compressed. */
export const REPORT_SCRIPT = `${PAGES}/report.js`;

/** @returns the options of esbuild, one for each kind of bundle. */
export function targets({ production, version }) {
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
    outdir: PAGES,
    loader: { '.ttf': 'file' },
    assetNames: '[name]',
  };
  return [
    // The extension, its workers and the program copied into job folders share their code, so the package contains the
    // readers of formats once.
    {
      ...node,
      format: 'esm',
      splitting: true,
      chunkNames: 'shared-[hash]',
      entryPoints: {
        extension: 'src/extension.ts',
        // Loaded by it.
        editor: 'src/extension/extension.ts',
        job: 'src/worker/entry.ts',
        task: 'src/dispatch/taskMain.ts',
        // The only script that opens connections, loaded at the first remote address.
        remote: 'src/remote/thread.ts',
      },
      outdir: 'dist',
      plugins: [kernelPlugin, laterPlugin(['formats']), commonjsPlugin],
    },
    // The program loads each of its commands when it is called. It is no part of the package, so it shares nothing with it.
    {
      ...node,
      format: 'esm',
      splitting: true,
      chunkNames: 'cli-[hash]',
      entryPoints: { cli: 'src/cli/main.ts' },
      outdir: 'dist',
      plugins: [kernelPlugin, laterPlugin(Object.keys(LATER)), commonjsPlugin],
    },
    { ...node, entryPoints: { mcp: 'src/cli/mcp/serve.ts' }, outdir: 'dist' },
    // Piscina starts `worker.js` beside the bundle it is part of: it must be its own worker script, not our job.
    { ...node, entryPoints: { worker: 'node_modules/piscina/dist/worker.js' }, outdir: 'dist' },
    // Pages share their code, so the package contains charts once.
    {
      ...page,
      format: 'esm',
      splitting: true,
      chunkNames: 'shared-[hash]',
      entryPoints: {
        spectrum: 'webview/spectrum/main.ts',
        runs: 'webview/runs/main.ts',
        dashboard: 'webview/dashboard/main.ts',
        inspect: 'webview/inspect/main.ts',
        compare: 'webview/compare/main.ts',
        // The style sheet of all panels.
        panel: 'webview/styles/panel.css',
      },
    },
    // Goes into files that are distributed: without a reference to a source map beside them.
    {
      ...page,
      sourcemap: false,
      entryPoints: { report: 'webview/report/main.ts' },
      plugins: [reportPlugin],
    },
  ];
}
