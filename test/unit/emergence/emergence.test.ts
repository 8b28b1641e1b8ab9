import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emergence } from '../../../src/core/emergence/emergence';
import { degreeOfEmergence } from '../../../src/core/emergence/formula';
import { percentileInterval, resamples } from '../../../src/core/stats/bootstrap';
import type { AnalysisResult } from '../../../src/protocol/analysis';
import { expectClose } from '../support/close';
import { goldenRun } from '../support/golden';
import { makeResult, type MadeSample } from '../support/results';
import type { Fact } from '../../../src/protocol/facts';
import { factText } from '../../../src/protocol/factWords';

const steps = goldenRun.steps.map(({ step, samples }) => ({
  step,
  samples,
  result: makeResult(samples.map(({ alpha_30, w }) => ({ alpha0: alpha_30, width: w }))),
}));
const first = steps[0]!;
const mean = (values: readonly number[]): number =>
  values.reduce((sum, each) => sum + each, 0) / values.length;

describe('E', () => {
  it.each(steps)('at step $step is that of the reference', ({ samples, result }) => {
    const alpha0 = (of: typeof samples): number => mean(of.map(({ alpha_30 }) => alpha_30));
    const width = (of: typeof samples): number => mean(of.map(({ w }) => w));
    const expected =
      (width(samples) / width(first.samples)) * Math.log(alpha0(first.samples) / alpha0(samples));
    expectClose(emergence(result, first.result, 'alpha0').value!, expected, 'E', 1e-12);
  });

  it('of the baseline itself is 0 with an interval from 0 to 0', () => {
    for (const { result } of steps)
      expect(emergence(result, result, 'alpha0')).toEqual({ value: 0, ci95: [0, 0], reason: null });
  });

  it('has the known answers of its formula', () => {
    const baseline = { alpha0: 1, width: 0.5 };
    expect(degreeOfEmergence({ alpha0: 1, width: 0.9 }, baseline)).toBe(0);
    expectClose(degreeOfEmergence({ alpha0: Math.exp(-1), width: 1 }, baseline), 2, 'E');
    expectClose(
      degreeOfEmergence({ alpha0: Math.E, width: 0.5 }, baseline),
      -1,
      'E of a spectrum that moves right',
    );
  });

  it("takes τ'(0) on request", () => {
    const make = (exact: number): AnalysisResult =>
      makeResult([1, 2].map(() => ({ alpha0: 1, width: 0.5, exact })));
    expect(emergence(make(0.5), make(1), 'alpha0').value).toBe(0);
    expectClose(emergence(make(0.5), make(1), 'exact').value!, Math.log(2), 'E');
  });
});

const sample = fc.record({
  alpha0: fc.double({ min: 0.5, max: 2, noNaN: true }),
  width: fc.double({ min: 0.1, max: 1, noNaN: true }),
});
const pairs = fc.array(fc.tuple(sample, sample), { minLength: 2, maxLength: 12 });
const both = (drawn: readonly (readonly [MadeSample, MadeSample])[]): [AnalysisResult, AnalysisResult] => [
  makeResult(drawn.map(([now]) => now)),
  makeResult(drawn.map(([, then]) => then)),
];

