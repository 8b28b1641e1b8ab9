/** What the dashboard shows, as a reader sees it. */
import assert from 'node:assert/strict';
import type { RunSeries } from '../../../src/protocol/run';
import { eventually } from '../../support/eventually';
import { assertRounded } from './panel';
import { workbench } from './session';

/** Asserts that the dashboard, the only page that is open, comes to show the last numbers of `series`. */
export async function assertDashboardShows({ points }: RunSeries): Promise<void> {
  const { emergence, alpha0, width } = points.at(-1)!;
  // It follows results and choices a moment later.
  await eventually(async () => {
    assertSameNumber((await shown('emergence')).split(/\s/)[0]!, emergence.value!);
    assertRounded(await shown('alpha0'), alpha0);
    assertRounded(await shown('width'), width);
  });
}

function shown(measure: string): Promise<string> {
  return workbench.panel.getByTestId(measure).innerText();
}

function assertSameNumber(text: string, exact: number): void {
  const digits = text.split('.')[1]?.length ?? 0;
  assert.ok(digits >= 2, `too few digits: ${text}`);
  assert.equal(text.replace('\u2212', '-'), exact.toFixed(digits));
}
