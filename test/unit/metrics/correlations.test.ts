import { describe, expect, it } from 'vitest';
import { acrossRuns, correlationsOf } from '../../../src/core/metrics/correlations';
import { metricsAt } from '../../../src/core/metrics/runMetrics';
import { runSeries } from '../../../src/core/emergence/runSeries';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { standardNormal } from '../../../src/core/stats/normal';
import type { Metrics } from '../../../src/protocol/metrics';
import { acrossSentence, metricSentences } from '../../../src/protocol/metricWords';
import type { RunSeries } from '../../../src/protocol/run';
import { makeResult } from '../support/results';

/** A series whose samples have these α₀ and w. */
function series(
  rows: readonly (readonly [step: number | null, alpha0: number, width: number])[],
  name = 'run',
): RunSeries {
  const results = rows.map(([step, alpha0, width]) => ({
    step,
    result: makeResult([0, 0.001, 0.002].map((more) => ({ alpha0: alpha0 + more, width }))),
  }));
  return runSeries({
    run: { name, path: `/runs/${name}`, orderedBy: 'step' },
    results,
    baseline: { kind: 'first' },
    reference: results[0]!,
    from: 'alpha0',
  });
}

const metric = (name: string, values: (number | null)[]): Metrics => ({
  files: [],
  values: [{ name, values }],
});

/**
 * E, α₀ and w of all 18 checkpoints of the sample run with the settings of the paper, and its validation loss; SciPy and NumPy give
 * with −loss: E .804 / .961 / .882, differences −.23, 0.3 effective pairs; ln(1 + step) .975 / 1 / 1, differences +.59.
 */
const NEOX: readonly (readonly [number, number, number, number])[] = [
  [0, 0, 0.9743974440123626, 5.726511001586914],
  [1, 4.936384971589698e-6, 0.9743926348909516, 5.6866146723429365],
  [2, 2.5269580419693016e-6, 0.9743949803274747, 5.608680884043376],
  [4, 1.1560293741861927e-5, 0.9743861843019539, 5.355024019877116],
  [8, -6.646778624533923e-5, 0.97446215280024, 4.721566041310628],
  [16, 1.7471949471893976e-5, 0.9743804248000861, 4.008046388626099],
  [32, 0.0004226392134270246, 0.9739832965129015, 3.3181782563527427],
  [64, 0.0014932544583749917, 0.972934060143668, 2.581899563471476],
  [128, 0.008948042742009889, 0.965659120855707, 2.2710160414377847],
  [256, 0.021165195881407067, 0.9530239561722273, 2.0316532055536904],
  [512, 0.04496233811803043, 0.9273689657313788, 1.840010126431783],
  [1000, 0.06673898221439341, 0.8998367571441834, 1.6863905191421509],
  [1500, 0.08437156681580228, 0.880609128033667, 1.5685726404190063],
  [2000, 0.1014436036584937, 0.8646844234670965, 1.4753527243932087],
  [2500, 0.10127186647311345, 0.8661619343759549, 1.3922436634699504],
  [3000, 0.10409452175245398, 0.8649779310577312, 1.3430176575978596],
  [3500, 0.10512053250396454, 0.8650942694329642, 1.3084158102671306],
  [4000, 0.10130482725075937, 0.8689471227894611, 1.2926098903020222],
];

