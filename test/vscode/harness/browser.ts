/** The browser that shows the workbench: the system's Chromium, without a window. */
import { chromium, type Browser } from 'playwright-core';
import { PATIENCE_MS } from '../../support/eventually';

/** @param more switches beside those that every one has. */
export function launchBrowser(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    headless: true,
    timeout: PATIENCE_MS,
    // No sandbox: it needs privileges that containers do not give, and every page here is ours. Small /dev/shm: same.
    args: [
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  });
}
