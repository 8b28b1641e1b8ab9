/** Checkpoints of one run that hold the same weights: points of it, analyzed once, and without an E. */
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { makeSettings } from '../../../src/core/analysis/settings';
import { checkpointName } from '../../../src/core/checkpoint/name';
import { analyzeRun, type AnalyzedRun, type RunChoices } from '../../../src/core/emergence/analyzeRun';
import { lastCompared } from '../../../src/core/emergence/specify';
import { factText } from '../../../src/protocol/factWords';
import { runSeriesSchema, type BaselineChoice } from '../../../src/protocol/run';
import { makeResult } from '../support/results';

const SAME = ['step0', 'step1', 'step3'];
const CHECKPOINTS = [
  { path: 'hf://lab/r@step0/model.safetensors', step: 0, sameAs: SAME },
  {
    path: 'hf://lab/r@step1/model.safetensors',
    step: 1,
    sameAs: SAME,
    resultOf: 'hf://lab/r@step0/model.safetensors',
  },
  { path: 'hf://lab/r@step2/model.safetensors', step: 2 },
  // Of another configuration.
  { path: 'hf://lab/r@step3/model.safetensors', step: 3, sameAs: SAME },
  { path: 'hf://lab/r@step4/model.safetensors', step: 4 },
];
const ALPHAS = new Map(CHECKPOINTS.map(({ path }, i) => [path, 1 - 0.1 * i]));

async function analyzed(
  change: Partial<RunChoices> = {},
  checkpoints: typeof CHECKPOINTS = CHECKPOINTS,
): Promise<AnalyzedRun & { asked: string[] }> {
  const asked: string[] = [];
  const found = await analyzeRun(
    { name: 'r', path: 'hf://r', orderedBy: 'step', checkpoints },
    {
      ...{ baseline: { kind: 'first' }, emergenceFrom: 'alpha0', radii: 'observed', population: 'all' },
      ...change,
    },
    makeSettings({ samples: 3 }),
    ({ path }) => {
      asked.push(path);
      const made = makeResult(
        [0, 0.01, 0.02].map((extra) => ({ alpha0: ALPHAS.get(path)! + extra, width: 0.5 })),
      );
      return Promise.resolve({
        ...made,
        checkpoint: { ...made.checkpoint, path, name: checkpointName(path) },
      });
    },
  );
  return { ...found!, asked };
}
const step = (of: number): BaselineChoice => ({ kind: 'step', step: of });

describe('checkpoints that hold the same weights', () => {
  it('are points with the numbers of one analysis, under their own names', async () => {
    const { series, asked } = await analyzed();
    expect(asked).toEqual([0, 2, 3, 4].map((of) => `hf://lab/r@step${of}/model.safetensors`));
    expect(series.points.map(({ checkpoint: { path, name }, step: of }) => [path, name, of])).toEqual(
      CHECKPOINTS.map(({ path, step: of }) => [path, `lab/r@step${of}`, of]),
    );
    expect(series.points[1]!.alpha0).toEqual(series.points[0]!.alpha0);
    expect(v.safeParse(runSeriesSchema, JSON.parse(JSON.stringify(series))).issues).toBeUndefined();
  });

  it('have no E and say why; the first of the others is the baseline, which is said', async () => {
    const { series } = await analyzed();
    expect(series.points.map(({ emergence: { value, reason } }) => [value === null, reason?.code])).toEqual([
      [true, 'identical-weights'],
      [true, 'identical-weights'],
      [false, undefined],
      [true, 'identical-weights'],
      [false, undefined],
    ]);
    expect(series.baseline).toMatchObject({ kind: 'first', step: 2 });
    expect(series.points[2]!.emergence.value).toBe(0);
    expect(series.warnings.map((fact) => factText(fact))).toEqual([
      '3 checkpoints hold the same weights (step0, step1, step3), and at most one of them can be from the step in its name',
      'E is relative to lab/r@step2: lab/r@step0, the first checkpoint, holds the same weights as others',
    ]);
    expect(lastCompared(series.points)?.step).toBe(4);
    expect(lastCompared(series.points.slice(0, 2))).toBeUndefined();
  });

  it('are no baseline without a word', async () => {
    const { series } = await analyzed({ baseline: step(1) });
    expect(series.baseline).toMatchObject({ step: 1, point: { checkpoint: { name: 'lab/r@step1' } } });
    expect(series.warnings.map((fact) => factText(fact))).toContain(
      'the baseline lab/r@step1 is one of 3 checkpoints that hold the same weights (step0, step1, step3): E may be relative to weights of another step',
    );
    expect(series.points.map(({ emergence }) => emergence.value === null)).toEqual([
      ...[true, true, false, true, false],
    ]);
  });

  it('have an E where that is wanted, and the first one is the baseline, with a word', async () => {
    const { series, asked } = await analyzed({ keepIdentical: true });
    expect(asked).toHaveLength(4);
    expect(series.points.every(({ emergence }) => emergence.value !== null)).toBe(true);
    expect(series.points.slice(0, 2).map(({ emergence }) => emergence.value)).toEqual([0, 0]);
    expect(series.baseline.step).toBe(0);
    expect(series.warnings.map(({ code }) => code)).toEqual(['identical-weights', 'identical-baseline']);
  });

  it('are all there is: points without E', async () => {
    const { series } = await analyzed({}, CHECKPOINTS.slice(0, 2));
    expect(series.points.map(({ emergence }) => emergence.reason?.code)).toEqual([
      ...['identical-weights', 'identical-weights'],
    ]);
    expect(series.warnings.map(({ code }) => code)).toEqual(['identical-weights', 'identical-baseline']);
  });
});
