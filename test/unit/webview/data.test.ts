import { describe, expect, it } from 'vitest';
import {
  alphaRange,
  fitQuality,
  meanDimension,
  meanSpectrum,
  meanTau,
  pooledNfd,
  quantile,
  worstFit,
} from '../../../webview/data/analyzed';
import { comparable, inOrder, isOneRun } from '../../../webview/data/comparable';
import { interval, studentT975 } from '../../../webview/data/statistics';
import { item, run } from './support';

describe('intervals', () => {
  it('use Student’s t', () => {
    // Known values of the distribution.
    expect(studentT975(9)).toBeCloseTo(2.262157, 3);
    expect(studentT975(30)).toBeCloseTo(2.042272, 3);
    expect(studentT975(60)).toBeCloseTo(2.000298, 3);
    expect(studentT975(100000)).toBeCloseTo(1.959988, 4);
  });
  it('match a worked example', () => {
    // 1 … 5: sd √2.5, t(4) 2.776.
    const { mean, half } = interval([1, 2, 3, 4, 5]);
    expect(mean).toBe(3);
    expect(half).toBeCloseTo(2.776 * Math.sqrt(2.5 / 5), 3);
  });
  it('do not exist for one value', () => {
    expect(interval([7])).toEqual({ mean: 7, half: null });
  });
});

describe('curves', () => {
  const four = item();
  it('have their top at f = 0, without any band, because τ(0) = 0', () => {
    const top = meanSpectrum(four).find(({ q }) => q === 0)!;
    expect(top.f).toBeCloseTo(0, 10);
    expect(top.alpha).toBeCloseTo(four.result.summary.alpha0.mean!, 12);
    // The middle of the step is q = 0.05, so the band is small there, not exactly zero.
    expect(top.fHalf).toBeLessThan(0.06 * top.alphaHalf!);
  });
  it('have no band from one sample', () => {
    for (const point of meanSpectrum(item({ samples: 1 })))
      expect([point.alphaHalf, point.fHalf]).toEqual([null, null]);
  });
  it('give the band at fixed α: samples on one common curve have none, although they reach differently far', () => {
    const one = item();
    // f = −(α − 1)² with q = f′(α): each sample visits other points of the same curve.
    const q = one.result.settings.q;
    one.samples.forEach(({ result }, s) => {
      const shift = 0.001 * s;
      const slopes = q.slice(0, -1).map((value, i) => (value + q[i + 1]!) / 2);
      result.alpha = slopes.map((slope) => 1 - slope / 2 + shift);
      result.f = result.alpha.map((alpha) => -((alpha - 1) ** 2));
    });
    for (const point of meanSpectrum(one)) {
      expect(point.alphaHalf).toBeGreaterThan(1e-3);
      expect(point.fHalf).toBeLessThan(1e-5);
    }
  });
  it('leave D(q) out at q = 1 only', () => {
    const q = four.result.settings.q;
    const dimension = meanDimension(four);
    expect(q.filter((_, index) => dimension[index] === null)).toEqual([1]);
    expect(dimension[0]!.mean).toBeCloseTo(meanTau(four)[0]!.mean / -4, 12);
  });
  it('leave R² out at q = 0 only', () => {
    const q = four.result.settings.q;
    expect(q.filter((_, index) => fitQuality(four)[index] === null)).toEqual([0]);
  });
  it('name the poorest fit', () => {
    const bad = item();
    bad.samples[2]!.result.r2[5] = 0.42;
    expect(worstFit(bad)).toMatchObject({ r2: 0.42, q: -2.5, sample: { result: { seed: 2 } } });
  });
  it('span mean w', () => {
    const { min, max } = alphaRange(four);
    expect(max - min).toBeCloseTo(four.result.summary.width.mean!, 12);
  });
  it('count neurons without a dimension as missing', () => {
    const { values, missing } = pooledNfd(item({ neurons: 40, samples: 3 }));
    expect([values.length, missing]).toEqual([117, 3]);
    expect(values).toEqual([...values].sort((a, b) => a - b));
  });
  it('use only kept samples', () => {
    const two = item();
    expect(item({ empty: true }).samples).toHaveLength(0);
    expect(two.samples).toHaveLength(4);
  });
});

it('quantiles interpolate', () => {
  expect([0, 0.25, 0.5, 1].map((p) => quantile([1, 2, 3, 4, 5], p))).toEqual([1, 2, 3, 5]);
  expect(quantile([1, 2], 0.5)).toBe(1.5);
  expect(quantile([], 0.5)).toBeNull();
});

describe('what may be compared', () => {
  it('one run: same shape and settings, other steps', () => {
    expect(isOneRun(run(0, 1000, 2000))).toBe(true);
    expect(isOneRun(run(0))).toBe(false);
    expect(isOneRun([item({ name: 'a/x', step: 1 }), item({ name: 'b/x', step: 2 })])).toBe(false);
    expect(isOneRun([item({ name: 'a/x', step: null }), item({ name: 'a/y', step: 2 })])).toBe(false);
    expect(isOneRun([item({ step: 1 }), item({ step: 1 })])).toBe(false);
  });
  it('not another size or other settings', () => {
    expect(comparable([item(), item({ parameters: 5 })])).toBe(false);
    const other = item();
    other.result.settings.neurons = 64;
    expect(comparable([item(), other])).toBe(false);
  });
  it('a run is put in order, anything else is left', () => {
    const steps = (items: ReturnType<typeof run>) =>
      inOrder(items).map(({ result }) => result.checkpoint.step);
    expect(steps(run(2000, 0, 1000))).toEqual([0, 1000, 2000]);
    expect(steps([item({ name: 'a/x', step: 9 }), item({ name: 'b/x', step: 2 })])).toEqual([9, 2]);
  });
});
