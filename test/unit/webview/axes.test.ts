import { describe, expect, it } from 'vitest';
import { runFixture, type RunOptions } from '../../preview/runFixtures';
import { shownRuns, type ShownRun } from '../../../webview/data/shownRuns';
import type { FigureDataset } from '../../../webview/figures/figure';
import { smoothed } from '../../../webview/figures/overTraining';
import {
  axisProblem,
  courseAxis,
  stepAxis,
  type AxisKind,
  type Course,
} from '../../../webview/figures/stepAxis';
import { seriesStyle } from '../../../webview/figures/styles';
import { DEFAULT_RUN_CHOICES, runFigures } from '../../../webview/runs/views';
import { LIGHT } from '../../../webview/theme';

const shown = (...options: RunOptions[]): ShownRun[] =>
  shownRuns(
    options.map((each) => runFixture(each)),
    (index) => seriesStyle(index, LIGHT),
  );

/** A run whose points tell more than their steps. */
function counted(
  run: ShownRun,
  { epochs, tokens, log, metric }: Record<string, (number | null)[]>,
): ShownRun {
  const points = run.series.points.map((point, index) => ({
    ...point,
    ...(epochs?.[index] != null && { epoch: epochs[index] }),
    ...(tokens?.[index] != null && { tokens: tokens[index] }),
  }));
  const metrics = {
    files: [],
    values: [
      { name: 'loss', values: points.map(() => 1) },
      ...(metric ? [{ name: 'train/num_input_tokens_seen', values: metric }] : []),
    ],
    ...(log && { epochs: log }),
  };
  return { ...run, series: { ...run.series, points, metrics } };
}

const places = (kind: AxisKind, run: ShownRun, runs: readonly ShownRun[] = [run]): number[] => {
  const axis = stepAxis(kind, runs);
  return run.series.points.map((_, index) => axis.place(run, index));
};

describe('axes over training', () => {
  it('count the share of training by the last checkpoint of each run, and say so', () => {
    const [short, long] = shown({ steps: [0, 100, 400] }, { name: 'long', steps: [0, 1000, 4000] });
    const runs = [short!, long!];
    expect(places('percent', short!, runs)).toEqual([0, 25, 100]);
    expect(places('percent', long!, runs)).toEqual([0, 25, 100]);
    expect(stepAxis('percent', runs).note).toMatch(/100 % is the last checkpoint/);
  });

  it('count epochs as a log tells them, else as names do', () => {
    const [run] = shown({ steps: [0, 100, 400] });
    expect(places('epoch', counted(run!, { epochs: [0, 1, 4] }))).toEqual([0, 1, 4]);
    expect(places('epoch', counted(run!, { epochs: [0, 1, 4], log: [null, 1.5, 4.5] }))).toEqual([
      0, 1.5, 4.5,
    ]);
  });

  it('count epochs of runs without steps', () => {
    const [run] = shown({ steps: [null, null, null] });
    expect(places('epoch', counted(run!, { epochs: [1, 2, 3] }))).toEqual([1, 2, 3]);
  });

  it('count tokens as a metric or names tell them', () => {
    const [run] = shown({ steps: [0, 100, 400] });
    expect(places('tokens', counted(run!, { tokens: [0, 2e9, 8e9] }))).toEqual([0, 2e9, 8e9]);
    const logged = counted(run!, { metric: [0, 5000, 20_000] });
    expect(places('tokens', logged)).toEqual([0, 5000, 20_000]);
    const { min, max, ticks } = stepAxis('tokens', [logged]);
    expect(ticks!(min, max).map(({ value }) => value)).toEqual([0, 5000, 10_000, 15_000, 20_000]);
  });

  it('take no metric for a count of tokens that is a rate, or goes back', () => {
    const [run] = shown({ steps: [0, 100, 400] });
    const { series } = counted(run!, { metric: [0, 5000, 20_000] });
    const named = (name: string, values: number[]): ShownRun => ({
      ...run!,
      series: { ...series, metrics: { files: [], values: [{ name, values }] } },
    });
    for (const name of ['tokens_per_second', 'eval/tokens_per_s', 'bad_tokens_ratio'])
      expect(axisProblem('tokens', [named(name, [0, 5, 10])])).not.toBeNull();
    expect(axisProblem('tokens', [named('num_tokens', [0, 10, 5])])).not.toBeNull();
    expect(axisProblem('tokens', [named('num_tokens', [0, 5, 10])])).toBeNull();
  });

  it('are refused with a reason that names the run, and steps stand in their place', () => {
    const [known, unknown] = shown({ steps: [0, 100] }, { name: 'unknown', steps: [0, 100] });
    const runs = [counted(known!, { epochs: [0, 1] }), unknown!];
    expect(axisProblem('epoch', [runs[0]!])).toBeNull();
    expect(axisProblem('epoch', runs)).toBe('not known of unknown');
    expect(places('epoch', unknown!, runs)).toEqual([0, 100]);
    expect(axisProblem('percent', shown({ steps: [null, null] }))).toMatch(/not known/);
    expect(axisProblem('log', shown({ steps: [null, null] }))).toMatch(/steps/);
    expect(axisProblem('log', shown({ steps: [0, 100] }))).toMatch(/two steps/);
    // Half of the epochs is not enough.
    expect(axisProblem('epoch', [counted(known!, { epochs: [0, null] })])).not.toBeNull();
  });
});

