import { describe, expect, it } from 'vitest';
import { compareFigures, compareProjections } from '../../../src/core/compare/figures';
import { figureSentences } from '../../../src/protocol/comparisonWords';
import { makeFullResult } from './support';
import { makeResult } from '../support/results';

describe('α₀ and w of two results', () => {
  const a = makeResult([
    { alpha0: 1, width: 0.5 },
    { alpha0: 1.1, width: 0.6 },
    { alpha0: 1.3, width: 0.4 },
    { alpha0: 1.4, width: 0.5, filtered: true },
  ]);
  const b = makeResult([
    { alpha0: 0.9, width: 0.5 },
    { alpha0: 1.0, width: 0.6 },
    { alpha0: 1.2, width: 0.4 },
    { alpha0: 7, width: 9 },
  ]);

  it('are said to be missing, with the reason and the side, where one has no spectrum', () => {
    const none = makeResult(Array.from({ length: 4 }, () => ({ alpha0: 1, width: 0.5, filtered: true })));
    const said = 'has no spectrum: all 4 samples are left out: ';
    expect(figureSentences(compareFigures(a, none))).toEqual([
      expect.stringContaining(`α₀ and w are not compared (A is the baseline): B ${said}`),
    ]);
    expect(figureSentences(compareFigures(none, a))).toEqual([expect.stringContaining(`A ${said}`)]);
    const first = makeResult([
      { alpha0: 1, width: 0.5 },
      { alpha0: 1, width: 0.5, filtered: true },
    ]);
    const second = makeResult([
      { alpha0: 1, width: 0.5, filtered: true },
      { alpha0: 1, width: 0.5 },
    ]);
    expect(figureSentences(compareFigures(first, second))).toEqual([
      expect.stringContaining('no sample is kept at both checkpoints'),
    ]);
  });

  it('differ by paired intervals over the samples that both keep', () => {
    const { lnAlpha0, lnWidth, common } = compareFigures(a, b);
    // NumPy and SciPy: d = log([.9, 1, 1.2]) − log([1, 1.1, 1.3]); d.mean(), d.mean() ± t.ppf(.975, 2) · d.std(ddof=1) / 3 ** .5
    expect(lnAlpha0.value).toBeCloseTo(-0.09357113437856257, 12);
    expect(lnAlpha0.ci95![0]).toBeCloseTo(-0.1252393657809951, 12);
    expect(lnAlpha0.ci95![1]).toBeCloseTo(-0.06190290297613006, 12);
    expect(lnWidth).toEqual({ value: 0, ci95: [0, 0] });
    expect(common).toBe(3);
  });

  it('change their sign with the order of the two', () => {
    const [there, back] = [compareFigures(a, b), compareFigures(b, a)];
    expect(back.lnAlpha0.value).toBe(-there.lnAlpha0.value!);
    expect(back.lnAlpha0.ci95![0]).toBeCloseTo(-there.lnAlpha0.ci95![1], 14);
    expect(figureSentences(there)[0]).toMatch(/^α₀ is smaller in B: Δ ln α₀ = −0\.09\d+ \[/);
    expect(figureSentences(back)[0]).toMatch(/^α₀ is larger in B/);
    expect(figureSentences(there)[1]).toBe('w is the same.');
  });

  it('of other settings are not compared, and the reason is said', () => {
    const other = makeResult([{ alpha0: 1, width: 1 }], { settings: { threshold: 100 } });
    const found = compareFigures(a, other);
    expect(found).toMatchObject({
      lnAlpha0: { value: null },
      common: 0,
      reason: { code: 'baseline-settings' },
      beyond: null,
    });
    expect(figureSentences(found)).toEqual([expect.stringContaining('are not compared') as string]);
  });

  it('are not compared where too many weights of either are NaN or infinite', () => {
    const edges = a.samples.length * a.network.edges;
    const some = {
      ...b,
      samples: b.samples.map((sample) => ({ ...sample, nonFinite: Math.ceil(edges / 100) })),
    };
    for (const found of [compareFigures(a, some), compareFigures(some, a)]) {
      expect(found).toMatchObject({ lnAlpha0: { value: null }, reason: { code: 'non-finite-share' } });
      expect(figureSentences(found)).toEqual([expect.stringContaining('NaN or infinite') as string]);
    }
  });

  it("are told by τ'(0) where a spectrum of either is not sound", () => {
    const unsound = { ...b, samples: b.samples.map((sample) => ({ ...sample, sound: false })) };
    const found = compareFigures(a, unsound);
    expect(found.unsound).toBe(true);
    expect(figureSentences(found)[0]).toMatch(/^τ′\(0\) is smaller in B/);
    expect(compareFigures(a, b).unsound).toBeUndefined();
  });

  it('claim nothing without an interval', () => {
    const found = compareFigures(
      makeResult([{ alpha0: 1, width: 0.5 }]),
      makeResult([{ alpha0: 2, width: 0.5 }]),
    );
    expect(found.bare).toBe(true);
    expect(figureSentences(found)[0]).toBe('Δ ln α₀ = 0.693, without an interval.');
  });

  it('have no interval over fewer than three samples', () => {
    const two = [
      { alpha0: 1, width: 0.5 },
      { alpha0: 1.1, width: 0.6 },
    ];
    const found = compareFigures(
      makeResult(two),
      makeResult(two.map((each) => ({ ...each, alpha0: each.alpha0 / 2 }))),
    );
    expect(found.lnAlpha0.value).toBeCloseTo(-Math.LN2, 12);
    expect(found.lnAlpha0.ci95).toBeNull();
  });
});

describe('full networks', () => {
  it('differ projection by projection, beside the deviation of their null models', () => {
    const [a, b] = [makeFullResult([0.9, 0.8]), makeFullResult([0.9, 0.4])];
    expect(compareProjections(a, b)).toEqual([
      expect.objectContaining({ name: 'p0', lnAlpha0: 0, lnWidth: 0 }) as object,
      expect.objectContaining({ name: 'p1', lnWidth: 0 }) as object,
    ]);
    const second = compareProjections(a, b)![1]!;
    expect(second.lnAlpha0).toBeCloseTo(-Math.LN2, 12);
    expect(second.sdLnAlpha0).toBeCloseTo(Math.SQRT2 * 0.01, 12);
    expect(second.sdLnWidth).toBeCloseTo(Math.SQRT2 * 0.02, 12);
    const { beyond, lnAlpha0 } = compareFigures(a, b);
    expect(lnAlpha0.ci95).toBeNull();
    expect(beyond!.width.value).toBe(0);
    expect(beyond!.width.ci95![1]).toBeCloseTo(0.1 * Math.SQRT2, 12);
    expect(beyond!.width.ci95![0]).toBeCloseTo(-0.1 * Math.SQRT2, 12);
  });

  it('and samples have no projections in common', () => {
    expect(compareProjections(makeResult([{ alpha0: 1, width: 1 }]), makeFullResult([1]))).toBeNull();
  });
});
