/** What the Spectrum panel shows, as a reader sees it. */
import assert from 'node:assert/strict';
import type { Frame, Locator } from 'playwright-core';
import type { AnalysisSummary, Estimate } from '../../../src/protocol/analysis';
import { eventually } from '../../support/eventually';
import { assertAccessible } from './axe';
import { workbench } from './session';

/** The panel, once it is in `state`. */
export async function panelIn(state: string, window = workbench): Promise<Locator> {
  const panel = window.panel.locator(`[data-testid="panel"][data-state="${state}"]`);
  await panel.waitFor();
  return panel;
}

/** The page that comes to hold one such element: several panels may be in sight, and the dashboard beside them. */
export function pageWith(selector: string): Promise<Frame> {
  return eventually(async () => {
    for (const frame of workbench.page.frames()) {
      // A page that has just been closed holds nothing.
      const found = await frame
        .locator(selector)
        .count()
        .catch(() => 0);
      if (found === 1) return frame;
    }
    throw new Error(`${selector} is in no page`);
  });
}

/** Asserts that axe comes to find nothing in the only panel: what is drawn anew fades in. */
export async function assertPanelAccessible(where: string): Promise<void> {
  const page = workbench.panel.locator('html');
  await eventually(() => assertAccessible({ evaluate: (expression) => page.evaluate(expression) }, where));
}

/** Asserts that the numbers in `place` (the panel, or the row of one checkpoint) come to be those of `summary`. */
export async function assertShows(place: Locator, summary: AnalysisSummary): Promise<void> {
  await eventually(async () => {
    assertRounded(await place.getByTestId('alpha0').innerText(), summary.alpha0);
    assertRounded(await place.getByTestId('width').innerText(), summary.width);
  });
}

/** "0.869 ± 0.004" is mean ± half the 95 % interval, each rounded to the digits shown. */
export function assertRounded(shown: string, { mean, ci95 }: Estimate): void {
  const [value, spread] = shown.split(' ± ');
  assert.ok(value !== undefined && spread !== undefined && mean !== null && ci95 !== null, shown);
  const expected: [string, number][] = [
    [value, mean],
    [spread, (ci95[1] - ci95[0]) / 2],
  ];
  for (const [text, exact] of expected) {
    const digits = text.split('.')[1]?.length ?? 0;
    assert.ok(digits >= 2, `too few digits: ${shown}`);
    assert.equal(text, exact.toFixed(digits));
  }
}
