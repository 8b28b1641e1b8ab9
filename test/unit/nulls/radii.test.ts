/** Radii that do not follow from single weights. */
import { describe, expect, it } from 'vitest';
import { makeSettings } from '../../../src/core/analysis/settings';
import { emergence } from '../../../src/core/emergence/emergence';
import { fixedRadii } from '../../../src/core/emergence/fixedRadii';
import type { AnalysisSettings } from '../../../src/protocol/analysis';
import { makeAnalysis } from '../support/analysis';
import { analyzeDrawn, drawnNetwork } from '../support/drawn';

// As many neurons as there are: a single weight is in the sample.
const observed = makeSettings({ samples: 3, neurons: 128, nullDraws: 5 });
const once = drawnNetwork(1, 128, 6);
const then = analyzeDrawn(once, observed);

describe('fixed radii', () => {
  const radii = fixedRadii(then)!;
  const fixed: AnalysisSettings = { ...observed, radii };

  it('begin where 0.1 % of the edges lie, and reach to T', () => {
    const { radii: own, edgesAt, edgesKept } = then.samples[0]!;
    const within = (lo: number): number =>
      own.reduce((sum, radius, i) => sum + (radius <= lo ? edgesAt[i]! : 0), 0);
    if (radii.rule !== 'fixed') throw new Error(radii.rule);
    expect(within(radii.lo)).toBeGreaterThanOrEqual(edgesKept / 1000);
    expect(within(radii.lo - 1)).toBeLessThan(edgesKept / 1000);
    const [sample] = analyzeDrawn(once, fixed).samples;
    const all = Array.from({ length: 151 - radii.lo }, (_, i) => radii.lo + i);
    expect(sample!.radii).toEqual(all);
    for (const kind of ['shuffled', 'gaussian'] as const)
      expect(sample!.nulls![kind].first!.radii).toEqual(all);
  });

  it('leave E where it is when one weight is an outlier; those that occur do not', () => {
    const outlier = { ...once, weights: once.weights.slice() };
    outlier.weights[777] = 0.9;
    const of = (settings: AnalysisSettings): number =>
      emergence(analyzeDrawn(outlier, settings), analyzeDrawn(once, settings), 'alpha0').value!;
    expect(Math.abs(of(fixed))).toBeLessThan(1e-4);
    expect(Math.abs(of(observed))).toBeGreaterThan(1e-3);
  });

  it('are none where no edges are known by radius', () => {
    const { result } = makeAnalysis();
    expect(fixedRadii({ samples: result.samples.map((sample) => ({ ...sample, edgesAt: [] })) })).toBeNull();
  });
});