describe('correlations within a run', () => {
  it('are those of the sample run', () => {
    const run = series(NEOX.map(([step]) => [step, 1, 1]));
    const points = run.points.map((point, i) => ({
      ...point,
      emergence: { ...point.emergence, value: NEOX[i]![1] },
      alpha0: { mean: NEOX[i]![2], sd: null, ci95: null },
    }));
    const all = correlationsOf(
      points,
      metric(
        'val_loss',
        NEOX.map((row) => row[3]),
      ),
    );
    const [e, , , log] = all;
    expect(all.map(({ figure }) => figure)).toEqual(['emergence', 'alpha0', 'width', 'logStep']);
    expect(e).toMatchObject({ metric: 'val_loss', n: 18 });
    expect(e!.pearson).toBeCloseTo(-0.804135005719022, 10);
    expect(e!.spearman).toBeCloseTo(-0.9607843137254902, 10);
    expect(e!.kendall).toBeCloseTo(-0.8823529411764707, 10);
    expect(e!.differences).toBeCloseTo(0.22636832003595928, 10);
    expect(e!.nEff).toBeCloseTo(0.26159096269102244, 8);
    expect(log!.pearson).toBeCloseTo(-0.9750467845193741, 10);
    expect([log!.spearman, log!.kendall]).toEqual([-1, -1]);
    expect(log!.differences).toBeCloseTo(-0.5871987053585078, 10);
    expect(metricSentences(all)).toEqual([
      'log(step) follows val_loss at least as well as E (0.975 against 0.804).',
    ]);
  });

  it('take the same checkpoints for every figure', () => {
    const run = series([
      [0, 1, 0.5],
      [10, 0.9, 0.5],
      [20, 0.8, 0.6],
      [null, 0.7, 0.6],
      [40, 0.6, 0.7],
      [50, 0.5, 0.9],
    ]);
    const all = correlationsOf(run.points, metric('loss', [3, null, 2, 1.5, 1, 0.5]));
    expect(all).toHaveLength(4);
    for (const row of all) expect(row).toMatchObject({ n: 4 });
  });

  it('are none of counts of tokens, which go with steps whatever is learned', () => {
    const run = series([0, 10, 20, 30].map((step) => [step, 1 - step / 100, 0.5]));
    for (const name of ['tokens', 'train/num_input_tokens_seen', 'consumed_tokens'])
      expect(correlationsOf(run.points, metric(name, [0, 1, 2, 3]))).toEqual([]);
    expect(correlationsOf(run.points, metric('tokens_per_second', [3, 1, 2, 0]))).not.toEqual([]);
  });

  it('are none of two checkpoints, nor of a metric that does not vary', () => {
    const run = series([
      [0, 1, 0.5],
      [10, 0.9, 0.5],
      [20, 0.8, 0.6],
    ]);
    for (const values of [
      [1, 2, null],
      [2, 2, 2],
    ]) {
      for (const row of correlationsOf(run.points, metric('loss', values))) {
        expect(row).toMatchObject({ pearson: null, spearman: null, kendall: null, differences: null });
      }
    }
    expect(metricSentences(correlationsOf(run.points, metric('loss', [2, 2, 2])))).toEqual([]);
  });

  it('claim nothing of independent trends', () => {
    const normal = standardNormal(new Mt19937(7));
    const walk = (n: number): number[] => {
      let at = 0;
      return Array.from({ length: n }, () => (at += 0.5 + normal()));
    };
    for (let trial = 0; trial < 50; trial++) {
      const [a, w] = [walk(18), walk(18)];
      const run = series(a.map((value, i) => [10 * i, 2 - value / 100, 0.5 + w[i]! / 1000]));
      const all = correlationsOf(run.points, metric('loss', walk(18)));
      for (const row of all) {
        expect(Object.keys(row).sort()).toEqual(
          ['differences', 'figure', 'kendall', 'metric', 'n', 'nEff', 'pearson', 'spearman'].sort(),
        );
      }
      const [sentence, ...others] = metricSentences(all);
      expect(others).toEqual([]);
      expect(sentence).toMatch(/log\(step\) follows loss at least as well|says nothing of a relation/);
    }
  });
});

describe('correlations across runs', () => {
  const runs = (count: number): RunSeries[] =>
    Array.from({ length: count }, (_, i) => {
      const run = series(
        [
          [0, 1, 0.5],
          [100, 0.9 - i / 100, 0.5],
        ],
        `r${i}`,
      );
      return { ...run, metrics: metric('loss', [5, 3 - i / 10 + (i === 2 ? 0.25 : 0)]) };
    });

  it('have intervals of five runs or more, at the last step that they share', () => {
    const across = acrossRuns(runs(6))!;
    expect(across).toMatchObject({ step: 100, runs: ['r0', 'r1', 'r2', 'r3', 'r4', 'r5'] });
    expect(across.correlations.map(({ figure }) => figure)).toEqual(['emergence', 'alpha0', 'width']);
    const alpha0 = across.correlations[1]!;
    expect(alpha0.pearson.value).toBeCloseTo(0.8927095509654219, 8);
    expect(alpha0.pearson.ci95![0]).toBeGreaterThan(0);
    expect(alpha0.pearson.ci95![1]).toBeLessThan(1);
    expect(alpha0.kendall.p).toBeCloseTo(40 / 720, 12);
    // w does not vary.
    expect(across.correlations[2]).toMatchObject({
      pearson: { value: null, ci95: null },
      kendall: { value: null, p: null },
    });
    const same = { value: null, ci95: null };
    const equal = across.correlations.map((each) => ({ ...each, pearson: same }));
    expect(acrossSentence({ ...across, correlations: equal })).toContain('there is no interval');
    expect(acrossSentence(across)).toBe(
      '6 runs at step 100: 2 of 2 intervals of Pearson’s correlation leave out 0; one in twenty does by chance.',
    );
  });

  it('are none of four', () => {
    expect(acrossRuns(runs(4))).toBeNull();
    expect(acrossRuns([...runs(4), series([[7, 1, 1]], 'other')])).toBeNull();
  });
});

describe('metrics of several files', () => {
  it('are called by their file where names repeat, and joined where files go on in one another', () => {
    const log = (format: 'csv' | 'lm-eval', values: [number, number][]) => ({
      format,
      metrics: new Map([['loss', new Map(values)]]),
    });
    const { files, values } = metricsAt(
      { path: '/runs/r' },
      [
        { path: '/runs/r/a.csv', log: log('csv', [[1, 2]]) },
        { path: '/runs/r/b.csv', log: log('csv', [[2, 3]]) },
      ],
      [1, 2, null],
    );
    expect(files).toHaveLength(2);
    expect(values).toEqual([
      { name: 'loss (a.csv)', values: [2, null, null] },
      { name: 'loss (b.csv)', values: [null, 3, null] },
    ]);
    const joined = metricsAt(
      { path: '/runs/r' },
      [
        { path: '/runs/r/1.json', log: log('lm-eval', [[1, 2]]) },
        { path: '/runs/r/evals/2.json', log: log('lm-eval', [[2, 3]]) },
      ],
      [1, 2],
    );
    expect(joined.values).toEqual([{ name: 'loss', values: [2, 3] }]);
  });
});
