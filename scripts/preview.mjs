/* global document -- inside the page */
// Shows the Spectrum panel outside VS Code, for development and for a look at every state.
//   node scripts/preview.mjs            screenshots and checks into out/preview/
//   node scripts/preview.mjs --serve    a page to play with; prints its address
//   node scripts/preview.mjs one:fit    only scenarios (and tabs) that begin so
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';

const OUT = 'out/preview';
const SAMPLES = [0, 64, 256, 512, 1000, 2000, 3000, 4000].map((step) => `samples/neox-1m/step${step}`);
const only = process.argv.slice(2).find((argument) => !argument.startsWith('--'));
const serve = process.argv.includes('--serve');

await mkdir(OUT, { recursive: true });
await build({
  entryPoints: { spectrum: 'webview/spectrum/main.ts', harness: 'webview/preview/harness.ts' },
  bundle: true,
  format: 'iife',
  target: 'es2022',
  outdir: OUT,
  logLevel: 'warning',
});
for (const file of ['codicon.css', 'codicon.ttf'])
  await copyFile(`node_modules/@vscode/codicons/dist/${file}`, join(OUT, file));
await analyze('results.json', SAMPLES);
await analyze('full.json', SAMPLES.slice(-1), '--mode', 'full');

// The same policy as in VS Code, plus fetching the fixtures and an empty icon.
const page = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-preview'; style-src 'self'; font-src 'self'; connect-src 'self'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><link rel="stylesheet" href="codicon.css" id="vscode-codicon-stylesheet"><link rel="stylesheet" href="spectrum.css"></head>
<body><main id="app"></main><script nonce="preview" src="harness.js"></script><script nonce="preview" src="spectrum.js"></script></body></html>`;
const TYPES = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.ttf': 'font/ttf',
  '.json': 'application/json',
};
const server = createServer(async (request, response) => {
  const path = new URL(request.url, 'http://localhost').pathname;
  if (path === '/') return response.setHeader('content-type', 'text/html').end(page);
  if (!/^\/[a-z.]+$/.test(path)) return response.writeHead(404).end();
  try {
    response
      .setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream')
      .end(await readFile(join(OUT, path)));
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((listening) => server.listen(serve ? 8780 : 0, '127.0.0.1', listening));
const address = `http://127.0.0.1:${server.address().port}/`;
if (serve) {
  console.log(
    `${address}?scenario=one&theme=dark  (scenarios in webview/preview/harness.ts; themes dark, light, hc-dark, hc-light)`,
  );
} else {
  const problems = await screenshots();
  server.close();
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

/** Real results, made anew when the command line is newer; without a built one the panels show made-up results. */
async function analyze(file, checkpoints, ...options) {
  const out = join(OUT, file);
  const [made, built] = [await modified(out), await modified('dist/job.js')];
  if (made > built) return;
  const parameters = [
    'dist/cli.js',
    'analyze',
    ...checkpoints,
    ...options,
    '--json',
    '--verbose',
    '--out',
    out,
  ];
  if (built > 0) execFileSync(process.execPath, parameters, { stdio: 'inherit' });
  else await writeFile(out, '[]');
}

/** When a file was written; 0 when there is none. */
async function modified(path) {
  return existsSync(path) ? (await stat(path)).mtimeMs : 0;
}

/** What is looked at: every state at every width and theme that could break it, without drawing everything twice. */
function shots() {
  const themes = ['dark', 'light', 'hc-dark', 'hc-light'];
  const widths = [400, 900, 1600];
  const all = [];
  for (const scenario of ['one', 'three', 'eight', 'running', 'failed', 'empty'])
    for (const theme of themes)
      for (const width of widths) all.push({ scenario, tab: 'spectrum', theme, width });
  for (const tab of ['exponents', 'fit', 'nfd', 'layers', 'table'])
    for (const scenario of ['one', 'eight'])
      for (const width of widths) all.push({ scenario, tab, theme: width === 400 ? 'light' : 'dark', width });
  for (const tab of ['spectrum', 'fit', 'layers'])
    for (const theme of themes) for (const width of widths) all.push({ scenario: 'full', tab, theme, width });
  for (const scenario of ['full-steps', 'full-deep', 'full-shallow'])
    for (const tab of ['spectrum', 'layers'])
      for (const width of [400, 1600])
        all.push({ scenario, tab, theme: width === 400 ? 'light' : 'dark', width });
  for (const scenario of ['many', 'hostile', 'partial', 'waiting', 'cancelled', 'none'])
    for (const width of [400, 1600]) all.push({ scenario, tab: 'spectrum', theme: 'dark', width });
  return all.filter(({ scenario, tab }) => !only || `${scenario}:${tab}`.startsWith(only));
}

async function screenshots() {
  const problems = [];
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
  const context = await browser.newContext({ reducedMotion: 'reduce' });
  for (const { scenario, tab, theme, width } of shots()) {
    const name = `${scenario}-${tab}-${width}-${theme}`;
    const tabPage = await context.newPage();
    tabPage.on('console', (message) => {
      if (['warning', 'error'].includes(message.type())) problems.push(`${name}: console ${message.text()}`);
    });
    tabPage.on('pageerror', (error) => problems.push(`${name}: ${error.message}`));
    await tabPage.setViewportSize({ width, height: width === 400 ? 800 : 900 });
    await tabPage.goto(`${address}?scenario=${scenario}&theme=${theme}`);
    await tabPage.locator('body[data-ready="true"]').waitFor();
    if (tab !== 'spectrum') await tabPage.getByTestId(`tab-${tab}`).click();
    await tabPage.waitForTimeout(100);
    const found = await tabPage.evaluate(() => ({
      overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      odd: /NaN|undefined|\bnull\b|Infinity|\{\d\}/.exec(document.body.innerText)?.[0],
    }));
    if (found.overflow > 0) problems.push(`${name}: ${found.overflow} px wider than the page`);
    if (found.odd) problems.push(`${name}: prints "${found.odd}"`);
    await tabPage.screenshot({ path: join(OUT, `${name}.png`), fullPage: true });
    if (width === 900 && theme === 'dark') await saveExports(tabPage, name);
    await tabPage.close();
  }
  await browser.close();
  return problems;
}

/** Presses every export button and keeps the files beside the screenshots. */
async function saveExports(tabPage, name) {
  for (const format of ['png', 'svg', 'csv', 'json']) {
    const button = tabPage.getByTestId(`export-${format}`);
    if (!(await button.isVisible())) continue;
    await button.click();
    await tabPage.waitForFunction(() => globalThis.preview.saved.length > 0);
    const content = await tabPage.evaluate(() => {
      const { content } = globalThis.preview.saved.pop();
      return typeof content === 'string' ? content : [...content];
    });
    await writeFile(
      join(OUT, `export-${name}.${format}`),
      typeof content === 'string' ? content : Buffer.from(content),
    );
  }
}
