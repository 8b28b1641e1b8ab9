/**
 * What comes first in each panel of the real editor, what keys do there, and what axe finds in it. `pages.spec.ts` asks
 * the same of many more states, in a browser alone.
 */
import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import { eventually } from '../../support/eventually';
import { THEMES, type Theme } from '../harness/settings';
import { assertFocused, focusedIn } from './focused';
import { assertPanelAccessible, pageWith } from './panel';
import { WINDOW } from './panelSize';
import { chooseInRuns, closeSidePanel, openSidePanel, row, rowIn } from './runsView';
import { ANALYZE, workbench, workspace } from './session';

const RUNS = ['neox-1m', 'second', 'third', 'fourth'];
const folderOf = (name: string): string => join(workspace.folder, name);
const MAX_ABOVE_CHART = 240;
const MAX_STOPS = 6;
/** The size of a window, and whether it shows its side bar: at 200 % zoom there is no room for it. */
const SIZES = [
  { name: '1366 × 768', width: 1366, height: 768, sideBar: true },
  { name: '200 % zoom', width: 683, height: 384, sideBar: false },
];

interface Kind {
  name: string;
  open: () => Promise<unknown>;
  /** Its tabs with charts; none where it has no charts. */
  charts: readonly string[];
}

async function openRuns(view: 'Trends' | 'Emergence'): Promise<void> {
  await openSidePanel();
  await chooseInRuns(RUNS.map(row), `Open ${view}`);
  // Before it is drawn, it takes the focus, and whatever is open then closes.
  await pageWith(`[data-testid="panel"][data-state="done"] [data-testid="run"]:has-text("${RUNS.at(-1)!}")`);
  await closeSidePanel();
}

async function openBy(entry: string, ...steps: readonly number[]): Promise<void> {
  await workbench.chooseInExplorer(
    steps.map((step) => workspace.file(step)),
    entry,
  );
  await workbench.panel.locator('[data-state="done"]').first().waitFor();
}

const KINDS: readonly Kind[] = [
  {
    name: 'Spectrum',
    open: () => openBy(ANALYZE, 0, 1000, 4000),
    charts: ['spectrum', 'exponents', 'fit', 'nfd'],
  },
  { name: 'Trends', open: () => openRuns('Trends'), charts: ['trends', 'spectra', 'quality'] },
  { name: 'Emergence', open: () => openRuns('Emergence'), charts: ['emergence'] },
  { name: 'Compare', open: () => openBy('Compare…', 1000, 4000), charts: ['spectra'] },
  { name: 'Inspect', open: () => openBy('Inspect Checkpoint', 4000), charts: [] },
];

/** How far below the title of the panel its first chart begins, in pixels. */
async function aboveChart(): Promise<number> {
  const [title, chart] = await Promise.all([
    workbench.page.locator('.tabs-container').first().boundingBox(),
    workbench.panel.locator('canvas').first().boundingBox(),
  ]);
  assert.ok(title && chart, 'no chart is shown');
  return chart.y - (title.y + title.height);
}

/** Goes back from the first chart to the beginning of the page. @returns how many controls have the focus on the way. */
async function stopsBeforeChart(): Promise<number> {
  await workbench.panel.locator('canvas').first().focus();
  for (let stops = 0; stops < 40; stops++) {
    await workbench.page.keyboard.press('Shift+Tab');
    const on = await focusedIn(workbench.panel);
    if (on === null) return stops;
  }
  return Infinity;
}

/** What the editor tells pages of its themes. */
const KIND_OF: Record<Theme, string> = {
  dark: 'vscode-dark',
  light: 'vscode-light',
  'high-contrast-dark': 'vscode-high-contrast',
  'high-contrast-light': 'vscode-high-contrast-light',
};

describe('panels in the editor', () => {
  before(async () => {
    for (const name of RUNS.slice(1)) cpSync(folderOf(RUNS[0]!), folderOf(name), { recursive: true });
    await openSidePanel();
    for (const name of RUNS) await row(name).waitFor();
    await workbench.configure({ 'neuromfa.runs.openTrends': false });
    await chooseInRuns(RUNS.map(row), 'Analyze Run');
    for (const name of RUNS) await rowIn(name, '3 of 3 analyzed').waitFor();
    await closeSidePanel();
  });
  afterEach(async () => {
    await workbench.page.setViewportSize(WINDOW);
    await workbench.configure({});
  });
  after(async () => {
    for (const name of RUNS.slice(1)) rmSync(folderOf(name), { recursive: true });
    await openSidePanel();
    for (const name of RUNS.slice(1)) await row(name).waitFor({ state: 'detached' });
    await closeSidePanel();
  });

  for (const { name, open, charts } of KINDS) {
    if (charts.length > 0)
      it(`begin with their chart, a few tab stops away: ${name}`, async () => {
        await open();
        for (const { name: size, sideBar, ...viewport } of SIZES) {
          if (!sideBar) await workbench.run('View: Toggle Primary Side Bar Visibility');
          await workbench.page.setViewportSize(viewport);
          for (const tab of charts) {
            await workbench.panel.getByTestId(`tab-${tab}`).click();
            await eventually(async () => {
              const above = await aboveChart();
              assert.ok(above <= MAX_ABOVE_CHART, `${tab}, ${size}: the chart begins ${above} px below`);
            });
            const stops = await stopsBeforeChart();
            assert.ok(stops > 0 && stops <= MAX_STOPS, `${tab}, ${size}: ${stops} stops`);
          }
          if (!sideBar) await workbench.run('View: Toggle Primary Side Bar Visibility');
        }
      });

    it(`have nothing that axe finds fault with, in any tab and theme: ${name}`, async () => {
      await open();
      for (const theme of Object.keys(THEMES) as Theme[]) {
        await workbench.setTheme(theme);
        await workbench.panel.locator(`body[data-vscode-theme-kind="${KIND_OF[theme]}"]`).waitFor();
        const tabs = await workbench.panel.getByRole('tab').all();
        for (const tab of tabs.length > 0 ? tabs : [null]) {
          await tab?.click();
          await assertPanelAccessible(`${theme} ${(await tab?.innerText()) ?? ''}`);
        }
      }
    });
  }

  it('have toolbars that arrow keys move along, and one tab stop each', async () => {
    await openRuns('Trends');
    await workbench.panel.getByTestId('mode').focus();
    for (const next of ['nulls', 'subset-choose', 'settings']) {
      await workbench.page.keyboard.press('ArrowRight');
      await assertFocused(next);
    }
    await workbench.page.keyboard.press('End');
    await assertFocused('open-settings');
    await workbench.page.keyboard.press('ArrowLeft');
    await assertFocused('export');
    // Tab leaves the bar; back there, the focus is where it was.
    await workbench.page.keyboard.press('Tab');
    await assertFocused('tab-trends');
    await workbench.page.keyboard.press('Shift+Tab');
    await assertFocused('export');
    await workbench.page.keyboard.press('Enter');
    await workbench.page.keyboard.press('ArrowDown');
    await assertFocused('export-png');
    await workbench.page.keyboard.press('Escape');
    await assertFocused('export');
  });
});
