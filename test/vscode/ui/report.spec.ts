import assert from 'node:assert/strict';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before, describe, it } from 'mocha';
import type { Locator, Page } from 'playwright-core';
import type { RunSeries } from '../../../src/protocol/run';
import { CITATION } from '../../../src/protocol/citation';
import { runWithReport } from '../harness/cli';
import { eventually, PATIENCE_MS } from '../../support/eventually';
import { paths } from '../harness/paths';
import { CLI, workbench, workspace } from './session';

/** A folder's name that is markup wherever it is not treated as text. */
const HOSTILE = `<!--<script>alert(1)\u2028"'&amp;`;
/** The metrics are those of the results that lie beside the sample run. */
const METRICS = ['metric-0', 'metric-1', 'metric-2'];
const RESULTS = ['alpha0', 'width', 'emergence', 'step-spectra', 'fit-quality', 'kept'];
const FIGURES = RESULTS.toSpliced(3, 0, ...METRICS);
/** Of the results that the package carries, which hold null models. */
const NULLS = ['parts', 'beyond-width', 'beyond-alpha0'];
/** Colors in a picture with axes, lines and bands; an empty one has one. */
const MIN_COLORS = 50;

describe('the HTML report', () => {
  const file = join(workspace.exports, 'report.html');
  /** What the page asked for or complained about. */
  const requests: string[] = [];
  const complaints: string[] = [];
  let series: RunSeries[];
  let page: Page;

  before(async () => {
    const hostile = join(workspace.exports, HOSTILE);
    for (const step of ['step0', 'step4000']) {
      mkdirSync(hostile, { recursive: true });
      cpSync(join(paths.sampleRun, step), join(hostile, step), { recursive: true });
    }
    series = await runWithReport(CLI, [paths.sampleRun, hostile], file);
    const context = await workbench.page
      .context()
      .browser()!
      .newContext({ offline: true, colorScheme: 'dark' });
    page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await open(file);
  });

  after(async () => {
    await page.context().close();
  });

  it('opens from the disk without a network, and draws every figure', async () => {
    const drawn = await page.locator('.figure').all();
    const ids = await Promise.all(drawn.map((figure) => figure.getAttribute('data-figure')));
    assert.deepEqual(ids, FIGURES);
    for (const id of FIGURES) await assertDrawn(chart(id), id);
    assert.deepEqual(requests, [pathToFileURL(file).href]);
    assert.deepEqual(complaints, []);
  });

  it('tells the numbers of the command line, of all runs', async () => {
    const names = await page.locator('.report-runs strong').allInnerTexts();
    assert.deepEqual(names, ['neox-1m', HOSTILE]);
    for (const { points } of series) {
      const last = points.at(-1)!.emergence.value!.toFixed(3);
      assert.ok((await page.getByTestId('emergence-headline').innerText()).includes(last), last);
    }
    const details = page.getByTestId('details-provenance');
    await details.locator('summary').click();
    const table = await details.innerText();
    for (const { checkpoint } of series.flatMap(({ points }) => points))
      assert.ok(table.includes(checkpoint.fingerprint), checkpoint.name);
    await details.locator('summary').click();
  });

  it('follows its controls', async () => {
    const forward = chart('step-spectra');
    const before = await pictureOf(forward);
    await page.getByTestId('step-slider').fill('2');
    await stepName('step 256');
    const slid = await otherPicture(forward, before);
    await page.getByTestId('shown-run').selectOption({ label: HOSTILE });
    await stepName('step 4,000');
    await otherPicture(forward, slid);

    const linear = await pictureOf(chart('alpha0'));
    await page.getByTestId('axis').selectOption('log');
    const whole = await otherPicture(chart('alpha0'), linear);
    await page.getByTestId('zoom-in-alpha0').click();
    await otherPicture(chart('alpha0'), whole);
    await page.getByTestId('reset-zoom-alpha0').click();
    await samePicture(chart('alpha0'), whole);
  });

  it('has a paragraph on methods and a citation to take along', async () => {
    assert.match(
      await page.getByTestId('methods').innerText(),
      /10 samples of 32 neurons per layer .*seeds 0 … 9/,
    );
    assert.ok((await page.getByTestId('bibtex').innerText()).includes(CITATION.url));
    for (const id of ['methods', 'bibtex']) {
      await page.getByTestId(`copy-${id}`).click();
      await page
        .locator('.copy-head', { has: page.getByTestId(`copy-${id}`) })
        .getByText(/Copied|Selected/)
        .waitFor();
    }
  });

  it('prints, white and within the paper, and is then what it was', async () => {
    const before = await pictureOf(chart('emergence'));
    const pdf = await page.pdf({ format: 'A4', path: join(paths.out, 'report.pdf') });
    assert.equal(pdf.subarray(0, 5).toString('latin1'), '%PDF-');
    const pages = pdf.toString('latin1').match(/\/Type \/Page\b/g)?.length ?? 0;
    assert.ok(pages >= 2 && pages <= 5, `${pages} pages`);
    // Curves and words, not pictures of them.
    assert.ok(!pdf.includes('/Subtype /Image'), 'charts are printed as pixels');
    await samePicture(chart('emergence'), before);
    assert.deepEqual(complaints, []);
  });

  it('reads on a phone, on white', async () => {
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 400, height: 800 });
    await eventually(async () => {
      const wide = await page.locator('html').evaluate((root: Root) => root.scrollWidth - root.clientWidth);
      assert.ok(wide <= 0, `${wide} px wider than the page`);
    });
    await assertDrawn(chart('alpha0'), 'alpha0');
  });

  it('is saved from the panel as well, here of the sample that the package carries', async () => {
    await workbench.run('NeuroMFA: Open Sample Run');
    const saved = join(workspace.exports, 'saved.html');
    await workbench.panel.getByTestId('export').click();
    await workbench.panel.getByTestId('export-html').click();
    await workbench.answerFileDialog(saved);
    await workbench.panel.getByTestId('status').filter({ hasText: saved }).waitFor();
    await workbench.run('NeuroMFA: Close Saved Results');
    // Reading pixels again and again, as the specs above do, makes the browser complain.
    complaints.length = 0;
    await open(saved);
    assert.equal(await page.locator('.report-runs strong').innerText(), 'neox-1m');
    // Results that lie apart from their run have no metrics beside them.
    assert.equal(await page.locator('.figure').count(), RESULTS.length + NULLS.length);
    assert.deepEqual(complaints, []);
  });

  async function open(report: string): Promise<void> {
    await page.goto(pathToFileURL(report).href);
    await page.locator('body[data-ready="true"]').waitFor();
  }

  const chart = (id: string): Locator => page.getByTestId(`chart-${id}`);
  const stepName = (name: string): Promise<void> =>
    page
      .getByTestId('step-name')
      .filter({ hasText: new RegExp(`^${name}$`) })
      .waitFor();
});