describe('the interval', () => {
  it('is the same for the same data, and lies around E', () => {
    fc.assert(
      fc.property(pairs, (drawn) => {
        const [now, then] = both(drawn);
        const { value, ci95 } = emergence(now, then, 'alpha0');
        expect(emergence(now, then, 'alpha0').ci95).toEqual(ci95);
        expect(ci95![0]).toBeLessThanOrEqual(ci95![1]);
        expect(Number.isFinite(value)).toBe(true);
      }),
      { seed: 1, numRuns: 20 },
    );
  });

  it('is a point where all samples agree', () => {
    const same = (alpha0: number): AnalysisResult =>
      makeResult([1, 2, 3].map(() => ({ alpha0, width: 0.5 })));
    const { value, ci95 } = emergence(same(0.8), same(1), 'alpha0');
    expectClose(ci95![0], value!, 'low', 1e-12);
    expectClose(ci95![1], value!, 'high', 1e-12);
  });

  it('pairs the samples: what is common to t and the baseline cancels', () => {
    // α₀ differs much between samples, but its ratio to the baseline is the same in each.
    const spread = [0.6, 0.9, 1.2, 1.8];
    const now = makeResult(spread.map((alpha0) => ({ alpha0: alpha0 / 2, width: 0.5 })));
    const then = makeResult(spread.map((alpha0) => ({ alpha0, width: 0.5 })));
    const { ci95 } = emergence(now, then, 'alpha0');
    expect(ci95![1] - ci95![0]).toBeLessThan(1e-12);
    const shuffled = makeResult([...spread].reverse().map((alpha0) => ({ alpha0, width: 0.5 })));
    const unpaired = emergence(now, shuffled, 'alpha0').ci95!;
    expect(unpaired[1] - unpaired[0]).toBeGreaterThan(0.5);
  });

  it('has about the width that theory gives for many samples', () => {
    // E = ln(1/ᾱ) with w constant: its standard error is that of the mean of α₀ over the mean.
    const alphas = Array.from({ length: 400 }, (_, i) => 1 + 0.2 * Math.sin(i * 12.9898));
    const now = makeResult(alphas.map((alpha0) => ({ alpha0, width: 0.5 })));
    const then = makeResult(alphas.map(() => ({ alpha0: 1, width: 0.5 })));
    const { ci95 } = emergence(now, then, 'alpha0');
    const centre = mean(alphas);
    const sd = Math.sqrt(mean(alphas.map((alpha0) => (alpha0 - centre) ** 2)));
    const expected = (2 * 1.96 * sd) / Math.sqrt(alphas.length) / centre;
    expectClose(ci95![1] - ci95![0], expected, 'width of the interval', 0.1);
  });

  it('draws the same samples for every series over as many', () => {
    expect(resamples(10)).toEqual(resamples(10));
    expect(resamples(10)).toHaveLength(1000);
    const drawn = resamples(3).flatMap((row) => [...row]);
    for (const index of [0, 1, 2]) {
      const share = drawn.filter((each) => each === index).length / drawn.length;
      expect(Math.abs(share - 1 / 3)).toBeLessThan(0.03);
    }
  });

  it('takes percentiles of defined values only', () => {
    const values = Array.from({ length: 41 }, (_, i) => i);
    expect(percentileInterval([...values, NaN, Infinity].reverse())).toEqual([1, 39]);
    expect(percentileInterval([NaN])).toBeNull();
  });
});

describe('series invariances', () => {
  it('a common factor of all α₀, or of all w, changes nothing', () => {
    fc.assert(
      fc.property(pairs, (drawn) => {
        const [now, then] = both(drawn);
        // Powers of two: exact in every mean and quotient.
        const scaled = drawn.map(([a, b]) =>
          [a, b].map(({ alpha0, width }) => ({ alpha0: 4 * alpha0, width: width / 8 })),
        ) as [MadeSample, MadeSample][];
        expect(emergence(...both(scaled), 'alpha0')).toEqual(emergence(now, then, 'alpha0'));
      }),
      { seed: 2, numRuns: 10 },
    );
  });

  it('E does not depend on the order of the samples', () => {
    fc.assert(
      fc.property(pairs, (drawn) => {
        const value = emergence(...both(drawn), 'alpha0').value!;
        expectClose(emergence(...both([...drawn].reverse()), 'alpha0').value!, value, 'E', 1e-10);
      }),
      { seed: 3, numRuns: 20 },
    );
  });
});

/** A result of a network whose blocks have these projections. */
function ofNetwork(kinds: string[][]): AnalysisResult {
  const made = makeResult([1, 2, 3].map(() => ({ alpha0: 1, width: 0.5 })));
  const blocks = kinds.flatMap((kind, i): [number, number][] => (kind.length > 0 ? [[i, i]] : []));
  return { ...made, network: { ...made.network, structure: { kinds, blocks } } };
}

describe('a network is what joins its neurons', () => {
  const known = ofNetwork([['mlp.up 8→16'], ['mlp.down 16→8']]);
  it('so a vocabulary, a tied head or buffers that come and go leave E', () => {
    const grown = { ...known, checkpoint: { ...known.checkpoint, parameters: 7, architecture: 'renamed' } };
    expect(emergence(grown, known, 'alpha0')).toEqual({ value: 0, ci95: [0, 0], reason: null });
  });

  it('and the first projection that differs is named', () => {
    const reasonOf = (other: AnalysisResult, baseline: AnalysisResult): string =>
      factText(emergence(other, baseline, 'alpha0').reason!);
    const [other, deeper] = [['mlp.down 8→8'], ['mlp.down 16→8', 'mlp.up 8→4']].map((second) =>
      ofNetwork([['mlp.up 8→16'], second]),
    );
    expect(reasonOf(other!, known)).toBe(
      'the baseline is another network: in block 1 it has mlp.down 16→8 in place of mlp.down 8→8',
    );
    expect(reasonOf(deeper!, known)).toBe('the baseline is another network: in block 1 it has no mlp.up 8→4');
    expect(reasonOf(known, deeper!)).toBe(
      'the baseline is another network: in block 1 it also has mlp.up 8→4',
    );
  });
});

