import { describe, expect, it } from 'vitest';
import { scalingOf } from '../../../src/core/analysis/scaling';
import type { SampleResult } from '../../../src/protocol/analysis';
import { makeSettings } from '../../../src/core/analysis/settings';
import { makeAnalysis } from '../support/analysis';
import { analyzeDrawn, drawnNetwork } from '../support/drawn';

const sample = (...slopes: number[]): SampleResult => ({
  ...makeAnalysis().result.samples[0]!,
  fit: { octaves: slopes.map((slope, i) => ({ from: 2 ** i, to: 2 ** (i + 1), slope })), ratio: null },
});

describe('scaling', () => {
  it.each([
    [[1, 1.25], 'power law'],
    [[1, 1.26], 'rough'],
    [[2, 1], 'rough'],
    [[2.1, 1], 'none'],
    [[1, 0], 'none'],
  ])('with local slopes %s is "%s"', (slopes, kind) => {
    expect(scalingOf([sample(...slopes)])!.kind).toBe(kind);
  });

  it('averages over samples with as many octaves, and tells where', () => {
    const scaling = scalingOf([sample(1, 2, 3), sample(3, 2, 5), sample(9)])!;
    expect(scaling).toMatchObject({ ratio: 2, steepest: { near: 6, slope: 4 }, flattest: { slope: 2 } });
    expect(scalingOf([])).toBeNull();
    expect(scalingOf([{ ...sample(1), fit: null }])).toBeNull();
  });

  it('of independent Gaussian weights is none', () => {
    const { summary } = analyzeDrawn(drawnNetwork(1, 64, 4), makeSettings({ samples: 2, nullDraws: 5 }));
    expect(summary.scaling!.kind).toBe('none');
    expect(Math.abs(summary.scaling!.gaussianR2! - summary.r2Mean!)).toBeLessThan(0.05);
  });
});
