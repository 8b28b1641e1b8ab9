/** What is drawn anew while a reader is at it: the focus and the scrolled place stay. In a browser alone, with made-up runs. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import type { Page } from 'playwright-core';
import { previewPages, type ShowPage } from './previewPages';

let show: ShowPage;
let page: Page;

async function open(name: string, scenario: string, viewport = { width: 1366, height: 666 }): Promise<void> {
  page = await show({ page: name, scenario, viewport });
}

/** What the host calls when a checkpoint has come to another state; it is answered once that has been drawn. */
const call = (path: string, state: unknown): string =>
  `preview.host.call('updateCheckpoint', ${JSON.stringify({
    run: '/models/neox-1m',
    checkpoint: { path, name: path.split('/').at(-1), step: null, epoch: null, state },
  })})`;
const moved = (path: string, state: unknown): Promise<unknown> => page.evaluate(call(path, state));

/** The row that has the focus, and the control in it. */
const focused = (row: string, name: string): Promise<unknown> =>
  page.evaluate(
    `[document.activeElement.closest('${row}')?.dataset.${name}, document.activeElement.dataset.testid]`,
  );

describe('rows that are drawn anew', () => {
  show = previewPages();
  afterEach(async () => {
    await page.close();
  });

  it('keep the focus of a checkpoint, also where its action is gone', async () => {
    await open('trends', 'partial');
    await page.getByTestId('tab-checkpoints').click();
    const row = page.locator('[data-testid="checkpoint"][data-state="missing"]');
    const path = (await row.getAttribute('data-path'))!;
    await row.getByTestId('analyze-checkpoint').focus();
    await moved(path, {
      kind: 'failed',
      error: { code: 'damaged', subject: path, cause: 'c', nextStep: '' },
    });
    assert.deepEqual(await focused('tr', 'path'), [path, 'analyze-checkpoint']);
    await moved(path, { kind: 'queued' });
    assert.deepEqual(await focused('tr', 'path'), [path, 'open-checkpoint']);
  });

  it('keep the focus of a run, and that of its neighbors', async () => {
    await open('trends', 'partial');
    const checkpoint = page.locator('[data-testid="checkpoint"][data-state="missing"]');
    await page.getByTestId('tab-checkpoints').click();
    const path = (await checkpoint.getAttribute('data-path'))!;
    await page.getByTestId('tab-trends').click();
    const run = page.getByTestId('run');
    await run.getByTestId('analyze-run').focus();
    await moved(path, {
      kind: 'failed',
      error: { code: 'damaged', subject: path, cause: 'c', nextStep: '' },
    });
    await run.filter({ hasText: '2 failed' }).waitFor();
    assert.deepEqual(await focused('li', 'run'), ['/models/neox-1m', 'analyze-run']);
  });

  it('wait for a pressed pointer to be released, so that no click is lost', async () => {
    await open('trends', 'partial');
    await page.getByTestId('tab-checkpoints').click();
    const row = page.locator('[data-testid="checkpoint"][data-state="missing"]');
    const path = (await row.getAttribute('data-path'))!;
    const drawn = page.locator(`[data-testid="checkpoint"][data-path="${path}"]`);
    const button = row.getByTestId('analyze-checkpoint');
    await button.evaluate((element) => {
      (element as unknown as { onclick: unknown }).onclick = () => {
        (globalThis as { clicked?: boolean }).clicked = true;
      };
    });
    await button.hover();
    await page.mouse.down();
    await page.evaluate(`void (globalThis.answer = ${call(path, { kind: 'queued' })})`);
    assert.equal(await drawn.getAttribute('data-state'), 'missing');
    await page.mouse.up();
    await page.evaluate('globalThis.answer');
    assert.equal(await page.evaluate('globalThis.clicked'), true);
    assert.equal(await drawn.getAttribute('data-state'), 'queued');
  });

  it('keep the focus of the dashboard, whose controls stay the same while their numbers change', async () => {
    await open('dashboard', 'partial');
    await page.getByTestId('open-width').focus();
    await page.evaluate("document.activeElement.title = 'the same'");
    const before = await page.getByTestId('reading').textContent();
    // Changes the reading, so that everything is drawn anew.
    await page.evaluate(`document.querySelector('[data-testid="nulls"]').click()`);
    await page.waitForFunction(
      `document.querySelector('[data-testid="reading"]').textContent !== ${JSON.stringify(before)}`,
    );
    assert.deepEqual(await focused('.dashboard', 'testid'), ['dashboard', 'open-width']);
    assert.equal(await page.evaluate('document.activeElement.title'), 'the same');
  });

  it('leave wide tables where they were scrolled to', async () => {
    await open('trends', 'partial', { width: 260, height: 666 });
    await page.getByTestId('tab-checkpoints').click();
    const left = (): Promise<number> =>
      page
        .getByTestId('checkpoints')
        .evaluate((table) => (table as unknown as { scrollLeft: number }).scrollLeft);
    await page.getByTestId('checkpoints').evaluate((table) => {
      (table as unknown as { scrollLeft: number }).scrollLeft = 60;
    });
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    await page.getByTestId('tab-trends').click();
    await page.getByTestId('tab-checkpoints').click();
    assert.equal(await left(), 60);
  });
});
