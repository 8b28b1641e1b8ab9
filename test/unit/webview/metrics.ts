/** Runs with a made-up loss, known everywhere but at the second checkpoint, and the rows of its correlations. */
import { METRIC_FIGURES } from '../../../src/protocol/metrics';
import type { ShownRun } from '../../../webview/data/shownRuns';

export const withMetrics = (runs: readonly ShownRun[]): ShownRun[] =>
  runs.map((run, r) => ({
    ...run,
    series: {
      ...run.series,
      metrics: {
        files: [{ path: `${run.series.run.path}/metrics.csv`, format: 'csv' }],
        values: [
          { name: 'val/loss', values: run.series.points.map((_, i) => (i === 1 ? null : 4 - i - r / 4)) },
        ],
      },
      correlations: METRIC_FIGURES.filter((figure) => figure !== 'beyondWidth').map((figure) => ({
        metric: 'val/loss',
        figure,
        n: 3,
        pearson: figure === 'logStep' ? -0.95 : -0.9,
        spearman: -1,
        kendall: -1,
        differences: null,
        nEff: null,
      })),
    },
  }));
