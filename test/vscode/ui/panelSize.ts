/** Gives a panel the size that it is to be looked at in. */
import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually';
import { THEMES, type Theme } from '../harness/settings';
import { workbench } from './session';

export const WINDOW = { width: 1400, height: 900 };
/** The rest of the window is put away, so that the panel has its width. */
const BARE = { 'workbench.activityBar.location': 'hidden', 'workbench.statusBar.visible': false };

/** Makes the window so large that the panel has this size. */
export async function resizePanel(width: number, height: number): Promise<void> {
  const { page } = workbench;
  // Again until it fits: what stands around the panel may still have been on its way in or out.
  await eventually(async () => {
    const window = page.viewportSize();
    const box = await page.locator('iframe.webview').boundingBox();
    if (!window || !box) throw new Error('there is no panel');
    const missing = { width: Math.round(width - box.width), height: Math.round(height - box.height) };
    await page.setViewportSize({
      width: window.width + missing.width,
      height: window.height + missing.height,
    });
    await workbench.panel.locator('html').evaluate(twoFrames);
    assert.deepEqual(missing, { width: 0, height: 0 });
    assert.equal(await workbench.panel.locator('html').evaluate(innerWidth), width);
  });
}

interface Element {
  ownerDocument: {
    defaultView: { innerWidth: number; requestAnimationFrame(then: () => void): void };
  };
}
const innerWidth = ({ ownerDocument }: Element): number => ownerDocument.defaultView.innerWidth;

/** What is drawn follows the size of its box with the next frames. */
const twoFrames = ({ ownerDocument }: Element): Promise<void> =>
  new Promise((done) => {
    const { defaultView } = ownerDocument;
    defaultView.requestAnimationFrame(() => {
      defaultView.requestAnimationFrame(done);
    });
  });

/** The panel's height, and by how much it is wider than it is shown. */
export async function measurePanel(): Promise<{ height: number; overflow: number }> {
  interface Root {
    clientWidth: number;
    scrollWidth: number;
    scrollHeight: number;
  }
  return workbench.panel.locator('html').evaluate(({ clientWidth, scrollWidth, scrollHeight }: Root) => ({
    height: scrollHeight,
    overflow: scrollWidth - clientWidth,
  }));
}

/** Asserts that nothing of the panel scrolls sideways at this width, once it is drawn for it. */
export async function assertFits(width: number, what: string): Promise<void> {
  await resizePanel(width, WINDOW.height);
  await eventually(async () => {
    const { overflow } = await measurePanel();
    assert.ok(overflow <= 0, `${what} is ${overflow} px wider than ${width} px`);
  });
}

/** Does `work` in each theme while the panel has the window for itself. */
export async function inFullWindow(
  themes: readonly Theme[],
  work: (theme: Theme) => Promise<void>,
): Promise<void> {
  await workbench.run('View: Toggle Primary Side Bar Visibility');
  try {
    for (const theme of themes) {
      await workbench.setTheme(theme, BARE);
      await work(theme);
    }
  } finally {
    await workbench.page.setViewportSize(WINDOW);
    await workbench.run('View: Toggle Primary Side Bar Visibility');
    await workbench.configure({});
  }
}

export const ALL_THEMES = Object.keys(THEMES) as Theme[];
