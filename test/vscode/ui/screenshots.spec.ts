/** Pictures of the panel in every theme and at its two widths, for people to look at: out/screenshots/. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { paths } from '../harness/paths';
import { THEMES, type Theme } from '../harness/settings';
import { panelIn } from './panel';
import { BARE, measurePanel, resizePanel, WINDOW } from './panelSize';
import { ANALYZE, workbench, workspace } from './session';

const WIDTHS = [400, 1600];
const TABS = ['spectrum', 'exponents', 'fit', 'nfd', 'table'];
const OVERLAY_TABS = ['spectrum', 'fit'];
/** A panel that is longer is cut: nobody looks at more. */
const MAX_HEIGHT = 2400;

describe('screenshots', () => {
  before(() => {
    rmSync(paths.screenshots, { recursive: true, force: true });
  });

  after(async () => {
    await workbench.page.setViewportSize(WINDOW);
    await workbench.configure({});
  });

  for (const [name, steps, tabs] of [
    ['one', [4000], TABS],
    ['overlay', [0, 1000, 4000], OVERLAY_TABS],
  ] as const) {
    it(`${name}: ${tabs.join(', ')}`, async function () {
      this.timeout(600_000);
      await workbench.chooseInExplorer(
        steps.map((step) => workspace.file(step)),
        ANALYZE,
      );
      await panelIn('done');
      await workbench.run('View: Toggle Primary Side Bar Visibility');
      try {
        for (const theme of Object.keys(THEMES) as Theme[]) {
          await workbench.setTheme(theme, BARE);
          for (const width of WIDTHS) {
            for (const tab of tabs) await shoot(tab, width, `${name}-${tab}-${width}-${theme}.png`);
          }
        }
      } finally {
        await workbench.page.setViewportSize(WINDOW);
        await workbench.run('View: Toggle Primary Side Bar Visibility');
      }
    });
  }
});

/** Takes a picture of the whole panel with `tab` open, `width` pixels wide. */
async function shoot(tab: string, width: number, name: string): Promise<void> {
  const panel = await panelIn('done');
  await panel.getByTestId(`tab-${tab}`).click();
  await resizePanel(width, WINDOW.height);
  const { height } = await measurePanel();
  await resizePanel(width, Math.min(MAX_HEIGHT, height));
  assert.ok((await measurePanel()).overflow <= 0, `${name} scrolls sideways`);
  await workbench.page.locator('iframe.webview').screenshot({ path: join(paths.screenshots, name) });
}
