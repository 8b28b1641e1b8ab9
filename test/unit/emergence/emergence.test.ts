import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareFigures } from '../../../src/core/compare/figures';
import { emergence } from '../../../src/core/emergence/emergence';
import { degreeOfEmergence } from '../../../src/core/emergence/formula';
import { percentileInterval } from '../../../src/core/stats/bootstrap';
import { pairedEmergence, withInterval } from '../../../src/core/emergence/paired';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { standardNormal } from '../../../src/core/stats/normal';
import type { AnalysisResult } from '../../../src/protocol/analysis';
import { expectClose } from '../support/close';
import { goldenRun } from '../support/golden';
import { makeResult, type MadeSample } from '../support/results';
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
      expect(emergence(result, result, 'alpha0')).toMatchObject({
        value: 0,
        ci95: [0, 0],
        reason: null,
        method: 'paired-t',
      });
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

  it('is undefined where the width of the baseline is rounding, as of neurons that are all alike', () => {
    const alike = makeResult([1, 2, 3].map(() => ({ alpha0: 1, width: 4e-14 })));
    const other = makeResult([1, 2, 3].map(() => ({ alpha0: 0.9, width: 0.5 })));
    expect(emergence(other, alike, 'alpha0')).toMatchObject({
      value: null,
      ci95: null,
      reason: { code: 'emergence-undefined' },
    });
    expect(emergence(alike, other, 'alpha0').value).toBeCloseTo(0, 12);
    expect(compareFigures(alike, other)).toMatchObject({ lnWidth: { value: null, ci95: null } });
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
const pairs = fc.array(fc.tuple(sample, sample), { minLength: 3, maxLength: 12 });
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
        expect(ci95![0]).toBeLessThanOrEqual(value!);
        expect(ci95![1]).toBeGreaterThanOrEqual(value!);
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
    const center = mean(alphas);
    const sd = Math.sqrt(mean(alphas.map((alpha0) => (alpha0 - center) ** 2)));
    const expected = (2 * 1.96 * sd) / Math.sqrt(alphas.length) / center;
    expectClose(ci95![1] - ci95![0], expected, 'width of the interval', 0.1);
  });

  it('is that of the linearized terms, worked out by hand', () => {
    // ā = 0.8, w̄ = 0.5, ā₀ = 1, w̄₀ = 0.4.
    const now = makeResult([0.7, 0.8, 0.9].map((alpha0, i) => ({ alpha0, width: 0.5 + 0.1 * (i - 1) })));
    const then = makeResult([1, 0.9, 1.1].map((alpha0) => ({ alpha0, width: 0.4 })));
    const terms = [
      (0.5 / 0.4) * (0 + 0.1 / 0.8) + Math.log(1 / 0.8) * (-0.1 / 0.4),
      (0.5 / 0.4) * -0.1,
      (0.5 / 0.4) * (0.1 - 0.1 / 0.8) + Math.log(1 / 0.8) * (0.1 / 0.4),
    ];
    const sd = Math.sqrt(terms.reduce((sum, term) => sum + term ** 2, 0) / 2);
    const half = (4.302652729911275 * sd) / Math.sqrt(3);
    const { value, ci95 } = emergence(now, then, 'alpha0');
    expectClose(value!, (0.5 / 0.4) * Math.log(1 / 0.8), 'E', 1e-12);
    expectClose(ci95![1] - value!, half, 'half of the interval', 1e-10);
    expectClose(value! - ci95![0], half, 'half of the interval', 1e-10);
  });

  it.each([3, 10])('covers 95 %% of the cases with %s samples', (n) => {
    // Seeded normal samples of α₀ and w that both ends share in part, against the E of their true means.
    const random = standardNormal(new Mt19937(n));
    const truth = degreeOfEmergence({ alpha0: 0.87, width: 0.51 }, { alpha0: 0.97, width: 0.58 });
    const groups = 1500;
    let covered = 0;
    for (let group = 0; group < groups; group++) {
      const drawn = Array.from({ length: n }, () => {
        const shared = 0.01 * random();
        return {
          now: { alpha0: 0.87 + shared + 0.006 * random(), width: 0.51 + 0.02 * random() },
          then: { alpha0: 0.97 + shared + 0.004 * random(), width: 0.58 + 0.02 * random() },
        };
      });
      const { ci95 } = withInterval(pairedEmergence(drawn));
      if (ci95![0] <= truth && truth <= ci95![1]) covered++;
    }
    expect(covered / groups).toBeGreaterThan(0.935);
    expect(covered / groups).toBeLessThan(0.965);
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
    expect(emergence(grown, known, 'alpha0')).toMatchObject({ value: 0, ci95: [0, 0], reason: null });
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

  const keep = (...kept: readonly number[]): AnalysisResult =>
    makeResult(
      [0, 1, 2, 3].map((i) => ({ alpha0: 1 + i, width: 0.5 + 0.1 * i, filtered: !kept.includes(i) })),
    );

  it('an interval takes three samples in common; E itself takes one, and only those in common', () => {
    expect(emergence(keep(0, 1, 2), keep(1, 2, 3), 'alpha0')).toMatchObject({
      value: 0,
      ci95: null,
      reason: { code: 'few-common-samples', least: 3 },
    });
    expect(emergence(keep(0, 1), keep(1, 2), 'alpha0').value).toBe(0);
    expect(emergence(keep(0, 1), keep(2, 3), 'alpha0')).toMatchObject({
      value: null,
      reason: { code: 'no-common-samples' },
    });
    expect(emergence(keep(0, 1, 2), keep(0, 1, 2), 'alpha0')).toMatchObject({ value: 0, ci95: [0, 0] });
  });

  it('where every layer is taken whole, samples tell no uncertainty', () => {
    const now = makeResult([1, 2, 3].map(() => ({ alpha0: 0.9, width: 0.5 })));
    now.summary.noInterval = { code: 'same-samples' };
    const { value, ci95, reason, method } = emergence(now, good, 'alpha0');
    expectClose(value!, Math.log(1 / 0.9), 'E');
    expect({ ci95, reason, method }).toEqual({
      ci95: null,
      reason: { code: 'same-samples' },
      method: null,
    });
  });

  it('above 0.1 % of weights that are not finite there is none, of either end', () => {
    const withNaN = (weights: number): AnalysisResult => {
      const made = makeResult([1, 2, 3].map(() => ({ alpha0: 1, width: 0.5 })));
      for (const sample of made.samples) sample.nonFinite = weights;
      return made;
    };
    const { edges } = good.network;
    const [few, many] = [Math.floor(edges / 1000), Math.floor(edges / 1000) + 1];
    expect(emergence(withNaN(few), good, 'alpha0')).toMatchObject({ value: 0, reason: null });
    for (const [now, then] of [
      [withNaN(many), good],
      [good, withNaN(many)],
    ] as const) {
      const made = emergence(now, then, 'alpha0');
      expect(made).toMatchObject({ value: null, ci95: null, reason: { code: 'non-finite-share' } });
      expect(factText(made.reason!)).toMatch(/0\.1.*NaN or infinite/);
    }
  });

  it("an unsound spectrum at either end has τ'(0) taken at both", () => {
    const make = (alpha0: number, exact: number, sound: boolean): AnalysisResult => {
      const made = makeResult([1, 2, 3].map(() => ({ alpha0, width: 0.5, exact })));
      for (const each of made.samples) each.sound = sound;
      return made;
    };
    const [sound, unsound] = [make(1, 0.9, true), make(1.3, 0.8, false)];
    for (const [now, then, sign] of [
      [unsound, sound, 1],
      [sound, unsound, -1],
    ] as const) {
      const { value, from } = emergence(now, then, 'alpha0');
      expectClose(value!, sign * Math.log(0.9 / 0.8), 'E');
      expect(from).toBe('exact');
    }
    expect(emergence(sound, sound, 'alpha0').from).toBe('alpha0');
  });
});

