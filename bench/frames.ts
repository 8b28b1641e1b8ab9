/**
 * Whether the run views stay smooth with 154 checkpoints of 10 samples: every frame while zooming, panning, sliding,
 * hovering and scrolling, in the preview of the pages (made-up results) and Chromium without a GPU.
 * `node scripts/run-ts.mjs bench/frames.ts [--rounds N] [--scenario many|crowd] [--throttle N]`, after `npm run build`;
 * `--throttle` slows down the page's processor by this factor.
 *
 * A frame lasts from one `requestAnimationFrame` to the next: at least 16.7 ms. Of several rounds the smallest maximum
 * counts: other work of the machine may spoil one round, slow drawing spoils all.
 */
import { parseArgs } from 'node:util';
import type { Locator, Page } from 'playwright-core';
import { startPreview } from '../scripts/previewServer.mjs';
import { launchBrowser } from '../test/vscode/harness/browser';
import { takeFrames, watchFrames } from './frameWatch';
import { markdown, median } from './measure';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    scenario: { type: 'string', default: 'many' },
    throttle: { type: 'string', default: '1' },
  },
});
const LIMIT_MS = 50;
/** Events come at the rate of a screen. */
const EVENT_MS = 16;
const EVENTS = 40;

interface Interaction {
  page: 'trends' | 'emergence';
  tab: string;
  what: string;
  /** The chart, or another element on which it is done. */
  at: string;
  run: (page: Page, target: Locator) => Promise<void>;
}

/** Repeats an action, as a hand on a wheel or a key does, whether or not the page has caught up. */
async function repeat(page: Page, event: (index: number) => Promise<void>): Promise<void> {
  const sent: Promise<void>[] = [];
  for (let index = 0; index < EVENTS; index++) {
    sent.push(event(index));
    await page.waitForTimeout(EVENT_MS);
  }
  await Promise.all(sent);
}

async function middleOf(target: Locator): Promise<{ x: number; y: number; width: number }> {
  const box = await target.boundingBox();
  if (!box) throw new Error('the target is not on the page');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2, width: box.width };
}

const zoom: Interaction['run'] = async (page, chart) => {
  const { x, y } = await middleOf(chart);
  await page.mouse.move(x, y);
  await page.keyboard.down('Control');
  await repeat(page, (index) => page.mouse.wheel(0, index < EVENTS / 2 ? -60 : 60));
  await page.keyboard.up('Control');
};
const pan: Interaction['run'] = async (page, chart) => {
  await chart.focus();
  for (let index = 0; index < 6; index++) await page.keyboard.press('+');
  await repeat(page, (index) => page.keyboard.press(index % 20 < 10 ? 'ArrowRight' : 'ArrowLeft'));
  await page.keyboard.press('0');
};
const hover: Interaction['run'] = async (page, chart) => {
  const { x, y, width } = await middleOf(chart);
  await repeat(page, (index) => page.mouse.move(x + width * 0.8 * (index / EVENTS - 0.5), y));
};
const slide: Interaction['run'] = async (page, slider) => {
  const { x, y, width } = await middleOf(slider);
  await page.mouse.move(x - width / 2 + 8, y);
  await page.mouse.down();
  await repeat(page, (index) => page.mouse.move(x + (width - 16) * (index / EVENTS - 0.5), y));
  await page.mouse.up();
};
const scroll: Interaction['run'] = async (page, target) => {
  const { x, y } = await middleOf(target);
  await page.mouse.move(x, y);
  await repeat(page, (index) => page.mouse.wheel(0, index < EVENTS / 2 ? 120 : -120));
};

const WAYS = { zoom, pan, hover, 'scroll the page': scroll };
const chart = (id: string): string => `[data-testid="chart-${id}"]`;
const INTERACTIONS: Interaction[] = [
  ...Object.entries(WAYS).flatMap(([what, run]): Interaction[] => [
    { page: 'trends', tab: 'trends', what, at: chart('alpha0'), run },
    { page: 'trends', tab: 'spectra', what, at: chart('step-spectra'), run },
    { page: 'emergence', tab: 'emergence', what, at: chart('emergence'), run },
  ]),
  {
    page: 'trends',
    tab: 'spectra',
    what: 'slide the step',
    at: '[data-testid="step-slider"]',
    run: slide,
  },
  { page: 'trends', tab: 'checkpoints', what: 'scroll the table', at: '.table-scroll', run: scroll },
  { page: 'trends', tab: 'table', what: 'scroll the table', at: '.table-scroll', run: scroll },
];

const preview = await startPreview();
const browser = await launchBrowser();
const page = await browser.newPage({ viewport: { width: 1600, height: 900 } });
const session = await page.context().newCDPSession(page);
const frames = new Map<Interaction, number[][]>();
for (let round = 0; round < Number(values.rounds); round++) {
  for (const view of ['trends', 'emergence'] as const) {
    await page.goto(`${preview.address}?page=${view}&scenario=${values.scenario}&theme=dark`);
    await page.locator('body[data-ready="true"]').waitFor();
    await session.send('Emulation.setCPUThrottlingRate', { rate: Number(values.throttle) });
    await page.evaluate(watchFrames);
    for (const each of INTERACTIONS) {
      if (each.page !== view) continue;
      await page.getByTestId(`tab-${each.tab}`).click();
      const target = page.locator(each.at);
      await target.scrollIntoViewIfNeeded();
      await page.waitForTimeout(300);
      await page.evaluate(takeFrames);
      await each.run(page, target);
      const taken = await page.evaluate(takeFrames);
      frames.set(each, [...(frames.get(each) ?? []), taken]);
    }
  }
}
await browser.close();
preview.close();

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))]!;
const rows = [...frames].map(([{ page: view, tab, what }, rounds]) => {
  const all = rounds.flat();
  return {
    view: view === tab ? view : `${view}, ${tab}`,
    what,
    frames: all.length,
    'median (ms)': median(all).toFixed(1),
    '99 % (ms)': percentile(all, 0.99).toFixed(1),
    'maximum of the best round (ms)': Math.min(...rounds.map((taken) => Math.max(...taken))).toFixed(1),
    'maximum of all (ms)': Math.max(...all).toFixed(1),
    [`rounds without a frame over ${LIMIT_MS} ms`]: `${rounds.filter((taken) => Math.max(...taken) <= LIMIT_MS).length} of ${rounds.length}`,
  };
});
console.log(markdown(rows));
