/** Pictures of the views in every theme and at two widths, for people to look at: out/screenshots/. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'mocha';
import { paths } from '../harness/paths';
import { ALL_THEMES, assertFits, inFullWindow, measurePanel, resizePanel, WINDOW } from './panelSize';
import { workbench } from './session';
import { LOOKED_AT, WIDTHS } from './views';

/** A panel that is longer is cut: nobody looks at more. */
const MAX_HEIGHT = 2400;

describe('screenshots', () => {
  before(() => {
    rmSync(paths.screenshots, { recursive: true, force: true });
  });

  for (const { name, open, tabs } of LOOKED_AT) {
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
    });
  }
});

/** Takes a picture of the whole panel, `width` pixels wide. */
async function shoot(width: number, name: string): Promise<void> {
  await assertFits(width, name);
  const { height } = await measurePanel();
  await resizePanel(width, Math.min(MAX_HEIGHT, Math.max(WINDOW.height, height)));
  await workbench.page.locator('iframe.webview').screenshot({ path: join(paths.screenshots, `${name}.png`) });
}
