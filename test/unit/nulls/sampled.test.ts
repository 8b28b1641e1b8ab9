/** Null models of samples: what is known of them without any program. */
import { describe, expect, it } from 'vitest';
import { emergence } from '../../../src/core/emergence/emergence';
import { nullEmergence } from '../../../src/core/emergence/nulls';
import { compareFigures } from '../../../src/core/compare/figures';
import { makeSettings } from '../../../src/core/analysis/settings';
import { ReferenceKernel } from '../../../src/core/multifractal/kernel/reference';
import { partRows } from '../../../src/core/weights/kinds';
import type { AnalysisResult } from '../../../src/protocol/analysis';
import type { Value } from '../../../src/protocol/nulls';
import { planOf, samplePath, withRows } from '../support/analyze';
import { expectAllClose, expectClose } from '../support/close';
import { analyzeDrawn, drawnNetwork, resultOf } from '../support/drawn';
import { makePlan, Memory, SHAPES } from '../support/plans';
import { runPacked, runUnpacked } from '../support/packed';

/** Standard errors from 0. */
const distance = ({ value, ci95 }: Value, n: number): number =>
  Math.abs(value!) / ((ci95![1] - ci95![0]) / 2 / studentT[n]!);
/** 97.5 % points by number of samples. */
const studentT: Readonly<Record<number, number>> = { 4: 3.182, 10: 2.262 };

describe('the sample run, seeds 0 to 9 and 20 draws', () => {
  const settings = makeSettings({ nullDraws: 20 });
  const at = (step: number): AnalysisResult => {
    const plan = planOf(samplePath(step));
    return withRows((read) =>
      resultOf(
        Array.from({ length: 10 }, (_, seed) => runPacked(plan, seed, settings, read)),
        settings,
      ),
    );
  };
  const first = at(0);
  const emergenceOfNull = (result: AnalysisResult, kind: 'gaussian' | 'shuffled'): number => {
    const { alpha0, width } = result.nulls![kind];
    const { summary } = first;
    return (width.mean! / summary.width.mean!) * Math.log(summary.alpha0.mean! / alpha0.mean!);
  };

  // Of an independent program: E of both nulls against the observed step 0, and how far the weights are beyond reshuffling.
  it.each([
    [0, 0.002, 0.0, 0.0001, 0.007, [0.9815624294408372, 0.9799995713184659, 0.006053874549634375]],
    [256, 0.022, 0.0215, -0.0005, 0.006, [0.9590869635334582, 0.9581729703896549, 0.0076507539065269305]],
    [512, 0.046, 0.0446, -0.0012, 0.03, [0.9320948982261792, 0.9303196978100896, 0.0301323714890104]],
    [1000, 0.08, 0.0655, -0.0025, 0.046, [0.9026883469297594, 0.8902898084277167, 0.04115272817054846]],
    [2000, 0.11, 0.0952, -0.0037, 0.091, [0.8661323292700466, 0.8527902691003302, 0.08383277826251292]],
    [4000, 0.112, 0.0941, -0.0041, 0.105, [0.8700845118497547, 0.8550172928873148, 0.10096246576165986]],
  ] as const)(
    'at step %s has the numbers that another program gives',
    (step, gaussian, shuffled, alpha0, width, fixed) => {
      const result = step === 0 ? first : at(step);
      expect(Math.abs(emergenceOfNull(result, 'gaussian') - gaussian)).toBeLessThan(0.005);
      expect(Math.abs(emergenceOfNull(result, 'shuffled') - shuffled)).toBeLessThan(0.005);
      expect(Math.abs(result.beyond!.alpha0.value! - alpha0)).toBeLessThan(0.002);
      expect(Math.abs(result.beyond!.width.value! - width)).toBeLessThan(0.03);
      // The seeds are fixed.
      expectAllClose(
        [
          result.nulls!.shuffled.alpha0Exact.mean!,
          result.nulls!.gaussian.alpha0Exact.mean!,
          result.beyond!.width.value!,
        ],
        fixed,
        'fixed seeds',
        1e-9,
      );
      if (step !== 4000) return;
      const { value } = emergence(result, first, 'alpha0');
      const { parts, nulls } = nullEmergence(result, first, 'alpha0');
      const { size, tails, arrangement } = parts!;
      expectClose(size.value! + tails.value! + arrangement.value!, value!, 'sum of the parts', 1e-12);
      expect(size.value).toBe(nulls!.gaussian.emergence.value);
      // Against its own null, size accounts for more than all, and tails take away what arrangement adds.
      expect(size.value! - value!).toBeGreaterThan(0);
      expect(arrangement.ci95![0]).toBeGreaterThan(0);
      expect(result.beyond!.width.p).toBe(2 / 21);
    },
  );
});

