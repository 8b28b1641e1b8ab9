/* global document, Image -- inside the page */
// Writes the pictures of panels in README (docs/images/) and on the details page (media/guide/), with the numbers of
// the sample run: `npm run build`, then `npm run pictures`. Look at them before committing.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { startPreview } from './previewServer.mjs';

/** `below`: the last thing in the picture. Pictures of the package are small. */
const PICTURES = [
  {
    file: 'docs/images/spectrum.png',
    page: 'page=spectrum&scenario=three&theme=dark',
    width: 1200,
    below: '.figures > :nth-child(-n+2)',
  },
  {
    file: 'docs/images/fit.png',
    page: 'page=spectrum&scenario=three&theme=dark',
    tab: 'fit',
    width: 1200,
    below: '.figures > :nth-child(-n+2)',
  },
  {
    file: 'media/guide/panel-spectrum.webp',
    page: 'page=spectrum&scenario=three&theme=light',
    width: 800,
    below: '.figures > :first-child',
  },
  {
    file: 'media/guide/panel-trends.webp',
    page: 'page=trends&scenario=sample&theme=light',
    width: 800,
    below: '.figures > :first-child',
  },
];
/** The figures of a run's report. */
const REPORT = {
  file: 'docs/images/run.png',
  run: ['run', 'samples/neox-1m', '--nulls'],
  width: 1200,
  figures: '.figures',
};
const MARGIN = 10;
const WEBP_QUALITY = 0.2;

const { address, close } = await startPreview();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
});
for (const { file, page: query, tab, width, below } of PICTURES) {
  const page = await browser.newPage({ viewport: { width, height: 680 }, reducedMotion: 'reduce' });
  await page.goto(`${address}?${query}`);
  await page.locator('body[data-ready="true"]').waitFor();
  if (tab) await page.getByTestId(`tab-${tab}`).click();
  // No button of the picture looks pointed at.
  await page.mouse.move(0, 0);
  await page.waitForTimeout(300);
  const height = await page.evaluate(
    (last) =>
      Math.max(...[...document.querySelectorAll(last)].map((each) => each.getBoundingClientRect().bottom)),
    below,
  );
  const png = await page.screenshot({ clip: { x: 0, y: 0, width, height: Math.ceil(height) + MARGIN } });
  await writeFile(file, file.endsWith('.webp') ? await webp(page, png) : png);
  console.log(file);
  await page.close();
}
await photographReport();
await browser.close();
close();

async function photographReport() {
  const folder = mkdtempSync(join(tmpdir(), 'neuromfa-pictures-'));
  const html = join(folder, 'report.html');
  execFileSync(process.execPath, ['dist/cli.js', ...REPORT.run, '--html', html], { stdio: 'ignore' });
  const page = await browser.newPage({
    viewport: { width: REPORT.width, height: 680 },
    colorScheme: 'dark',
    reducedMotion: 'reduce',
  });
  await page.goto(pathToFileURL(html).href);
  const { y, height } = await page.locator(REPORT.figures).first().boundingBox();
  await page.waitForTimeout(300);
  const clip = { x: 0, y, width: REPORT.width, height: Math.ceil(height) + MARGIN };
  await writeFile(REPORT.file, await page.screenshot({ clip, fullPage: true }));
  console.log(REPORT.file);
  rmSync(folder, { recursive: true });
}

/** The same picture as the browser compresses it. */
async function webp(page, png) {
  const url = await page.evaluate(
    async ([source, quality]) => {
      const image = new Image();
      image.src = source;
      await image.decode();
      const canvas = Object.assign(document.createElement('canvas'), {
        width: image.width,
        height: image.height,
      });
      canvas.getContext('2d').drawImage(image, 0, 0);
      return canvas.toDataURL('image/webp', quality);
    },
    [`data:image/png;base64,${png.toString('base64')}`, WEBP_QUALITY],
  );
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}
