/** The pages of the panels, with made-up runs, at the sizes of small windows and of enlarged ones. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Locator, Page } from 'playwright-core';
import { eventually } from '../../support/eventually';
import { assertAccessible } from './axe';
import { previewPages, type ShowPage } from './previewPages';

/** The title is the editor's tab, right above the page. */
const MAX_ABOVE_CHART = 240;
const MAX_STOPS = 6;
/** From the top of one line of a table's headings to that of the next. */
const MAX_BETWEEN_HEADINGS = 30;
const SIZES = [
  { name: '1366 × 768', width: 1366, height: 666 },
  { name: '200 % zoom', width: 683, height: 333 },
  // As narrow as a panel gets beside another: with other fonts, one of its rows may become two.
  { name: '400 px', width: 400, height: 800, most: 270 },
];
const PAGES = [
  { page: 'spectrum', scenario: 'one', tabs: ['spectrum', 'exponents', 'fit', 'nfd'] },
  { page: 'spectrum', scenario: 'three', tabs: ['spectrum', 'exponents', 'fit', 'nfd'] },
  { page: 'trends', scenario: 'overlay', tabs: ['trends', 'spectra', 'quality'] },
  { page: 'trends', scenario: 'nulls-overlay', tabs: ['trends', 'beyond'] },
  { page: 'emergence', scenario: 'overlay', tabs: ['emergence', 'size'] },
  { page: 'emergence', scenario: 'nulls-overlay', tabs: ['emergence', 'parts'] },
  { page: 'emergence', scenario: 'metrics', tabs: ['metrics'] },
  { page: 'emergence', scenario: 'specified', tabs: ['sensitivity'] },
  { page: 'compare', scenario: 'runs', tabs: ['spectra', 'steps'] },
];
/** Pages whose first chart is a map of layers: a table, which has no tab stop of its own. */
const MAPS = [
  { page: 'spectrum', scenario: 'full', tabs: ['layers'] },
  { page: 'compare', scenario: 'runs', tabs: ['layers'] },
];

const THEMES = ['dark', 'light', 'hc-dark', 'hc-light'];
/** Every kind of page and state. */
const STATES: [page: string, scenarios: string[]][] = [
  [
    'spectrum',
    [
      ...[
        'one',
        'three',
        'full',
        'nulls',
        'nulls-full',
        'part',
        'part-mixed',
        'partial',
        'running',
        'waiting',
      ],
      ...['failed', 'cancelled', 'stale', 'outdated-failed', 'empty'],
    ],
  ],
  [
    'trends',
    [
      ...[
        'one',
        'overlay',
        'nulls-overlay',
        'full',
        'part-mixed',
        'partial',
        'slurm',
        'missing',
        'no-baseline',
      ],
      ...['outdated', 'none'],
    ],
  ],
  [
    'emergence',
    [
      'overlay',
      'nulls-overlay',
      'full',
      'specified',
      'specifying',
      'slurm',
      'missing',
      'no-baseline',
      'none',
    ],
  ],
  ['dashboard', ['one', 'nulls', 'partial', 'slurm', 'missing', 'none']],
  ['inspect', ['one', 'many', 'facts', 'facts-running', 'changed', 'reading', 'failed']],
  ['compare', ['one', 'runs', 'sampled', 'running', 'failed', 'stale']],
];

let show: ShowPage;

/** A page that has drawn what it shows. */
const open = (
  page: string,
  scenario: string,
  viewport: { width: number; height: number },
  theme = 'dark',
): Promise<Page> => show({ page, scenario, viewport, theme });

/**
 * Goes back from the first chart to the beginning of the page: where Tab begins depends on what was clicked last.
 * @returns how many controls have the focus on the way.
 */
async function stopsBeforeChart(page: Page): Promise<number> {
  await page.locator('canvas').first().focus();
  for (let stops = 0; stops <= 40; stops++) {
    await page.keyboard.press('Shift+Tab');
    if ((await page.locator(':focus').count()) === 0) return stops;
  }
  return Infinity;
}

/** The menu of how a run is shown. */
const lookMenu = (page: Page, name: string): Locator => page.getByTestId(`look-/models/${name}`);