describe('independent weights', () => {
  const SEEDS = 60;
  const settings = makeSettings({ samples: 1, neurons: 32, nullDraws: 39 });
  it('are no further from their reshuffling than chance: 60 networks', () => {
    const beyond = Array.from(
      { length: SEEDS },
      (_, seed) => analyzeDrawn(drawnNetwork(100 + seed, 64, 6), settings).beyond!,
    );
    for (const figure of ['alpha0', 'width'] as const) {
      const values = beyond.map((each) => each[figure].value!);
      const mean = values.reduce((sum, value) => sum + value, 0) / SEEDS;
      const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (SEEDS - 1));
      expect(Math.abs(mean)).toBeLessThan((3 * sd) / Math.sqrt(SEEDS));
      // One side or the other: 5 % each of both sides.
      const extreme = beyond.filter((each) => each[figure].p! <= 0.1).length / SEEDS;
      expect(extreme).toBeGreaterThanOrEqual(0.01);
      expect(extreme).toBeLessThanOrEqual(0.22);
    }
  });

  it('that are doubled have an E that is size alone', () => {
    const once = drawnNetwork(1, 128, 8);
    const twice = { ...once, weights: once.weights.map((weight) => 2 * weight) };
    const many = makeSettings({ samples: 10, nullDraws: 20 });
    const [now, then] = [analyzeDrawn(twice, many), analyzeDrawn(once, many)];
    const { value } = emergence(now, then, 'alpha0');
    const { size, tails, arrangement } = nullEmergence(now, then, 'alpha0').parts!;
    expect(value).toBeGreaterThan(0.1);
    expect(distance(tails, 10)).toBeLessThan(4);
    expect(distance(arrangement, 10)).toBeLessThan(4);
    expect(Math.abs(size.value! / value! - 1)).toBeLessThan(0.1);
    expect(now.beyond!.width.ci95![0]).toBeLessThan(0);
    expect(now.beyond!.width.ci95![1]).toBeGreaterThan(0);
  });

  // Samples of nearly all neurons are one network: that they agree tells nothing of chance.
  it.each([
    ['half of the neurons', 32, 64],
    ['three quarters of them', 24, 32],
    ['all of them', 32, 32],
  ])('stay within the intervals of samples that take %s', (_, neurons, width) => {
    const many = makeSettings({ samples: 5, neurons, nullDraws: 10 });
    const results = Array.from({ length: 16 }, (_network, seed) =>
      analyzeDrawn(drawnNetwork(300 + seed, width, 4), many),
    );
    const isChance = ({ ci95 }: Value): boolean => ci95![0] < 0 && ci95![1] > 0;
    expect(results.filter(({ beyond }) => !isChance(beyond!.width)).length).toBeLessThanOrEqual(2);
    const pairs = results.flatMap((now, i) => (i % 2 === 0 ? [[now, results[i + 1]!] as const] : []));
    const differences = pairs.map(([a, b]) => compareFigures(a, b).beyond!.width);
    expect(differences.filter((each) => !isChance(each)).length).toBeLessThanOrEqual(1);
  });

  it('give intervals of the parts of E that hold other draws, where all samples are one network', () => {
    const many = makeSettings({ samples: 5, neurons: 32, nullDraws: 20 });
    const [now, then] = [400, 401].map((seed) => analyzeDrawn(drawnNetwork(seed, 32, 4), many));
    const { ci95 } = nullEmergence(now!, then!, 'alpha0').parts!.size;
    const drawn = now!.samples.flatMap((sample, i) => {
      const [own, other] = [sample, then!.samples[i]!].map((each) => each.nulls!.gaussian.draws);
      return own!.width.map(
        (width, draw) => (width! / other!.width[draw]!) * Math.log(other!.alpha0[draw]! / own!.alpha0[draw]!),
      );
    });
    const inside = drawn.filter((value) => value >= ci95![0] && value <= ci95![1]);
    expect(inside.length / drawn.length).toBeGreaterThan(0.85);
  });

  it('whose sources have scales of their own are beyond chance', () => {
    const scaled = drawnNetwork(2, 128, 8, (normal, source) => 0.03 * 1.5 ** Math.cos(source) * normal);
    const { beyond } = analyzeDrawn(scaled, makeSettings({ samples: 4, nullDraws: 20 }));
    expect(beyond!.width.ci95![0]).toBeGreaterThan(0.1);
    expect(beyond!.width.p).toBe(2 / 21);
  });
});

describe('whatever the weights are like', () => {
  const settings = makeSettings({ samples: 1, neurons: 20, nullDraws: 5 });
  it.each(Object.entries(SHAPES))('%s: shuffling keeps every edge, and kernels agree', (_, shape) => {
    const { plan, bytes } = makePlan([shape], 2);
    const read = partRows(() => new Memory(bytes));
    const { result } = runPacked(plan, 0, settings, read);
    expect(runUnpacked(plan, 0, settings, read).result).toEqual(result);
    expect(runPacked(plan, 0, settings, read, new ReferenceKernel()).result.nulls).toEqual(result.nulls);
    // Nulls change nothing about the numbers that they stand beside.
    const { result: alone } = runPacked(plan, 0, { ...settings, nulls: null }, read);
    expect({ ...result, nulls: null }).toEqual(alone);
    const { shuffled } = result.nulls!;
    // The same edges occur, as long as no source has too few of them.
    if (result.nodesDropped === 0) expect(shuffled.first!.radii).toEqual(result.radii);
    for (const draws of [shuffled.draws, result.nulls!.gaussian.draws]) expect(draws.width).toHaveLength(5);
  });

  it('draws differ, are the same every time, and do not depend on how many there are', () => {
    const network = drawnNetwork(3, 64, 3);
    const draws = (count: number) =>
      analyzeDrawn(network, makeSettings({ samples: 1, nullDraws: count })).samples[0]!.nulls!;
    const [five, seven] = [draws(5), draws(7)];
    for (const kind of ['shuffled', 'gaussian'] as const) {
      expect(seven[kind].draws.width.slice(0, 5)).toEqual(five[kind].draws.width);
      expect(new Set(seven[kind].draws.width).size).toBe(7);
    }
  });
});
