import { expect, it } from 'vitest';
import { ACROSS_SCHEMA, type AcrossRuns } from '../../../src/protocol/metrics';
import { shownRuns } from '../../../webview/data/shownRuns';
import { metricFigures, metricNames } from '../../../webview/figures/againstMetrics';
import { emergenceFigure } from '../../../webview/figures/emergence';
import { stepAxis } from '../../../webview/figures/stepAxis';
import { seriesStyle } from '../../../webview/figures/styles';
import { acrossForReaders, acrossTable, correlationsTable } from '../../../webview/tables/metrics';
import { LIGHT } from '../../../webview/theme';
import { acrossLine, metricLines } from '../../../webview/words/metrics';
import { runFixture } from '../../preview/runFixtures';
import { withMetrics } from './metrics';

const plain = shownRuns(
  [runFixture({ steps: [0, 64, 1000, 4000] }), runFixture({ name: 'b', steps: [0, 64, 1000, 4000] })],
  (index) => seriesStyle(index, LIGHT),
);
const runs = withMetrics(plain);

it('draws E against a metric where both are known, in the order of training', () => {
  const [figure, ...others] = metricFigures(runs, LIGHT);
  expect(others).toEqual([]);
  expect(figure!.title).toBe('E against val/loss');
  expect(figure!.config.data.datasets.map(({ data }) => data.map(({ x }) => x))).toEqual([
    [4, 2, 1],
    [3.75, 1.75, 0.75],
  ]);
  expect(figure!.config.data.datasets[0]!.data[1]!.hover).toMatch(/^step 1,000\nval\/loss = 2\.000\nE = /);
});

it('draws α₀ where there is no E, and nothing where there are no metrics', () => {
  const without = runs.map((run) => ({
    ...run,
    series: {
      ...run.series,
      points: run.series.points.map((point) => ({
        ...point,
        emergence: { ...point.emergence, value: null },
      })),
    },
  }));
  expect(metricFigures(without, LIGHT)[0]!.title).toBe('α₀ against val/loss');
  expect(metricNames(plain)).toEqual([]);
  expect(metricFigures(plain, LIGHT)).toEqual([]);
  expect(metricLines(plain)).toEqual([]);
});

it('says of each run what log(step) is to the metric, and why that is no evidence', () => {
  expect(metricLines(runs)).toEqual([
    `${runs[0]!.name}: log(step) follows val/loss at least as well as E (0.950 against 0.900).`,
    `${runs[1]!.name}: log(step) follows val/loss at least as well as E (0.950 against 0.900).`,
    expect.stringContaining('Within one run these are no evidence') as string,
  ]);
});

it('has a row for each metric and figure of each run', () => {
  const { columns, rows } = correlationsTable(runs);
  expect(rows).toHaveLength(8);
  expect(rows.every((row) => row.length === columns.length)).toBe(true);
  expect(rows[0]!.slice(1, 5)).toEqual(['val/loss', 'E', 3, -0.9]);
});

it('says of many runs the first few, and that the table has the rest', () => {
  const many = withMetrics(
    shownRuns(
      Array.from({ length: 8 }, (_, i) => runFixture({ name: `seed-${i}`, steps: [0, 64, 1000, 4000] })),
      (index) => seriesStyle(index, LIGHT),
    ),
  );
  const lines = metricLines(many);
  expect(lines).toHaveLength(8);
  expect(lines[6]).toBe('2 more are in the table.');
  expect(lines[7]).toMatch(/^Within one run these are no evidence/);
});

it('has intervals across runs', () => {
  const across: AcrossRuns = {
    schema: ACROSS_SCHEMA,
    step: 4000,
    runs: ['a', 'b', 'c', 'd', 'e'],
    correlations: [
      {
        metric: 'val/loss',
        figure: 'emergence',
        n: 5,
        pearson: { value: -0.9, ci95: [-0.99, -0.1] },
        spearman: { value: -1, ci95: null },
        kendall: { value: -1, p: 0.0167 },
      },
    ],
  };
  const { columns, rows } = acrossTable(across);
  expect(rows).toEqual([['val/loss', 'E', 5, -0.9, -0.99, -0.1, -1, null, null, -1, 0.0167]]);
  expect(columns).toHaveLength(rows[0]!.length);
  expect(acrossForReaders(across).rows).toEqual([
    ['val/loss', 'E', 5, '−0.900 [−0.990, −0.100]', '−1.000', '−1.000 (0.017)'],
  ]);
  expect(acrossLine(across)).toBe(
    '5 runs at step 4,000: 1 of 1 intervals of Pearson’s correlation leave out 0; one in twenty does by chance.',
  );
});

it('draws a metric over training on an axis of its own, with gaps where it is unknown', () => {
  const axis = stepAxis('linear', runs);
  const plainFigure = emergenceFigure(runs, axis, LIGHT);
  const { config, caption } = emergenceFigure(runs, axis, LIGHT, { beside: 'val/loss', smooth: false });
  const own = config.data.datasets.filter(({ yAxisID }) => yAxisID === 'beside');
  expect(own.map(({ label, data }) => [label, data.map(({ x, y }) => [x, y])])).toEqual([
    [
      `${runs[0]!.name}: val/loss`,
      [
        [0, 4],
        [1000, 2],
        [4000, 1],
      ],
    ],
    [
      `${runs[1]!.name}: val/loss`,
      [
        [0, 3.75],
        [1000, 1.75],
        [4000, 0.75],
      ],
    ],
  ]);
  expect(config.data.datasets.filter(({ yAxisID }) => !yAxisID)).toHaveLength(
    plainFigure.config.data.datasets.length,
  );
  expect(config.options?.scales?.['beside']).toMatchObject({
    position: 'right',
    title: { text: 'val/loss' },
  });
  expect(caption).toContain('val/loss');
  expect(plainFigure.config.options?.scales).not.toHaveProperty('beside');
  const without = emergenceFigure(runs, axis, LIGHT, { beside: 'no such metric', smooth: false });
  expect(without.config.options?.scales).not.toHaveProperty('beside');
});
