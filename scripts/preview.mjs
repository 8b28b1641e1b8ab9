/* global document -- inside the page */
// Shows every view outside VS Code, for development and for a look at every state.
//   node scripts/preview.mjs            screenshots and checks into out/preview/
//   node scripts/preview.mjs --serve    a page to play with; prints its address
//   node scripts/preview.mjs spectrum:one:fit    only pages (and scenarios, and tabs) that begin so
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { OUT, startPreview } from './previewServer.mjs';

const THEMES = ['dark', 'light', 'hc-dark', 'hc-light'];
const WIDTHS = [400, 900, 1600];
/** No row of a table is this tall, however its words wrap. */
const TALL = 150;

/** The tab with which a page opens. */
const FIRST_TAB = {
  spectrum: 'spectrum',
  trends: 'trends',
  emergence: 'emergence',
  dashboard: 'dashboard',
  inspect: 'inspect',
  compare: 'tensors',
  report: 'report',
};

const only = process.argv.slice(2).find((argument) => !argument.startsWith('--'));
const serve = process.argv.includes('--serve');

const { address, close } = await startPreview(serve ? 8780 : 0);
if (serve) {
  console.log(
    `${address}?page=spectrum&scenario=one&theme=dark  (pages spectrum, trends, emergence, dashboard, inspect, compare, report; scenarios in test/preview/; themes dark, light, hc-dark, hc-light)`,
  );
} else {
  const problems = await screenshots();
  close();
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

/** The views to check: every state at every width and theme that could break it, without drawing everything twice. */
function shots() {
  const all = [];
  const add = (page, scenarios, tabs, themes, widths) => {
    for (const scenario of scenarios)
      for (const tab of tabs)
        for (const theme of themes)
          for (const width of widths) all.push({ page, scenario, tab, theme, width });
  };
  const spectrum = ['one', 'three', 'eight', 'running', 'failed', 'empty'];
  add('spectrum', spectrum, ['spectrum'], THEMES, WIDTHS);
  add('spectrum', ['one', 'eight'], ['exponents', 'fit', 'nfd', 'layers', 'table'], ['dark'], [900, 1600]);
  add('spectrum', ['one', 'eight'], ['exponents', 'fit', 'nfd', 'layers', 'table'], ['light'], [400]);
  add('compare', ['one', 'runs'], ['tensors', 'spectra', 'layers', 'differences'], THEMES, [400, 1600]);
  add('compare', ['runs'], ['steps'], ['dark'], [400, 1600]);
  add('compare', ['sampled', 'running', 'failed', 'stale'], ['tensors'], ['light'], [400, 1600]);
  add('spectrum', ['full'], ['spectrum', 'fit', 'layers'], THEMES, WIDTHS);
  add(
    'spectrum',
    ['full-steps', 'full-deep', 'full-shallow'],
    ['spectrum', 'layers'],
    ['light'],
    [400, 1600],
  );
  add(
    'spectrum',
    ['many', 'hostile', 'partial', 'waiting', 'cancelled', 'none'],
    ['spectrum'],
    ['dark'],
    [400, 1600],
  );
  add('spectrum', ['part', 'part-form'], ['spectrum'], THEMES, WIDTHS);
  add('spectrum', ['part-full'], ['layers'], ['light'], [400, 1600]);
  add('spectrum', ['part-mixed', 'stale'], ['spectrum'], ['dark'], [400, 900]);
  const runs = ['eight', 'one', 'eighteen', 'many', 'overlay'];
  const odd = [
    'crowd',
    'single-sample',
    'full',
    'time',
    'partial',
    'missing',
    'no-baseline',
    'init',
    'hostile',
    'none',
  ];
  add('trends', ['many', 'overlay'], ['trends'], THEMES, WIDTHS);
  add('trends', ['many', 'overlay'], ['spectra', 'quality', 'checkpoints', 'table'], ['dark'], [400, 1600]);
  add('trends', ['eight', 'one', 'eighteen'], ['trends', 'spectra'], ['light'], WIDTHS);
  add('trends', odd, ['trends'], ['dark'], [400, 900]);
  add('trends', ['partial'], ['checkpoints'], ['light'], [400, 900]);
  add('emergence', ['many', 'overlay', 'init'], ['emergence'], THEMES, WIDTHS);
  add('emergence', ['overlay', 'crowd'], ['size', 'table'], ['light'], WIDTHS);
  add('emergence', ['families'], ['emergence', 'size'], THEMES, WIDTHS);
  add('trends', ['watched'], ['trends', 'checkpoints'], THEMES, [400, 1600]);
  add('emergence', ['metrics', 'metrics-five'], ['emergence', 'metrics'], THEMES, [400, 1600]);
  add('trends', ['families'], ['trends'], ['dark'], [400, 900]);
  add('emergence', ['eight', 'one', 'eighteen', ...odd], ['emergence'], ['dark'], [400, 900]);
  add('trends', ['part', 'part-mixed'], ['trends'], ['dark'], [400, 900]);
  add('emergence', ['part', 'part-form', 'part-mixed'], ['emergence'], ['light'], [400, 900]);
  add('dashboard', [...runs, ...odd, 'part'], ['dashboard'], ['dark', 'light'], [300]);
  add('dashboard', ['many', 'partial', 'none'], ['dashboard'], ['hc-dark', 'hc-light'], [300]);
  add('inspect', ['one', 'many'], ['inspect'], THEMES, WIDTHS);
  add('inspect', ['facts'], ['inspect'], THEMES, [400, 1600]);
  add('inspect', ['hostile', 'changed', 'reading', 'failed'], ['inspect'], ['dark'], [400, 900]);
  add('report', ['many', 'overlay', 'init', 'one', 'part'], ['report'], ['dark', 'light'], WIDTHS);
  return all.filter(({ page, scenario, tab }) => !only || `${page}:${scenario}:${tab}`.startsWith(only));
}

async function screenshots() {
  const problems = [];
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
  const context = await browser.newContext({ reducedMotion: 'reduce' });
  for (const { page, scenario, tab, theme, width } of shots()) {
    const name = `${page}-${scenario}-${tab}-${width}-${theme}`;
    const tabPage = await context.newPage();
    tabPage.on('console', (message) => {
      if (['warning', 'error'].includes(message.type())) problems.push(`${name}: console ${message.text()}`);
    });
    tabPage.on('pageerror', (error) => problems.push(`${name}: ${error.message}`));
    // A report follows the system's colors, not the editor's.
    await tabPage.emulateMedia({ colorScheme: theme.endsWith('light') ? 'light' : 'dark' });
    await tabPage.setViewportSize({ width, height: width <= 400 ? 800 : 900 });
    await tabPage.goto(`${address}?page=${page}&scenario=${scenario}&theme=${theme}`);
    await tabPage.locator('body[data-ready="true"]').waitFor();
    const tabs = tabPage.getByTestId(`tab-${tab}`);
    if (tab !== FIRST_TAB[page] && (await tabs.count()) > 0) await tabs.click();
    if (scenario === 'part-form') await fillSubsetForm(tabPage);
    await tabPage.waitForTimeout(100);
    const found = await tabPage.evaluate(() => ({
      overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      tall: Math.max(0, ...[...document.querySelectorAll('tr')].map((row) => row.clientHeight)),
      odd: /NaN|undefined|\bnull\b|Infinity|\{\d\}/.exec(document.body.innerText)?.[0],
    }));
    if (found.overflow > 0) problems.push(`${name}: ${found.overflow} px wider than the page`);
    if (found.tall > TALL) problems.push(`${name}: a row of a table is ${found.tall} px tall`);
    if (found.odd) problems.push(`${name}: prints "${found.odd}"`);
    await tabPage.screenshot({ path: join(OUT, `${name}.png`), fullPage: true });
    if (page === 'report' && width === 900)
      await tabPage.pdf({
        path: join(OUT, `${name}.pdf`),
        format: 'A4',
        margin: { top: '12mm', bottom: '12mm', left: '12mm', right: '12mm' },
      });
    if (width === 900 && theme === 'dark' && !['dashboard', 'inspect'].includes(page))
      await saveExports(tabPage, name);
    await tabPage.close();
  }
  await browser.close();
  return problems;
}

/** Opens the choice of a part and makes a mistake in it. */
async function fillSubsetForm(tabPage) {
  await tabPage.getByTestId('subset-choose').click();
  await tabPage.getByTestId('role-mlp.down').click();
  await tabPage.getByTestId('subset-blocks').fill('0-2, 5-3');
  await tabPage.getByTestId('subset-fault-blocks').filter({ hasText: 'no range' }).waitFor();
}

/** Presses every export button and stores the files beside the screenshots. */
async function saveExports(tabPage, name) {
  for (const format of ['png', 'svg', 'csv', 'json']) {
    const button = tabPage.getByTestId(`export-${format}`);
    const menu = tabPage.getByTestId('export');
    if (await menu.isVisible()) await menu.click();
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
