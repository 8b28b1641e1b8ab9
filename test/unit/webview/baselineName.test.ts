/** How the baseline is called where checkpoints before it hold the same weights as others. */
import { expect, it } from 'vitest';
import type { RunResults } from '../../../webview/data/shownRuns';
import { baselineName } from '../../../webview/words/emergence';

const runWith = (warnings: object[]): RunResults =>
  ({ series: { baseline: { kind: 'first', step: 64, point: 1 }, warnings } }) as unknown as RunResults;

it('is called the first checkpoint only where it is the first one', () => {
  expect(baselineName([runWith([])])).toBe('the first checkpoint (step 64)');
  const after = { code: 'baseline-after-first', first: 'step0', baseline: 'step64' };
  expect(baselineName([runWith([after])])).toBe('step 64');
  expect(baselineName([runWith([]), runWith([after])])).toBe('step 64');
});
