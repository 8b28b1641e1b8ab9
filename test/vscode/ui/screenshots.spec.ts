/** Pictures of the views in every theme and at two widths, for people to look at: out/screenshots/. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'mocha';
import { paths } from '../harness/paths';
import { ALL_THEMES, assertFits, inFullWindow, measurePanel, resizePanel, WINDOW } from './panelSize';
import { workbench } from './session';
import { closeSidePanel } from './runsView';
import { nullsOff } from './runsWithNulls';
import { BESIDE, LOOKED_AT, openDashboardWithNulls, WIDTHS, WITH_NULLS } from './views';

/** A panel that is longer is cut: nobody looks at more. */
const MAX_HEIGHT = 2400;

describe('screenshots', () => {
  before(() => {
    rmSync(paths.screenshots, { recursive: true, force: true });
  });

  for (const { name, open, tabs, close } of [...LOOKED_AT, ...BESIDE, ...WITH_NULLS]) {
    it(name, async function () {
      this.timeout(600_000);
      const view = await open();
      await inFullWindow(ALL_THEMES, async (theme) => {
        for (const tab of tabs.length > 0 ? tabs : [null]) {
          if (tab !== null) await view.getByTestId(`tab-${tab}`).click();
          const what = tab === null ? name : `${name}-${tab}`;
          for (const width of WIDTHS) await shoot(width, `${what}-${width}-${theme}`);
        }
      });
      await close?.(view);
    });
  }

  it('nulls-dashboard', async function () {
    this.timeout(600_000);
    const view = await openDashboardWithNulls();
    const { page } = workbench;
    try {
      for (const width of WIDTHS) {
        await page.setViewportSize({ width: width + 500, height: WINDOW.height });
        await widenSideBar(width);
        for (const theme of ALL_THEMES) {
          await workbench.setTheme(theme);
          await workbench.page
            .locator('iframe.webview')
            .screenshot({ path: join(paths.screenshots, `nulls-dashboard-${width}-${theme}.png`) });
        }
      }
    } finally {
      await page.setViewportSize(WINDOW);
      await workbench.configure({});
      await nullsOff(view);
      await closeSidePanel();
    }
  });
});

/** Takes a picture of the whole panel, `width` pixels wide. */
async function shoot(width: number, name: string): Promise<void> {
  await assertFits(width, name);
  const { height } = await measurePanel();
  await resizePanel(width, Math.min(MAX_HEIGHT, Math.max(WINDOW.height, height)));
  await workbench.page.locator('iframe.webview').screenshot({ path: join(paths.screenshots, `${name}.png`) });
}

/** Drags the edge of the side bar until its page is `width` pixels wide. */
async function widenSideBar(width: number): Promise<void> {
  const { page } = workbench;
  const [bar, own] = await Promise.all(
    ['.part.sidebar', 'iframe.webview'].map(async (each) => (await page.locator(each).boundingBox())!),
  );
  const [edge, y] = [bar!.x + bar!.width, WINDOW.height / 2];
  await page.mouse.move(edge, y);
  await page.mouse.down();
  await page.mouse.move(edge + width - own!.width, y, { steps: 10 });
  await page.mouse.up();
}