/** Opens a menu and goes down to an entry, by keys. */
async function chooseInMenu(page: Page, menu: Locator, entry: string): Promise<void> {
  await menu.focus();
  await page.keyboard.press('Enter');
  const focused = (): Promise<string | null> => page.locator(':focus').getAttribute('data-testid');
  for (let press = 0; press < 9 && (await focused()) !== entry; press++)
    await page.keyboard.press('ArrowDown');
  assert.equal(await focused(), entry);
  await page.keyboard.press('Enter');
}

/** Where the words of an element are, which may be wider than it, and on how many lines; runs in the page. */
function placeOfText(element: unknown): { left: number; right: number; top: number; lines: number } {
  interface Box {
    left: number;
    right: number;
    top: number;
  }
  interface Words {
    selectNodeContents: (node: unknown) => void;
    getBoundingClientRect: () => Box;
    getClientRects: () => Iterable<Box>;
  }
  const { document } = globalThis as unknown as { document: { createRange: () => Words } };
  const range = document.createRange();
  range.selectNodeContents(element);
  const { left, right, top } = range.getBoundingClientRect();
  return {
    left,
    right,
    top,
    lines: new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size,
  };
}

describe('pages', () => {
  show = previewPages();

  for (const { page: name, scenario, tabs } of [...PAGES, ...MAPS])
    for (const { name: size, most = MAX_ABOVE_CHART, ...viewport } of SIZES)
      it(`have their first chart near the top: ${name}, ${scenario}, ${tabs.join(' ')}, at ${size}`, async () => {
        const page = await open(name, scenario, viewport);
        for (const tab of tabs) {
          await page.getByTestId(`tab-${tab}`).click();
          const box = await page.locator('canvas, .heat-figure').first().boundingBox();
          const scrolled = await page.evaluate('document.scrollingElement.scrollTop');
          const top = (box?.y ?? Infinity) + Number(scrolled);
          assert.ok(top <= most, `${tab}: the chart begins at ${top} px`);
        }
        await page.close();
      });

  for (const { page: name, scenario, tabs } of PAGES)
    it(`take few tab stops to their first chart: ${name}, ${scenario}`, async () => {
      for (const tab of tabs) {
        const page = await open(name, scenario, SIZES[0]!);
        await page.getByTestId(`tab-${tab}`).click();
        const stops = await stopsBeforeChart(page);
        assert.ok(stops > 0 && stops <= MAX_STOPS, `${tab}: ${stops} stops`);
        await page.close();
      }
    });

  it('say what a chart of sizes needs where there is one size, and ask for another run', async () => {
    const page = await open('emergence', 'one', SIZES[0]!);
    await page.getByTestId('tab-size').click();
    await page.getByTestId('one-size').filter({ hasText: 'only one run is shown' }).waitFor();
    assert.equal(await page.locator('canvas').count(), 0);
    assert.equal(await page.getByTestId('size-step').count(), 0);
    await page.getByTestId('another-size').click();
    // The preview adds one of the same size.
    await page.getByTestId('one-size').filter({ hasText: 'all runs shown have the same size' }).waitFor();
    await page.close();
  });

  it('have toolbars that arrow keys move along', async () => {
    const page = await open('trends', 'overlay', SIZES[0]!);
    await page.getByTestId('mode').focus();
    const along: (string | null)[] = [];
    for (let press = 0; press < 9; press++) {
      along.push(await page.locator(':focus').getAttribute('data-testid'));
      await page.keyboard.press('ArrowRight');
    }
    assert.deepEqual(along, [
      ...['mode', 'nulls', 'subset-choose', 'settings', 'cautions'],
      ...['watch', 'open-view', 'export', 'open-settings'],
    ]);
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
    assert.equal(await page.locator(':focus').getAttribute('data-testid'), 'export-png');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator(':focus').getAttribute('data-testid'), 'export');
    await page.close();
  });

  it('say on a chip which settings differ, and change them in place', async () => {
    const page = await open('spectrum', 'one', SIZES[0]!);
    const chip = page.getByTestId('chip');
    assert.equal(await chip.innerText(), 'Paper settings');
    await page.getByTestId('settings').click();
    await page.getByTestId('set-samples').fill('0');
    await page.getByTestId('settings-apply').click();
    await page.getByTestId('settings-fault').filter({ hasText: '0 is not a whole number' }).waitFor();
    assert.equal(await page.getByTestId('set-samples').getAttribute('aria-invalid'), 'true');
    await page.getByTestId('set-samples').fill('20');
    const scale = page.getByTestId('set-scale');
    assert.equal(await scale.isVisible(), false);
    await page.getByRole('switch', { name: 'Scale-free' }).check();
    await scale.selectOption('projection');
    await page.getByTestId('settings-apply').click();
    await chip.filter({ hasText: 'scale-free by projection · 20 samples' }).waitFor();
    await page.getByTestId('settings').click();
    await scale.selectOption('network');
    await page.getByTestId('settings-apply').click();
    await chip.filter({ hasText: 'scale-free · 20 samples' }).waitFor();
    assert.equal(await page.getByTestId('drawer-settings').isVisible(), false);
    await page.getByTestId('settings').click();
    await page.getByTestId('preset-quick').click();
    await chip.filter({ hasText: 'scale-free · 4 samples' }).waitFor();
    await page.close();
  });

  for (const [name, scenario] of [
    ['spectrum', 'one'],
    ['trends', 'overlay'],
    ['emergence', 'overlay'],
    ['compare', 'one'],
  ] as const)
    it(`say what it means beside their first sentence: ${name}`, async () => {
      const page = await open(name, scenario, SIZES[0]!);
      const means = page.getByTestId('explanation');
      const [sentence, link, bar] = await Promise.all(
        [page.getByTestId('headline'), means, page.getByTestId('bar')].map((each) => each.boundingBox()),
      );
      // At the end of its last line, or at the beginning of the next.
      assert.ok(link!.y - (sentence!.y + sentence!.height) < link!.height);
      assert.ok(link!.y + link!.height <= bar!.y);
      const text = page.getByTestId('drawer-explanation');
      assert.equal(await text.isVisible(), false);
      await means.press('Enter');
      await text.filter({ hasText: 'a network of neurons' }).waitFor();
      await text.getByTestId('learn-more').click();
      await eventually(async () => {
        assert.deepEqual(await page.evaluate('preview.explained'), ['']);
      });
      await page.close();
    });

  for (const scenario of ['outdated', 'outdated-failed'])
    it(`keep the last figures, dimmed, until there are others: ${scenario}`, async () => {
      const page = await open('spectrum', scenario, SIZES[0]!);
      await page.getByTestId('chart-spectrum').waitFor();
      const opacity = await page.evaluate("getComputedStyle(document.querySelector('.canvas-box')).opacity");
      assert.equal(opacity, '0.5');
      await page.getByTestId(scenario === 'outdated' ? 'progress-text' : 'error').waitFor();
      await page.close();
    });

  it('keep the last figures of runs, and offer to analyze with the settings of now', async () => {
    const page = await open('trends', 'outdated', SIZES[0]!);
    await page.getByTestId('chart-alpha0').waitFor();
    await page.getByTestId('stale').filter({ hasText: 'earlier results' }).waitFor();
    await page.getByTestId('analyze-missing').waitFor();
    await page.close();
  });

  it('copy and save single figures, and what is meant of them, by keys and by pointer', async () => {
    const page = await open('trends', 'overlay', SIZES[0]!);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const menu = page.getByTestId('figure-menu-width');
    const saved = (): Promise<string[]> => page.evaluate('preview.saved.map((file) => file.suggestedName)');
    await chooseInMenu(page, menu, 'save-png-width');
    await page.getByTestId('status').filter({ hasText: '4-runs-width.png' }).waitFor();
    await chooseInMenu(page, menu, 'save-svg-width');
    await page.getByTestId('status').filter({ hasText: '4-runs-width.svg' }).waitFor();
    const drawn = String(await page.evaluate('preview.saved.at(-1).content'));
    assert.match(drawn, /Heterogeneity w over training/);
    assert.doesNotMatch(drawn, /Regularity α₀ over training/);
    await chooseInMenu(page, menu, 'save-csv-width');
    await page.getByTestId('status').filter({ hasText: '4-runs-width.csv' }).waitFor();
    assert.deepEqual(
      await saved(),
      ['png', 'svg', 'csv'].map((each) => `neuromfa-4-runs-width.${each}`),
    );
    await chooseInMenu(page, menu, 'copy-table-width');
    await page.getByTestId('status').filter({ hasText: 'table is on the clipboard' }).waitFor();
    const text = String(await page.evaluate('navigator.clipboard.readText()'));
    assert.match(text, /^run\t.*step/);
    assert.equal(text.split('\n').length, 1 + 4 * 18);
    await chooseInMenu(page, menu, 'copy-image-width');
    await page.getByTestId('status').filter({ hasText: 'picture is on the clipboard' }).waitFor();
    const types = await page.evaluate('navigator.clipboard.read().then(([item]) => item.types)');
    assert.deepEqual(types, ['image/png']);

    // Of the point that keys have come to, in the menu that the context key opens.
    const chart = page.getByTestId('chart-width');
    await chart.press('ArrowRight');
    await chart.press('ContextMenu');
    await page.getByTestId('reveal-point-width').waitFor();
    await page.keyboard.press('Escape');
    await chart.and(page.locator(':focus')).waitFor();
    // The charts are drawn anew; the point is the same.
    await page.evaluate("document.body.classList.add('drawn-anew')");
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    await chart.press('ContextMenu');
    await page.getByTestId('reveal-point-width').waitFor();
    await page.keyboard.press('Escape');
    // Of none, from its button.
    await chart.blur();
    await menu.click();
    await page.getByTestId('copy-image-width').waitFor();
    assert.equal(await page.getByTestId('reveal-point-width').isVisible(), false);
    await page.keyboard.press('Escape');
    await chart.click({ button: 'right', position: { x: 200, y: 60 } });
    await page.getByTestId('copy-image-width').waitFor();
    await page.close();
  });

  for (const name of ['trends', 'spectrum'])
    it(`take files of the editor that are dropped on them: ${name}`, async () => {
      const page = await open(name, 'one', SIZES[0]!);
      const drop = (types: Record<string, string>): Promise<unknown> =>
        page.evaluate(`(() => {
          const data = new DataTransfer();
          for (const [type, text] of ${JSON.stringify(Object.entries(types))}) data.setData(type, text);
          for (const type of ['dragover', 'drop'])
            document.querySelector('[data-testid="panel"]').dispatchEvent(
              new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
        })()`);
      await drop({
        'application/vnd.code.uri-list': 'vscode-remote://h/a\r\nfile:///b%20c',
        'text/uri-list': 'x',
      });
      await drop({ 'application/vnd.code.tree.neuromfa.runs': '{}', 'text/uri-list': '' });
      await drop({ 'text/plain': 'no file' });
      await eventually(async () => {
        assert.deepEqual(await page.evaluate('preview.dropped'), [
          { uris: ['vscode-remote://h/a', 'file:///b%20c'], fromTree: false },
          { uris: [], fromTree: true },
        ]);
      });
      await page.close();
    });

  it('of comparisons copy and save their figures and their map, and open a point', async () => {
    const page = await open('compare', 'runs', SIZES[0]!);
    await page.getByTestId('tab-steps').click();
    await chooseInMenu(page, page.getByTestId('figure-menu-steps-width'), 'save-csv-steps-width');
    await page.getByTestId('status').filter({ hasText: 'steps-width.csv' }).waitFor();
    const chart = page.getByTestId('chart-steps-alpha0');
    await chart.press('ArrowRight');
    await chart.press('Enter');
    await eventually(async () => {
      assert.deepEqual(await page.evaluate('preview.opened'), ['/runs/a/1000']);
    });
    await page.getByTestId('tab-layers').click();
    await chooseInMenu(page, page.getByTestId('figure-menu-layers'), 'save-svg-layers');
    await page.getByTestId('status').filter({ hasText: 'layers.svg' }).waitFor();
    assert.match(String(await page.evaluate('preview.saved.at(-1).content')), /attention\.|smaller in B/);
    await page.close();
  });

  for (const [name, scenario, tab, chart] of [
    ['spectrum', 'three', 'spectrum', 'spectrum'],
    ['spectrum', 'three', 'spectrum', 'plane'],
    ['compare', 'one', 'spectra', 'spectrum'],
    ['trends', 'overlay', 'spectra', 'step-spectra'],
    ['emergence', 'specified', 'sensitivity', 'specifications'],
  ] as const)
    it(`open the checkpoint of a point by keys: ${name}, ${chart}`, async () => {
      const page = await open(name, scenario, SIZES[0]!);
      await page.getByTestId(`tab-${tab}`).click();
      const canvas = page.getByTestId(`chart-${chart}`);
      await canvas.press('ArrowRight');
      await canvas.press('Enter');
      await eventually(async () => {
        assert.match(String(await page.evaluate('preview.opened.join()')), /^\/[^,]+$/);
      });
      await page.close();
    });

  it('open nothing from the spectrum of the only checkpoint', async () => {
    const page = await open('spectrum', 'one', SIZES[0]!);
    const canvas = page.getByTestId('chart-spectrum');
    await canvas.press('ArrowRight');
    await canvas.press('Enter');
    await canvas.press('ContextMenu');
    await page.getByTestId('copy-image-spectrum').waitFor();
    assert.equal(await page.getByTestId('open-point-spectrum').isVisible(), false);
    assert.deepEqual(await page.evaluate('preview.opened'), []);
    await page.close();
  });

  for (const tab of ['spectra', 'steps'])
    it(`of comparisons hide and isolate a side in the legend, and by keys: ${tab}`, async () => {
      const page = await open('compare', 'runs', SIZES[0]!);
      await page.getByTestId(`tab-${tab}`).click();
      const id = tab === 'spectra' ? 'spectrum' : 'steps-alpha0';
      const chart = page.getByTestId(`chart-${id}`);
      const shown = page.getByTestId('compare-shown');
      const said = async (): Promise<string> => {
        await chart.press('ArrowRight');
        const words = await page.getByTestId(`chart-says-${id}`).innerText();
        await chart.press('Escape');
        return words.split(':')[0]!;
      };
      const first = await said();
      await chart.scrollIntoViewIfNeeded();
      /** The first entry stands at the left end below the axis. */
      const box = (await chart.boundingBox())!;
      const name = { position: { x: 70, y: box.height - 12 } };
      await chart.click(name);
      await eventually(async () => {
        assert.equal(await shown.inputValue(), 'b');
      });
      assert.notEqual(await said(), first);
      await shown.selectOption('both');
      assert.equal(await said(), first);
      await chart.dblclick(name);
      await eventually(async () => {
        assert.equal(await shown.inputValue(), 'a');
      });
      assert.equal(await said(), first);
      await page.close();
    });

  it('save the heat map of layers as a picture too', async () => {
    const page = await open('spectrum', 'full', SIZES[0]!);
    await page.getByTestId('tab-layers').click();
    for (const format of ['png', 'svg', 'csv']) {
      await chooseInMenu(page, page.getByTestId('figure-menu-layers'), `save-${format}-layers`);
      await page
        .getByTestId('status')
        .filter({ hasText: `layers.${format}` })
        .waitFor();
    }
    const svg = String(
      await page.evaluate("preview.saved.find((file) => file.suggestedName.endsWith('svg')).content"),
    );
    const cells = await page.getByTestId('heat-map').locator('td:not(.absent)').allInnerTexts();
    for (const cell of cells) assert.ok(svg.includes(`>${cell}<`), `${cell} is not in the picture`);
    await page.getByTestId('export').click();
    await page.getByTestId('export-png').click();
    await eventually(async () => {
      assert.equal(await page.evaluate('preview.saved.length'), 4);
    });
    await page.close();
  });

  it('hide, isolate, color, name and pin runs by keys', async () => {
    const page = await open('trends', 'overlay', SIZES[0]!);
    const runs = page.getByTestId('run');
    const labels = (): Promise<string> =>
      page.getByTestId('chart-alpha0').getAttribute('aria-label').then(String);
    const choose = (name: string, entry: string): Promise<void> =>
      chooseInMenu(page, lookMenu(page, name), entry);
    await choose('neox-4m', 'run-hide');
    await runs.filter({ hasText: 'hidden' }).waitFor();
    assert.doesNotMatch(await labels(), /neox-4m:/);
    await lookMenu(page, 'neox-4m').and(page.locator(':focus')).waitFor();
    await choose('neox-4m', 'run-hide');
    await runs.filter({ hasText: 'hidden' }).waitFor({ state: 'detached' });
    assert.match(await labels(), /neox-4m:/);
    await choose('neox-1m', 'run-isolate');
    await runs.filter({ hasText: 'hidden' }).nth(2).waitFor();
    assert.doesNotMatch(await labels(), /shuffled|4m/);
    await choose('neox-1m', 'run-isolate');
    await runs.filter({ hasText: 'hidden' }).first().waitFor({ state: 'detached' });
    await choose('neox-4m', 'run-pin');
    await runs.first().filter({ hasText: 'pinned' }).waitFor();
    await lookMenu(page, 'neox-4m').press('Enter');
    await runs.first().getByTestId('run-color').selectOption({ label: 'yellow' });
    const yellow = await page.evaluate(
      "getComputedStyle(document.body).getPropertyValue('--vscode-charts-yellow')",
    );
    await runs
      .first()
      .locator(`.swatch path[stroke="${String(yellow).trim()}"]`)
      .first()
      .waitFor({ state: 'attached' });
    await page.keyboard.press('Escape');
    await choose('neox-4m', 'run-rename');
    await runs.first().locator('.name', { hasText: 'renamed' }).waitFor();
    assert.match(await labels(), /renamed:/);
    await page.close();
  });

  it('keep a menu open, and the place in it, when they are drawn anew', async () => {
    const page = await open('trends', 'overlay', SIZES[0]!);
    let redraws = 0;
    /** Marks what is drawn now, and waits until it has been drawn anew. */
    const redraw = async (): Promise<void> => {
      await page.evaluate("document.querySelector('[data-testid=runs]').dataset.old = ''");
      await page.evaluate(`document.body.classList.add('drawn-anew-${++redraws}')`);
      await page.locator('[data-testid=runs]:not([data-old])').waitFor();
    };
    const entry = page.getByTestId('run').filter({ hasText: 'neox-4m' }).getByTestId('run-isolate');
    await lookMenu(page, 'neox-4m').click();
    await redraw();
    assert.ok(await entry.isVisible());
    await entry.focus();
    await redraw();
    assert.ok(await entry.and(page.locator(':focus')).isVisible());
    await page.keyboard.press('Enter');
    await page.getByTestId('run').filter({ hasText: 'hidden' }).nth(2).waitFor();
    await redraw();
    assert.equal(await page.locator('details.menu[open]').count(), 0);

    // Where it was opened by the pointer, with what it says of the point there.
    const chart = page.getByTestId('chart-width');
    await chart.press('ArrowRight');
    await chart.press('ContextMenu');
    const reveal = page.getByTestId('reveal-point-width');
    await reveal.waitFor();
    const before = await reveal.boundingBox();
    await redraw();
    assert.deepEqual(await reveal.boundingBox(), before);
    await page.keyboard.press('Escape');
    await redraw();
    assert.equal(await reveal.isVisible(), false);
    await page.close();
  });

  it('sort checkpoints by their numbers, and compare two that are ticked', async () => {
    const page = await open('trends', 'partial', SIZES[0]!);
    await page.getByTestId('tab-checkpoints').click();
    const rows = page.getByTestId('checkpoint');
    const paths = (): Promise<(string | null)[]> =>
      rows.all().then((all) => Promise.all(all.map((each) => each.getAttribute('data-path'))));
    const values = async (): Promise<number[]> => {
      const texts = await page.locator('tr[data-state="done"] td:nth-of-type(5)').allInnerTexts();
      return texts.map((text) => Number(text.replace('−', '-').split(' ')[0]));
    };
    const before = await paths();
    const heading = page.locator('th', { has: page.getByTestId('sort-width') });
    await page.getByTestId('sort-width').click();
    assert.equal(await heading.getAttribute('aria-sort'), 'descending');
    const down = await values();
    assert.ok(down.length > 2);
    assert.deepEqual(
      down,
      [...down].sort((a, b) => b - a),
    );
    // Those without numbers are last, whichever way.
    assert.notEqual(await rows.last().getAttribute('data-state'), 'done');
    await page.getByTestId('sort-width').click();
    assert.deepEqual(await values(), [...down].reverse());
    assert.notEqual(await rows.last().getAttribute('data-state'), 'done');
    // The page keeps the order, as it does when the editor discards it.
    await page.getByTestId('tab-trends').click();
    await page.getByTestId('tab-checkpoints').click();
    assert.equal(await heading.getAttribute('aria-sort'), 'ascending');
    await page.getByTestId('sort-width').click();
    assert.deepEqual(await paths(), before);

    // What can be done about each is in sight, wherever the pointer is.
    await page.mouse.move(0, 0);
    const again = 'tr[data-state="done"] [data-testid="analyze-checkpoint"]';
    assert.equal(await page.evaluate(`getComputedStyle(document.querySelector('${again}')).opacity`), '1');

    const tick = (at: number): Promise<void> => rows.nth(at).getByTestId('tick').click();
    await page.getByTestId('tick-two').waitFor();
    for (const at of [0, 3, 2]) await tick(at);
    // The third has taken the place of the first; the earlier one comes first.
    await page.getByTestId('compare-ticked').click();
    assert.deepEqual(await page.evaluate('preview.opened'), [`${before[2]} with ${before[3]}`]);
    await tick(3);
    await page.getByTestId('tick-two').waitFor();
    await page.close();
  });

  it('have narrow tables that show numbers beneath what they are of, and that remain tables to screen readers', async () => {
    const TABLES = [
      ['trends', 'overlay', 'table', 'table-trends', ['neox-1m', '0', 'neox-1m/step0', '0.97544']],
      ['emergence', 'overlay', 'table', 'table-emergence', ['neox-1m', '0', 'neox-1m/step0', '0']],
      [
        'trends',
        'overlay',
        'checkpoints',
        'checkpoints',
        ['neox-1m', '0', 'step0', '0.975 ± 0.003', '100 %'],
      ],
      ['emergence', 'metrics-five', 'metrics', 'table-across-runs', ['eval/loss', 'E', '5']],
      ['compare', 'one', 'tensors', 'table-tensors', ['3072 × 1024', 'F16', '0.500']],
      ['compare', 'one', 'differences', 'table-figures', ['α₀', '0.929 ± 0.004', '0.915 ± 0.004']],
    ] as const;
    const widths = [400, 683];
    for (const [[name, scenario, tab, id, texts], width] of TABLES.flatMap((each) =>
      widths.map((width) => [each, width] as const),
    )) {
      const page = await open(name, scenario, { width, height: 800 });
      await page.getByTestId(`tab-${tab}`).click();
      const table = page.getByTestId(id);
      const row = table.locator('tbody tr').first();
      for (const text of texts) {
        const place = await row.getByText(text, { exact: true }).first().evaluate(placeOfText);
        assert.ok(place.left >= 0 && place.right <= width, `${id}: ${text} is at ${JSON.stringify(place)}`);
        assert.ok(place.lines === 1, `${id}: ${text} has ${place.lines} lines`);
      }
      // Headings of numbers begin right below those of what rows are of: nothing lies between.
      const tops = async (kind: string): Promise<number[]> => {
        const headings = await table.locator(`thead th${kind}:not(:has(> .visually-hidden))`).all();
        return Promise.all(headings.map(async (each) => (await each.evaluate(placeOfText)).top));
      };
      const [above, below] = [await tops('.above'), await tops(':not(.above)')];
      assert.ok(above.length > 0 && below.length > 0);
      const gap = Math.max(...below) - Math.min(...above);
      assert.ok(gap <= MAX_BETWEEN_HEADINGS, `${id}: headings are ${gap} px apart at ${width} px`);
      const session = await page.context().newCDPSession(page);
      const { nodes } = await session.send('Accessibility.getFullAXTree');
      const heard = nodes.filter(({ role }) => role?.value === 'columnheader').length;
      assert.equal(heard, await page.locator('thead th').count(), `${id}: headings`);
      await page.close();
    }
  });

  it('explain symbols below charts, and on no tab without one', async () => {
    for (const [name, scenario] of [
      ['trends', 'overlay'],
      ['emergence', 'one'],
      ['spectrum', 'three'],
      ['spectrum', 'full'],
    ] as const) {
      const page = await open(name, scenario, SIZES[0]!);
      let without = 0;
      for (const tab of await page.getByRole('tab').all()) {
        await tab.click();
        const charts = await page.locator('canvas, .heat-figure').count();
        if (charts === 0) without++;
        assert.equal(
          await page.locator('.key').count(),
          charts > 0 ? 1 : 0,
          `${name}: ${await tab.innerText()}`,
        );
      }
      assert.ok(without > 0);
      await page.close();
    }
  });

  it('say beside every drop-down of a form what it is for, as narrow as they get', async () => {
    const page = await open('trends', 'overlay', SIZES[2]!);
    await page.getByTestId('settings').click();
    await page.getByRole('switch', { name: 'Scale-free' }).check();
    for (const id of ['set-transfer', 'set-radii', 'set-population', 'set-scale']) {
      const label = page.locator(`.field:has(> [data-testid="${id}"]) > span`);
      assert.ok(await label.isVisible(), id);
      assert.notEqual(await label.innerText(), '', id);
    }
    await page.close();
  });

  for (const [name, calm, busy] of [
    ['trends', 'overlay', 'partial'],
    ['spectrum', 'one', 'outdated'],
  ] as const)
    it(`push nothing aside at 400 px while an analysis runs: ${name}`, async () => {
      const heights: number[] = [];
      for (const scenario of [calm, busy]) {
        const page = await open(name, scenario, SIZES[2]!);
        const bar = (await page.getByTestId('bar').boundingBox())!;
        heights.push(bar.height);
        if (scenario === busy) {
          const cancel = page.getByTestId('cancel');
          const box = (await cancel.boundingBox())!;
          assert.ok(box.y > bar.y + bar.height && box.y + box.height <= SIZES[2]!.height);
          // The end of the page is not hidden behind it.
          await page.evaluate('scrollTo(0, document.body.scrollHeight)');
          const end = (await page.locator('.panel > :not(:empty)').last().boundingBox())!;
          assert.ok(end.y + end.height <= box.y, `the page ends at ${end.y + end.height} px`);
        }
        await page.close();
      }
      assert.equal(heights[1], heights[0]);
    });

  it('keep the numbers of the dashboard on one line in a narrow side bar', async () => {
    const page = await open('dashboard', 'nulls', { width: 200, height: 600 });
    for (const id of ['emergence', 'alpha0', 'width'])
      assert.equal((await page.getByTestId(id).evaluate(placeOfText)).lines, 1, id);
    await page.close();
  });

  it('hide a run by a click on its name in the legend, and isolate it by two', async () => {
    const page = await open('trends', 'overlay', SIZES[0]!);
    const chart = page.getByTestId('chart-alpha0');
    await chart.scrollIntoViewIfNeeded();
    const hidden = page.getByTestId('run').filter({ hasText: 'hidden' });
    /** The first entry stands at the left end below the axis. */
    const box = (await chart.boundingBox())!;
    const name = { position: { x: 70, y: box.height - 12 } };
    await chart.click(name);
    await hidden.first().waitFor();
    const count = await hidden.count();
    assert.equal(count, 1);
    const id = String(await hidden.first().getAttribute('data-run'));
    await chooseInMenu(page, page.getByTestId(`look-${id}`), 'run-hide');
    await hidden.first().waitFor({ state: 'detached' });
    await chart.dblclick(name);
    await hidden.nth(2).waitFor();
    await page.close();
  });

  it('name in the dashboard the step that its numbers belong to, not the last one found', async () => {
    const page = await open('dashboard', 'slurm', SIZES[0]!);
    assert.match(await page.getByTestId('progress-line').innerText(), /14 of 18 .*step 2,000/);
    await page.getByTestId('reading').filter({ hasText: 'At step 2,000' }).waitFor();
    await page.close();
  });

  for (const name of ['spectrum', 'trends'])
    it(`begin with their figures in a narrow column: ${name}`, async () => {
      const page = await open(name, name === 'trends' ? 'overlay' : 'three', { width: 400, height: 666 });
      const top = (await page.locator('.figure').first().boundingBox())?.y ?? Infinity;
      assert.ok(top <= MAX_ABOVE_CHART, `the figure begins at ${top} px`);
      // The words of settings stay; those of cautions are behind their count.
      assert.ok(await page.getByTestId('chip').isVisible());
      await page.close();
    });

  it('fold cautions behind their count, and unfold them', async () => {
    const page = await open('trends', 'overlay', SIZES[0]!);
    assert.match((await page.getByTestId('cautions').textContent()) ?? '', /^1 caution · These runs/);
    const caution = page.getByTestId('warning').first();
    assert.equal(await caution.isVisible(), false);
    await page.getByTestId('cautions').click();
    await caution.filter({ hasText: 'different networks' }).waitFor();
    assert.equal(await page.getByTestId('cautions').getAttribute('aria-expanded'), 'true');
    await page.close();
  });

  for (const [name, scenarios] of STATES)
    for (const theme of THEMES)
      it(`have nothing that axe finds fault with: ${name}, ${theme}`, async () => {
        // One of each in every theme; colors are the same in the other states.
        for (const scenario of theme === 'dark' ? scenarios : scenarios.slice(0, 1)) {
          const page = await open(name, scenario, SIZES[0]!, theme);
          const tabs = await page.getByRole('tab').all();
          for (const tab of tabs.length > 0 ? tabs : [null]) {
            await tab?.click();
            await assertAccessible(page, `${scenario} ${(await tab?.innerText()) ?? ''}`);
          }
          await page.close();
        }
      });
});
