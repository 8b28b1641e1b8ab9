/** What five runs in a panel tell together is what the command line prints of them. */
import { describe, expect, it } from 'vitest';
import { acrossRuns } from '../../../src/core/metrics/correlations';
import { AcrossShown } from '../../../src/extension/runs/acrossShown';
import { MAX_ACROSS } from '../../../src/protocol/metrics';
import type { Run } from '../../../src/protocol/trends';
import { acrossTable } from '../../../webview/tables/metrics';
import { shownRuns } from '../../../webview/data/shownRuns';
import { seriesStyle } from '../../../webview/figures/styles';
import { DEFAULT_RUN_CHOICES, runTables } from '../../../webview/runs/views';
import { LIGHT } from '../../../webview/theme';
import { runFixture } from '../../preview/runFixtures';

/** A run whose losses at step 1000 go with how far its α₀ falls, but for one. */
function run(index: number, names = ['loss']): Run {
  const made = runFixture({ name: `seed-${index}`, steps: [0, 64, 1000], fall: 0.05 + 0.02 * index });
  const series = made.series!;
  const last = index === 3 ? 9 : index;
  const values = names.map((name) => ({ name, values: [5, 4, last] }));
  return { ...made, series: { ...series, metrics: { files: [], values } } };
}
const five = [0, 1, 2, 3, 4].map((index) => run(index));

describe('runs that a panel shows together', () => {
  it('have the correlations of the command line, with intervals, at the last step that they share', () => {
    const across = new AcrossShown().of(five)!;
    expect(across).toEqual(acrossRuns(five.map(({ series }) => series!)));
    expect([across.step, across.runs.length]).toEqual([1000, 5]);
    const { pearson } = across.correlations.find(({ figure }) => figure === 'alpha0')!;
    const [low, high] = pearson.ci95!;
    expect(low).toBeLessThan(pearson.value!);
    expect(high).toBeGreaterThan(pearson.value!);
    const shown = shownRuns(five, (index) => seriesStyle(index, LIGHT));
    expect(runTables('emergence', shown, DEFAULT_RUN_CHOICES, across).map(({ id }) => id)).toContain(
      acrossTable(across).id,
    );
  });

  it('have none as long as fewer than five are shown', () => {
    const across = new AcrossShown();
    expect(across.of(five)).not.toBeNull();
    const hidden = five.map((each, i) => (i === 0 ? { ...each, look: { hidden: true as const } } : each));
    expect(across.of(hidden)).toBeNull();
    expect(across.of(five.slice(1))).toBeNull();
    expect(across.of(five)).not.toBeNull();
  });

  it('follow their numbers, and are of so many metrics as a page can wait for', () => {
    const across = new AcrossShown();
    const before = across.of(five);
    expect(across.of(five.map((each) => ({ ...each })))).toBe(before);
    const names = Array.from({ length: MAX_ACROSS + 5 }, (_, i) => `task ${i}`);
    const many = across.of([0, 1, 2, 3, 4].map((index) => run(index, names)))!;
    expect(new Set(many.correlations.map(({ metric }) => metric)).size).toBe(MAX_ACROSS);
  });
});
