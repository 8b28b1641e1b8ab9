/// <reference types="vite/client" />
/**
 * Every figure as the file that a user exports, compared with `snapshots/`: a picture does not change unseen. After a
 * change that is meant, look at the new pictures and write them with `npx vitest run test/unit/webview/snapshots -u`.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { shownRuns, type ShownRun } from '../../../webview/data/shownRuns';
import { toSvg } from '../../../webview/exporting/image';
import { metricFigures } from '../../../webview/figures/againstMetrics';
import type { Figure } from '../../../webview/figures/figure';
import { seriesStyle } from '../../../webview/figures/styles';
import { runFixture, type RunOptions } from '../../preview/runFixtures';
import { PART } from '../../preview/subsetHost';
import { DEFAULT_RUN_CHOICES, RUN_TABS, runFigures } from '../../../webview/runs/views';
import { DEFAULT_CHOICES, figuresOf, TABS } from '../../../webview/spectrum/views';
import { DARK, LIGHT, type Theme } from '../../../webview/theme';
import { failOnConsole, item, run } from './support';
import { withMetrics } from './metrics';
import { stubSvgDocument } from './svgDom';

// It needs a window to be loaded, and draws nothing of a figure.
vi.mock('chartjs-plugin-zoom', () => ({ default: { id: 'zoom' } }));

failOnConsole();
beforeAll(stubSvgDocument);
afterAll(() => vi.unstubAllGlobals());

const shown = (theme: Theme, ...options: RunOptions[]): ShownRun[] =>
  shownRuns(
    options.map((each) => runFixture(each)),
    (index) => seriesStyle(index, theme),
  );
const spectrumTabs = (theme: Theme, ...items: ReturnType<typeof run>): Figure[] =>
  TABS.flatMap((tab) => figuresOf(tab, items, DEFAULT_CHOICES, theme));
const runTabs = (theme: Theme, ...options: RunOptions[]): Figure[] =>
  [...RUN_TABS.trends, ...RUN_TABS.emergence].flatMap((tab) =>
    runFigures(tab, shown(theme, ...options), DEFAULT_RUN_CHOICES, theme),
  );

const FEW = { steps: [0, 64, 1000, 4000] };
const OTHER = { ...FEW, name: 'neox-2m', parameters: 2_400_000, fall: 0.08, samples: 1 };
const among =
  (...ids: string[]) =>
  ({ id }: Figure): boolean =>
    ids.includes(id);

/** What the panels draw, by what they draw it from; `both` in both sets of colors, the rest in dark ones. */
const both: Record<string, (theme: Theme) => Figure[]> = {
  checkpoint: (theme) => spectrumTabs(theme, item()),
  run: (theme) => runTabs(theme, { ...FEW, kept: [0.96, 0.6] }),
  sizes: (theme) => runTabs(theme, FEW, OTHER).filter(among('size')),
};
const more: typeof both = {
  steps: (theme) =>
    spectrumTabs(theme, ...run(0, 64, 512, 1000, 4000)).filter(among('spectrum', 'plane', 'tau')),
  'full-part': (theme) =>
    spectrumTabs(theme, item({ fullBlocks: 6, subset: PART })).filter(among('spectrum', 'plane')),
  overlay: (theme) => runTabs(theme, FEW, OTHER).filter(among('alpha0', 'emergence')),
  nulls: (theme) => [
    ...runTabs(theme, { ...FEW, nulls: true }).filter(
      among('alpha0', 'emergence', 'parts', 'beyond-width', 'beyond-alpha0'),
    ),
    ...spectrumTabs(theme, item({ nulls: true })).filter(among('slopes')),
  ],
  metrics: (theme) => metricFigures(withMetrics(shown(theme, FEW, OTHER)), theme),
  specified: (theme) => runTabs(theme, { ...FEW, specified: 99 }).filter(among('specifications')),
  init: (theme) => runTabs(theme, { ...FEW, baseline: { kind: 'init' } }).filter(among('emergence')),
};

/**
 * Coordinates to a tenth of a pixel, and ids in the order of their appearance. A full circle then ends where it begins:
 * viewers of the snapshots leave it out, but it is compared.
 */
function normalized(svg: string): string {
  const ids = new Map<string, string>();
  for (const [, id] of svg.matchAll(/ id="([^"]+)"/g)) ids.set(id!, `id${ids.size}`);
  return svg
    .replace(/(?<= (?:d|x|y|width|height|transform)=")[^"]+/g, (coordinates) =>
      coordinates.replace(/-?\d+\.\d+(?:e-?\d+)?|-?\d+e-\d+/g, (number) =>
        String(Math.round(10 * Number(number)) / 10 + 0),
      ),
    )
    .replace(/(?<= id=")[^"]+|(?<=url\(#)[^)]+/g, (id) => ids.get(id) ?? id);
}

/** Those on disk before the first test. */
const committed = Object.keys(import.meta.glob('./snapshots/*.svg')).sort();
const drawn = new Set<string>();

describe.each([
  ['dark', DARK, { ...both, ...more }],
  ['light', LIGHT, both],
])('in the %s colors', (name, theme, cases) => {
  for (const [from, figures] of Object.entries(cases)) {
    it(`the figures of "${from}" are those looked at last`, async () => {
      for (const figure of figures(theme)) {
        const file = `./snapshots/${from}.${figure.id}.${name}.svg`;
        drawn.add(file);
        const picture = { figures: [figure], theme, width: 480, height: 320, caption: [] };
        await expect(normalized(toSvg(picture))).toMatchFileSnapshot(file);
      }
    });
  }
});

it('every figure has a committed picture, and every picture a figure', () => {
  expect(committed).toEqual([...drawn].sort());
});
