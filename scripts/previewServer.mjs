// Serves the views outside VS Code on this machine, built with hosts that answer with fixtures.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { build } from 'esbuild';
import { pseudoBundle } from './l10n.mjs';

export const OUT = 'out/preview';
const SAMPLES = [0, 64, 256, 512, 1000, 2000, 3000, 4000].map((step) => `samples/neox-1m/step${step}`);

/** The style sheets of pages, as VS Code has them. */
const STYLES = { inspect: ['panel', 'inspect'], dashboard: ['dashboard'], report: ['report'] };
const sheets = (page) =>
  (STYLES[page] ?? ['panel']).map((name) => `<link rel="stylesheet" href="${name}.css">`).join('');

// The same policy as in VS Code, plus fetching the fixtures and an empty icon.
const pageOf = (
  bundle,
  words,
) => `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>NeuroMFA</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-preview'; style-src 'self'; font-src 'self'; connect-src 'self'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><link rel="stylesheet" href="codicon.css" id="vscode-codicon-stylesheet">${sheets(bundle)}</head>
<body><main id="app"></main><script nonce="preview">previewWords = ${JSON.stringify(words)}</script><script nonce="preview" src="harness.js"></script><script nonce="preview" src="${bundle}.js"></script></body></html>`;
const TYPES = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.ttf': 'font/ttf',
  '.json': 'application/json',
};

/** Builds every page and serves it at `address` + `?page=…&scenario=…&theme=…`, and `&language=qps-ploc` for longer texts. Port 0 is any that is free. */
export async function startPreview(port = 0) {
  await mkdir(OUT, { recursive: true });
  await build({
    entryPoints: {
      spectrum: 'webview/spectrum/main.ts',
      runs: 'webview/runs/main.ts',
      dashboard: 'webview/dashboard/main.ts',
      inspect: 'webview/inspect/main.ts',
      compare: 'webview/compare/main.ts',
      report: 'webview/report/main.ts',
      panel: 'webview/styles/panel.css',
      harness: 'test/preview/harness.ts',
    },
    bundle: true,
    format: 'iife',
    target: 'es2022',
    outdir: OUT,
    logLevel: 'warning',
  });
  for (const file of ['codicon.css', 'codicon.ttf'])
    await copyFile(`node_modules/@vscode/codicons/dist/${file}`, join(OUT, file));
  await analyze('results.json', 'analyze', ...SAMPLES, '--verbose');
  await analyze('full.json', 'analyze', ...SAMPLES.slice(-1), '--mode', 'full', '--verbose');
  await analyze('run.json', 'run', 'samples/neox-1m');

  const server = createServer(async (request, response) => {
    const { pathname: path, searchParams } = new URL(request.url, 'http://localhost');
    // One page has both views of a run, as in VS Code.
    const name = searchParams.get('page') ?? 'spectrum';
    const built = name === 'trends' || name === 'emergence' ? 'runs' : name;
    if (path === '/')
      return response
        .setHeader('content-type', 'text/html')
        .end(pageOf(built, wordsOf(searchParams.get('language'))));
    if (!/^\/[a-z.]+$/.test(path)) return response.writeHead(404).end();
    try {
      response
        .setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream')
        .end(await readFile(join(OUT, path)));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((listening) => server.listen(port, '127.0.0.1', listening));
  return {
    address: `http://127.0.0.1:${server.address().port}/`,
    close: () => server.close(),
  };
}

/** The texts of pages: English, or the made-up translation. */
const MESSAGES = JSON.parse(readFileSync('l10n/bundle.l10n.json', 'utf8'));
const wordsOf = (language) => (language === 'qps-ploc' ? pseudoBundle(MESSAGES) : {});

/** Real results, computed again when the command line is newer; without a built one the panels show made-up results. */
async function analyze(file, ...command) {
  const out = join(OUT, file);
  const [made, built] = [await modified(out), await modified('dist/job.js')];
  if (made > built) return;
  const parameters = ['dist/cli.js', ...command, '--json', '--out', out];
  if (built > 0) execFileSync(process.execPath, parameters, { stdio: 'inherit' });
  else await writeFile(out, '[]');
}

/** When a file was written; 0 when there is none. */
async function modified(path) {
  return existsSync(path) ? (await stat(path)).mtimeMs : 0;
}
