import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { meanSpectrum } from '../../../src/core/emergence/meanSpectrum';
import type { RunResult } from '../../../src/core/emergence/runResult';
import { summarize } from '../../../src/core/analysis/summarize';
import { runSeries, type SeriesInput } from '../../../src/core/emergence/runSeries';
import { runSeriesSchema, type RunSeries } from '../../../src/protocol/run';
import { makeResult, type MadeSample } from '../support/results';
import { factText } from '../../../src/protocol/factWords';

const at = (step: number | null, alpha0: number, more: Partial<MadeSample> = {}): RunResult => ({
  step,
  result: makeResult([0, 0.01, 0.02].map((extra) => ({ alpha0: alpha0 + extra, width: 0.5, ...more }))),
});
/** Its counts of neighbors grow more slowly farther away. */
function bent({ step, result }: RunResult): RunResult {
  const octaves = [
    { from: 10, to: 20, slope: 2 },
    { from: 40, to: 80, slope: 0.5 },
  ];
  const samples = result.samples.map((sample) => ({ ...sample, fit: { octaves, ratio: 4 } }));
  return { step, result: { ...result, samples, summary: summarize(samples) } };
}

const results = [at(0, 1), at(10, 0.9), at(20, 0.8)];

function series(change: Partial<SeriesInput> = {}): RunSeries {
  return runSeries({
    run: { name: 'run', path: '/runs/run', orderedBy: 'step' },
    results,
    baseline: { kind: 'first' },
    reference: change.results?.[0] ?? results[0]!,
    from: 'alpha0',
    ...change,
  });
}

describe('a series', () => {
  it('is valid, in the order of the run, with E = 0 at its baseline', () => {
    const made = series();
    expect(v.safeParse(runSeriesSchema, JSON.parse(JSON.stringify(made))).issues).toBeUndefined();
    expect(made.points.map(({ step }) => step)).toEqual([0, 10, 20]);
    expect(made.points[0]!.emergence).toMatchObject({ value: 0, ci95: [0, 0], reason: null });
    expect(made.baseline).toMatchObject({
      kind: 'first',
      step: 0,
      point: { alpha0: made.points[0]!.alpha0 },
    });
    expect(made.warnings).toEqual([]);
  });

  it('gives every point the step that the run knows', () => {
    expect(series().points.map(({ checkpoint }) => checkpoint.step)).toEqual([0, 10, 20]);
  });

  it('compares with any step', () => {
    const made = series({ baseline: { kind: 'step', step: 10 }, reference: results[1]! });
    expect(made.points.map(({ emergence }) => Math.sign(emergence.value!))).toEqual([-1, 0, 1]);
    expect(made.baseline).toMatchObject({ kind: 'step', step: 10 });
  });

  it('has no E where the baseline could not be analyzed, and says so', () => {
    const made = series({ baseline: { kind: 'step', step: 10 }, reference: null });
    expect(made.baseline).toEqual({ kind: 'step', step: 10, point: null });
    expect(made.points.map(({ emergence }) => emergence)).toMatchObject(
      [0, 1, 2].map(() => ({ value: null, ci95: null, reason: { code: 'baseline-missing' } })),
    );
  });

  it('labels a synthetic step 0', () => {
    const weights = { kind: 'init', source: 'some initializer' };
    const reference = {
      step: 0,
      result: makeResult([{ alpha0: 1, width: 0.5 }], { checkpoint: { weights } }),
    };
    const made = series({ baseline: { kind: 'init' }, reference });
    expect(made.baseline.point?.checkpoint.weights).toEqual(weights);
    expect(made.warnings).toContainEqual({ code: 'drawn-baseline', ...weights });
  });
});

describe('warnings', () => {
  it.each<[string, Partial<SeriesInput>, RegExp]>([
    [
      'order by time',
      { run: { name: 'run', path: '/runs/run', orderedBy: 'time' } },
      /sorted by modification time/,
    ],
    ['kept share', { results: [at(0, 1), at(10, 1, { dropped: 51 })] }, /from 94\.9\u202f% to 100\u202f%/],
    [
      'rough scaling',
      { results: [at(0, 1), bent(at(10, 1))] },
      /at 1 of 2 checkpoints: not a power law: local exponent 2\.0 near r = 14, 0\.50 near r = 57/,
    ],
    [
      'settings',
      {
        results: [
          at(0, 1),
          { step: 1, result: makeResult([{ alpha0: 1, width: 1 }], { settings: { neurons: 8 } }) },
        ],
      },
      /differ from those of the first checkpoint in 1 of 2/,
    ],
    [
      'other samples',
      {
        results: [
          at(0, 1),
          {
            step: 10,
            result: makeResult([0, 1, 2].map((i) => ({ alpha0: 1, width: 0.5, filtered: i === 1 }))),
          },
          at(20, 1, { filtered: true, dropped: 900 }),
        ],
      },
      /keep other samples than the baseline: 1 of 3.* E uses only the samples that both keep/,
    ],
  ])('tell of %s', (_, change, words) => {
    const { warnings } = series(change);
    expect(warnings.filter((warning) => words.test(factText(warning)))).toHaveLength(1);
  });

  it('take a share that differs by 5 points as it is', () => {
    expect(series({ results: [at(0, 1), at(10, 1, { dropped: 50 })] }).warnings).toEqual([]);
  });

  it('look at the baseline too, even where it is no point of the series', () => {
    const reference = at(0, 1, { dropped: 400 });
    expect(
      series({ baseline: { kind: 'init' }, reference })
        .warnings.map((warning) => factText(warning))
        .join(),
    ).toMatch(/from 60\u202f% to 100\u202f%/);
  });
});

describe('numbers near the ends of their range, as an imported file may have them', () => {
  const LARGE = [1e308, -1e308, 1.7e308, 5e-324, 0];

  /** Changes the numbers of a sample and the means that are told of them. */
  function extreme(now: number, sample: number): RunResult {
    const { result } = at(10, 0.9);
    Object.assign(result.samples[1]!, { alpha0: sample, alpha0Exact: sample, width: sample });
    for (const each of result.samples) {
      each.alpha = each.alpha.map(() => sample);
      each.f = each.f.map(() => sample);
    }
    const told = { mean: now, sd: now, ci95: [-now, now] as [number, number] };
    Object.assign(result.summary, {
      alpha0: told,
      alpha0Exact: told,
      width: told,
      nodesKept: now,
      r2Min: now,
    });
    return { step: 10, result };
  }

  it.each(LARGE)('make series and spectra of finite numbers: %s', (value) => {
    for (const other of LARGE) {
      const [baseline, point] = [extreme(other, value), extreme(value, other)];
      for (const from of ['alpha0', 'exact'] as const) {
        const made = series({ results: [baseline, point], reference: baseline, from });
        expect(
          v.safeParse(runSeriesSchema, made).issues?.map((issue) => v.getDotPath(issue)),
        ).toBeUndefined();
      }
      const { alpha, f } = meanSpectrum(point.result);
      expect([...alpha, ...f].every((each) => Number.isFinite(each))).toBe(true);
    }
  });
});
