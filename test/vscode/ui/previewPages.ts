/** The pages of the panels in a browser alone, with made-up runs. */
import { after, before } from 'mocha';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { startPreview } from '../../../scripts/previewServer.mjs';
import { PATIENCE_MS } from '../../support/eventually';
import { launchBrowser } from '../harness/browser';

interface Shown extends BrowserContextOptions {
  page: string;
  scenario: string;
  theme?: string;
  language?: string;
}
export type ShowPage = (shown: Shown) => Promise<Page>;

/** Has a browser for the specs of the block that calls it. @returns what opens a page, and waits until it is drawn. */
export function previewPages(): ShowPage {
  let preview: Awaited<ReturnType<typeof startPreview>>;
  let browser: Browser;
  before(async () => {
    preview = await startPreview();
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
    preview.close();
  });
  return async ({ page: name, scenario, theme = 'dark', language, ...options }) => {
    const page = await browser.newPage(options);
    page.setDefaultTimeout(PATIENCE_MS);
    const query = new URLSearchParams({ page: name, scenario, theme, ...(language && { language }) });
    await page.goto(`${preview.address}?${query.toString()}`);
    await page.locator('body[data-ready="true"]').waitFor();
    return page;
  };
}
