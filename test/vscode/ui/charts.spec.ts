import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import type { Locator } from 'playwright-core';
import { eventually } from '../../support/eventually';
import { closeSidePanel, openSidePanel, press, row, rowIn } from './runsView';
import { workbench } from './session';

const RUN = 'neox-1m';

/** The Trends panel of the analyzed run. */
async function openTrends(): Promise<Locator> {
  await openSidePanel();
  await row(RUN).waitFor();
  if ((await rowIn(RUN, '3 of 3 analyzed').count()) === 0) await press(RUN, 'Analyze Run');
  await rowIn(RUN, '3 of 3 analyzed').waitFor();
  await press(RUN, 'Open Trends');
  await closeSidePanel();
  const panel = workbench.panel.locator('[data-testid="panel"][data-state="done"]');
  await panel.waitFor();
  return panel;
}

/** What a chart tells a screen reader of the point that the arrow keys have come to. */
async function says(panel: Locator, figure: string): Promise<string> {
  return (await panel.getByTestId(`chart-says-${figure}`).textContent()) ?? '';
}

/** As much of a canvas as is needed to move the pointer over it. */
interface Canvas {
  clientWidth: number;
  clientHeight: number;
  style: { cursor: string };
  getBoundingClientRect: () => { left: number; top: number };
  dispatchEvent: (event: unknown) => void;
  ownerDocument: {
    defaultView: {
      MouseEvent: new (type: string, init: object) => unknown;
      requestAnimationFrame: (done: () => void) => void;
    };
  };
}

/** Moves over the right end of a chart until the pointer says that a click would open something; runs in the page. */
async function placeOfLastPoint(element: unknown): Promise<{ x: number; y: number } | null> {
  const canvas = element as Canvas;
  const { left, top } = canvas.getBoundingClientRect();
  const { MouseEvent, requestAnimationFrame } = canvas.ownerDocument.defaultView;
  for (let x = canvas.clientWidth - 20; x > canvas.clientWidth - 60; x -= 8) {
    for (let y = 10; y < canvas.clientHeight; y += 8) {
      canvas.dispatchEvent(
        new MouseEvent('mousemove', { clientX: left + x, clientY: top + y, bubbles: true }),
      );
      await new Promise<void>((drawn) => {
        requestAnimationFrame(() => {
          requestAnimationFrame(drawn);
        });
      });
      if (canvas.style.cursor === 'pointer') return { x, y };
    }
  }
  return null;
}

describe('charts', () => {
  afterEach(closeSidePanel);

  it('are walked by arrow keys, tell each point, and open its checkpoint', async () => {
    const panel = await openTrends();
    const chart = panel.getByTestId('chart-alpha0');
    await chart.focus();
    await chart.press('ArrowRight');
    assert.match(await says(panel, 'alpha0'), /^neox-1m: step 0, α₀ = 0\.\d+ ± 0\.\d+$/);
    await chart.press('ArrowRight');
    assert.match(await says(panel, 'alpha0'), /step 1.000/);
    await chart.press('Enter');
    await workbench.tabs.filter({ hasText: 'step1000' }).waitFor();
  });

  it('say where a run began and where it has come to', async () => {
    const panel = await openTrends();
    const label = await panel.getByTestId('chart-width').getAttribute('aria-label');
    assert.match(
      label ?? '',
      /neox-1m: from w = 0\.\d+ ± 0\.\d+ \(step 0\) to w = 0\.\d+ ± 0\.\d+ \(step 4.000\)/,
    );
  });

  it('find the nearest step wherever the pointer is, and open it by a click on its point', async () => {
    const panel = await openTrends();
    const chart = panel.getByTestId('chart-alpha0');
    await chart.scrollIntoViewIfNeeded();
    const position = await eventually(async () => {
      const found = await chart.evaluate(placeOfLastPoint);
      assert.ok(found, 'no point is under the pointer anywhere');
      return found;
    });
    await chart.click({ position });
    await workbench.tabs.filter({ hasText: 'step4000' }).waitFor();
  });
});