describe('of full networks', () => {
  const figures = (alpha0: number | null) => ({ alpha0, alpha0Exact: alpha0, width: 0.5 });
  const full = (drawn: (number | null)[], left: readonly number[] = [0.9, 0.8]): AnalysisResult => ({
    ...makeResult([{ alpha0: 0.8, width: 0.5 }], { settings: { mode: 'full' } }),
    bootstrap: {
      unit: 'block',
      units: 6,
      draws: drawn.length,
      reason: null,
      leaveOneOut: left.map((alpha0, block) => ({ block, ...figures(alpha0) })),
      ...(drawn.length > 0 && {
        values: { alpha0: drawn, alpha0Exact: drawn, width: drawn.map(() => 0.5) },
      }),
    },
  });

  it('there is no interval: what blocks vary by is told apart', () => {
    const spread = Array.from({ length: 1000 }, (_, i) => 0.5 + i / 1000);
    const made = emergence(full(spread.map((alpha0) => alpha0 / Math.E)), full(spread), 'alpha0');
    expect(made).toMatchObject({
      value: 0,
      ci95: null,
      method: null,
      reason: { code: 'no-sampling-error' },
    });
    for (const end of made.acrossBlocks!.range!) expectClose(end, 1, 'range');
  });

  it('E without each block takes it away on both sides', () => {
    const made = emergence(full([], [0.9, 0.4]), full([], [0.9, 0.8]), 'alpha0');
    expect(made.acrossBlocks!.leaveOneOut).toEqual([
      { block: 0, emergence: 0 },
      { block: 1, emergence: Math.log(2) },
    ]);
    expect(made.acrossBlocks!.range).toBeNull();
    expect(emergence(full([], []), full([], [1]), 'alpha0').acrossBlocks).toBeNull();
  });

  it('draws without a spectrum on one side do not count', () => {
    const made = emergence(full([null, 1, 1]), full([5, 1, null]), 'exact');
    expect(made.acrossBlocks!.range).toEqual([0, 0]);
  });

  it('is never compared with sampled ones', () => {
    expect(emergence(full([1]), makeResult([{ alpha0: 0.8, width: 0.5 }]), 'alpha0')).toMatchObject({
      value: null,
      reason: { code: 'baseline-settings' },
    });
  });
});