/** What this program knows of the page's elements. */
interface Root {
  scrollWidth: number;
  clientWidth: number;
}
interface Canvas {
  width: number;
  height: number;
  toDataURL(): string;
  getContext(kind: '2d'): {
    getImageData(x: number, y: number, width: number, height: number): { data: { buffer: ArrayBuffer } };
  };
}

const pictureOf = (chart: Locator): Promise<string> => chart.evaluate((canvas: Canvas) => canvas.toDataURL());

/** Waits until a chart looks other than `before`. @returns how it then looks. */
function otherPicture(chart: Locator, before: string): Promise<string> {
  return eventually(async () => {
    const now = await pictureOf(chart);
    assert.ok(now !== before, 'the chart has not changed');
    return now;
  });
}

async function samePicture(chart: Locator, before: string): Promise<void> {
  await eventually(async () => {
    assert.ok((await pictureOf(chart)) === before, 'the chart is not what it was');
  });
}

async function assertDrawn(chart: Locator, id: string): Promise<void> {
  await eventually(async () => {
    assert.ok((await colorsOf(chart)) >= MIN_COLORS, `${id} is blank`);
  });
}

/** How many colors a chart is drawn in. */
const colorsOf = (chart: Locator): Promise<number> =>
  chart.evaluate((canvas: Canvas) => {
    const { width, height } = canvas;
    return new Set(new Uint32Array(canvas.getContext('2d').getImageData(0, 0, width, height).data.buffer))
      .size;
  });
