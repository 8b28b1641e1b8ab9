/** Every other kind of panel comes back as it was left, and begins so when it is opened anew, also in a second window. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { Frame } from 'playwright-core';
import { eventually } from '../../support/eventually';
import type { Workbench } from '../harness/workbench';
import { openRun } from './runsWithNulls';
import { keptViews, openWindow, workbench, workspace } from './session';

const RUN = join(workspace.folder, 'neox-1m');

interface Kind {
  name: string;
  /** What the explorer's menu of these opens it by. */
  paths: readonly string[];
  entry: string;
  /** Is in no other kind of page. */
  mark: string;
  /** Looks at it in another way than it begins with. */
  choose: (page: Frame) => Promise<void>;
  /** How it is looked at. */
  looks: (page: Frame) => Promise<Record<string, unknown>>;
  chosen: Record<string, unknown>;
  /** What is kept of that. */
  kept: readonly RegExp[];
}

const tabOf = (page: Frame): Promise<string | null> =>
  page.locator('[role="tab"][aria-selected="true"]').getAttribute('data-testid');
const isZoomed = async (page: Frame, figure: string): Promise<boolean> =>
  !(await page
    .getByTestId(`reset-zoom-${figure}`)
    .evaluate((button) => (button as { inert?: boolean }).inert));

/** A view of runs: a tab with an axis and a zoomed chart, and an explanation that is open. */
const runs = (entry: string, tab: string, figure: string, mark: string): Kind => ({
  name: entry,
  paths: [RUN],
  entry,
  mark,
  choose: async (page) => {
    await page.getByTestId(`tab-${tab}`).click();
    await page.getByTestId('axis').selectOption('log');
    await page.getByTestId(`zoom-in-${figure}`).click();
    await page.getByTestId('explanation').click();
  },
  looks: async (page) => ({
    tab: await tabOf(page),
    axis: await page.getByTestId('axis').inputValue(),
    zoomed: await isZoomed(page, figure),
    explained: await page.getByTestId('explanation').getAttribute('aria-expanded'),
  }),
  chosen: { tab: `tab-${tab}`, axis: 'log', zoomed: true, explained: 'true' },
  kept: [new RegExp(`"zoom":{"${figure}"`), /"axis":"log"/, /"explanation"/],
});

const KINDS: readonly Kind[] = [
  runs('Open Trends', 'quality', 'fit-quality', '[data-testid="tab-quality"]'),
  runs('Open Emergence', 'emergence', 'emergence', '[data-testid="tab-sensitivity"]'),
  {
    name: 'Compare',
    paths: [workspace.file(1000), workspace.file(4000)],
    entry: 'Compare…',
    mark: '[data-testid="tab-differences"]',
    choose: async (page) => {
      await page.getByTestId('tab-spectra').click();
      await page.getByTestId('compare-shown').selectOption('b');
      await page.getByTestId('zoom-in-spectrum').click();
    },
    looks: async (page) => ({
      tab: await tabOf(page),
      shown: await page.getByTestId('compare-shown').inputValue(),
      zoomed: await isZoomed(page, 'spectrum'),
    }),
    chosen: { tab: 'tab-spectra', shown: 'b', zoomed: true },
    kept: [/"tab":"spectra"/, /"shown":"b"/, /"zoom":{"spectrum"/],
  },
  {
    name: 'Inspect',
    paths: [workspace.file(4000)],
    entry: 'Inspect Checkpoint',
    mark: '[data-testid="inspect"][data-state="done"]',
    choose: async (page) => {
      await page.getByTestId('search').fill('mlp');
      await page.locator('[role="row"][aria-rowindex="4"]').click();
    },
    looks: async (page) => ({
      search: await page.getByTestId('search').inputValue(),
      selected: await page
        .locator('[role="row"][aria-selected="true"]')
        .evaluateAll((all) =>
          (all as unknown as { getAttribute: (name: string) => string }[]).map((each) =>
            each.getAttribute('aria-rowindex'),
          ),
        ),
    }),
    chosen: { search: 'mlp', selected: ['4'] },
    kept: [/"query":"mlp"/, /"selected":{"tensor":\d+/],
  },
];

/** The page of a kind; beside it there may be others in sight. */
const pageOf = (kind: Kind, window: Workbench): Promise<Frame> =>
  eventually(async () => {
    for (const frame of window.page.frames())
      if (
        (await frame
          .locator(kind.mark)
          .count()
          .catch(() => 0)) === 1
      )
        return frame;
    throw new Error(`${kind.name} is not in sight`);
  });

/** A page that the editor makes anew is another frame. */
async function assertLooks(kind: Kind, window = workbench): Promise<void> {
  await eventually(async () => {
    const page = await pageOf(kind, window);
    assert.deepEqual(await kind.looks(page), kind.chosen, kind.name);
  });
}

/** Opens all in an order that their tabs have then. */
async function openAll(use: (kind: Kind) => Promise<void>, window = workbench): Promise<void> {
  for (const [index, kind] of KINDS.entries()) {
    await window.chooseInExplorer(kind.paths, kind.entry);
    await window.tabs.nth(index).waitFor();
    await use(kind);
  }
}

async function choose(kind: Kind): Promise<void> {
  await kind.choose(await pageOf(kind, workbench));
  await assertLooks(kind);
}

describe('panels of every kind', () => {
  before(async () => {
    await openRun('Trends');
    await workbench.closeEditors();
  });
  after(() => workbench.configure({}));

  it('come back as they were left: from behind other tabs, in another column, after a reload', async () => {
    await openAll(choose);
    for (const [index, kind] of KINDS.entries()) {
      await workbench.tabs.nth(index).click();
      await assertLooks(kind);
    }
    for (const kind of KINDS) {
      // The first of those that are still on the left; it comes to stand behind those on the right.
      await workbench.tabs.first().click();
      await workbench.run('View: Move Editor into Right Group');
      await assertLooks(kind);
    }
    await workbench.reload();
    for (const [index, kind] of KINDS.entries()) {
      await workbench.tabs.nth(index).click();
      await assertLooks(kind);
    }
  });

  it('begin as they were left when they are opened anew, here or in another window of the folder', async () => {
    await workbench.configure({ 'neuromfa.panels.keepViews': true });
    await openAll(choose);
    await eventually(() => {
      for (const { name, kept } of KINDS)
        assert.ok(
          keptViews().some((view) => kept.every((part) => part.test(view))),
          name,
        );
    });
    await workbench.closeEditors();
    await openAll(assertLooks);

    const window = await openWindow(workspace.folder);
    try {
      await openAll((kind) => assertLooks(kind, window), window);
    } finally {
      await window.page.close();
    }
  });
});