describe('smoothing', () => {
  it('weighs neighbors 1:2:1, and leaves gaps', () => {
    expect(smoothed([0, 4, 0, 4])).toEqual([4 / 3, 2, 2, 8 / 3]);
    expect(smoothed([1, null, 4, 1])).toEqual([1, null, 3, 2]);
    expect(smoothed([7])).toEqual([7]);
  });

  it('is off at first; where it is on the caption says so, and markers and bands stay', () => {
    const runs = shown({ steps: [0, 1, 2, 4, 8, 16] });
    const drawn = (smooth: boolean) => {
      const [figure] = runFigures('trends', runs, { ...DEFAULT_RUN_CHOICES, smooth }, LIGHT);
      return { figure: figure!, datasets: figure!.config.data.datasets as FigureDataset[] };
    };
    expect(DEFAULT_RUN_CHOICES.smooth).toBe(false);
    const [plain, smooth] = [drawn(false), drawn(true)];
    expect(plain.figure.caption).not.toMatch(/smoothed/);
    expect(smooth.figure.caption).toMatch(/Lines are smoothed: .*1:2:1/);
    const marks = smooth.datasets.find(({ guide }) => !guide)!;
    expect(marks.showLine).toBe(false);
    expect(marks.data).toEqual(plain.datasets.find(({ guide }) => !guide)!.data);
    const band = (of: FigureDataset[]) => of.find(({ fill }) => fill === 'shape')!.data;
    expect(band(smooth.datasets)).toEqual(band(plain.datasets));
    const line = smooth.datasets.find(({ guide, fill }) => guide && !fill)!;
    expect(line.data.map(({ y }) => y)).toEqual(smoothed(marks.data.map(({ y }) => y)));
  });
});

describe('axes of two runs at the steps that both have', () => {
  const course = (id: string, lastStep: number, tokens: readonly (number | null)[] = []): Course => ({
    ...{ id, name: id },
    series: { points: [0, 100, 400].map((step, i) => ({ step, tokens: tokens[i] ?? null })), lastStep },
  });
  const [short, long] = [course('short', 400, [0, 1e6, 4e6]), course('long', 1000, [0, 2e6, 8e6])];
  const placesOf = (kind: AxisKind, ...courses: Course[]): number[][] => {
    const axis = courseAxis(kind, courses);
    return courses.map((each) => each.series.points.map((_, index) => axis.place(each, index)));
  };

  it('count the share of the training of each, which may go on after these steps', () => {
    expect(placesOf('percent', short, long)).toEqual([
      [0, 25, 100],
      [0, 10, 40],
    ]);
  });

  it('count tokens where both know them, and steps otherwise', () => {
    expect(placesOf('tokens', short, long)).toEqual([
      [0, 1e6, 4e6],
      [0, 2e6, 8e6],
    ]);
    const untold = course('untold', 400);
    expect(axisProblem('tokens', [short, untold])).toBe('not known of untold');
    expect(placesOf('tokens', short, untold)[1]).toEqual([0, 100, 400]);
  });

  it('count steps logarithmically, with a break before step 0', () => {
    const axis = courseAxis('log', [short, long]);
    expect(axis.place(short, 2)).toBeCloseTo(Math.log10(400));
    expect(axis.place(long, 0)).toBeLessThan(axis.gap!);
  });
});