describe('no E, and the reason', () => {
  const good = makeResult([1, 2, 3].map(() => ({ alpha0: 1, width: 0.5 })));
  it.each<[string, AnalysisResult, RegExp]>([
    ['other settings', { ...good, settings: { ...good.settings, threshold: 100 } }, /other settings/],
    ['other seeds', { ...good, settings: { ...good.settings, seed: 5 } }, /other settings/],
    [
      'another algorithm',
      { ...good, version: { ...good.version, algorithm: 0 } },
      /version of the algorithm/,
    ],
    ['another depth', { ...good, network: { ...good.network, blocks: 7 } }, /another network/],
    [
      'no spectrum',
      makeResult([1, 2, 3].map(() => ({ alpha0: 1, width: 0.5, filtered: true }))),
      /all 3 samples/,
    ],
    ['w = 0', makeResult([1, 2, 3].map(() => ({ alpha0: 1, width: 0 }))), /not defined/],
    ['α₀ < 0', makeResult([1, 2, 3].map(() => ({ alpha0: -1, width: 1 }))), /not defined/],
  ])('%s', (_, other, reason) => {
    const made = emergence(good, other, 'alpha0');
    expect(made).toMatchObject({ value: null, ci95: null });
    expect(factText(made.reason!)).toMatch(reason);
  });

  it('an interval takes two samples in common; E itself does not', () => {
    const keep = (kept: number): AnalysisResult =>
      makeResult([0, 1, 2].map((i) => ({ alpha0: 1 + i, width: 0.5, filtered: i !== kept && i !== 2 })));
    expect(emergence(keep(0), keep(1), 'alpha0')).toMatchObject({
      ci95: null,
      reason: { code: 'few-common-samples', least: 2 },
    });
    expectClose(emergence(keep(0), keep(1), 'alpha0').value!, Math.log(2.5 / 2), 'E');
    expect(emergence(keep(0), keep(0), 'alpha0')).toEqual({ value: 0, ci95: [0, 0], reason: null });
  });

  it('two samples that lack one another stay within what they can show', () => {
    const now = makeResult([
      { alpha0: 1, width: 0.5 },
      { alpha0: 1, width: 0.5 },
      { alpha0: 9, width: 9, filtered: true },
    ]);
    const { ci95 } = emergence(now, good, 'alpha0');
    expect(ci95).toEqual([0, 0]);
  });
});

describe('of full networks', () => {
  const full = (alpha0: (number | null)[], reason: Fact | null = null): AnalysisResult => ({
    ...makeResult([{ alpha0: 0.8, width: 0.5 }], { settings: { mode: 'full' } }),
    bootstrap: {
      unit: 'block',
      units: 6,
      draws: alpha0.length,
      reason,
      ...(alpha0.length > 0 && { values: { alpha0, alpha0Exact: alpha0, width: alpha0.map(() => 0.5) } }),
    },
  });

  it('the interval is over the same blocks on both sides', () => {
    const spread = Array.from({ length: 1000 }, (_, i) => 0.5 + i / 1000);
    const { value, ci95 } = emergence(full(spread.map((alpha0) => alpha0 / Math.E)), full(spread), 'alpha0');
    expect(value).toBe(0);
    expectClose(ci95![0], 1, 'low');
    expectClose(ci95![1], 1, 'high');
  });

  it('draws without a spectrum on one side do not count', () => {
    expect(emergence(full([null, 1, 1]), full([5, 1, null]), 'exact').ci95).toEqual([0, 0]);
  });

  it('there is no interval where blocks are too few, or their draws were left out', () => {
    const few: Fact = { code: 'too-few-units', unit: 'block', units: 3, least: 5 };
    expect(emergence(full([], few), full([], few), 'alpha0')).toEqual({ value: 0, ci95: null, reason: few });
    expect(emergence(full([]), full([1]), 'alpha0').reason?.code).toBe('draws-not-stored');
  });

  it('is never compared with sampled ones', () => {
    expect(emergence(full([1]), makeResult([{ alpha0: 0.8, width: 0.5 }]), 'alpha0')).toMatchObject({
      value: null,
      reason: { code: 'baseline-settings' },
    });
  });
});
