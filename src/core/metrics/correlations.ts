/** Correlations of a run's metrics with α₀, w and E, and across several runs at one step. */
import {
  ACROSS_SCHEMA,
  METRIC_FIGURES,
  TOKEN_COUNT,
  type AcrossCorrelation,
  type AcrossRuns,
  type Correlation,
  type MetricFigure,
  type Metrics,
} from '../../protocol/metrics';
import type { RunPoint, RunSeries } from '../../protocol/run';
import { fisherInterval, kendallP } from '../stats/acrossRuns';
import { differences, effectiveLength, kendall, pearson, spearman } from '../stats/association';

const FIGURES: Readonly<Record<MetricFigure, (point: RunPoint) => number | null>> = {
  emergence: ({ emergence }) => emergence.value,
  alpha0: ({ alpha0 }) => alpha0.mean,
  width: ({ width }) => width.mean,
  beyondWidth: ({ beyond }) => beyond?.width.value ?? null,
  logStep: ({ step }) => (step === null ? null : Math.log1p(step)),
};

/**
 * A row for every metric and figure, over the checkpoints at which all of them are known, so that rows are comparable.
 */
export function correlationsOf(points: readonly RunPoint[], { values }: Metrics): Correlation[] {
  const known = METRIC_FIGURES.filter((figure) => points.some((point) => FIGURES[figure](point) !== null));
  const figures = points.map((point) => known.map((figure) => FIGURES[figure](point)));
  return values.flatMap(({ name, values: metric }) => {
    if (TOKEN_COUNT.test(name)) return [];
    const rows = points.flatMap((_, i) =>
      metric[i] != null && figures[i]!.every((value) => value !== null) ? [i] : [],
    );
    const y = rows.map((i) => metric[i]!);
    return known.map((figure, f): Correlation => {
      const x = rows.map((i) => figures[i]![f]!);
      return {
        metric: name,
        figure,
        n: rows.length,
        pearson: pearson(x, y),
        spearman: spearman(x, y),
        kendall: kendall(x, y),
        differences: differences(x, y),
        nEff: effectiveLength(x, y),
      };
    });
  });
}

/** With fewer runs, a correlation says almost nothing about other runs. */
export const MIN_RUNS = 5;
const SPEARMAN_VARIANCE = 1.06;

/**
 * Correlations at the last step that at least {@link MIN_RUNS} runs have; null where there is none, or no shared
 * metric.
 * @param most largest number of metrics.
 */
export function acrossRuns(all: readonly RunSeries[], most = Infinity): AcrossRuns | null {
  const counts = new Map<number, number>();
  for (const { points } of all) {
    for (const step of new Set(points.map((point) => point.step))) {
      if (step !== null) counts.set(step, (counts.get(step) ?? 0) + 1);
    }
  }
  const shared = [...counts].flatMap(([step, runs]) => (runs >= MIN_RUNS ? [step] : []));
  const step = shared.reduce<number | null>((last, each) => Math.max(last ?? each, each), null);
  if (step === null) return null;
  const places = all.flatMap((series) => {
    const at = series.points.findIndex((point) => point.step === step);
    return at < 0 ? [] : [{ series, at }];
  });
  const names = new Set(places.flatMap(({ series }) => series.metrics?.values.map(({ name }) => name) ?? []));
  const compared = [...names].filter((name) => !TOKEN_COUNT.test(name)).slice(0, most);
  const correlations = compared.flatMap((metric) =>
    METRIC_FIGURES.filter((figure) => figure !== 'logStep').flatMap((figure) => {
      const pairs = places.flatMap(({ series, at }) => {
        const y = series.metrics?.values.find(({ name }) => name === metric)?.values[at];
        const x = FIGURES[figure](series.points[at]!);
        return y == null || x === null ? [] : [{ x, y }];
      });
      return pairs.length < MIN_RUNS ? [] : [acrossOne(metric, figure, pairs)];
    }),
  );
  if (correlations.length === 0) return null;
  return { schema: ACROSS_SCHEMA, step, runs: places.map(({ series }) => series.run.name), correlations };
}

function acrossOne(
  metric: string,
  figure: MetricFigure,
  pairs: readonly { x: number; y: number }[],
): AcrossCorrelation {
  const [x, y] = [pairs.map((pair) => pair.x), pairs.map((pair) => pair.y)];
  const n = pairs.length;
  const [r, rho, tau] = [pearson(x, y), spearman(x, y), kendall(x, y)];
  return {
    metric,
    figure,
    n,
    pearson: { value: r, ci95: r === null ? null : fisherInterval(r, n) },
    spearman: { value: rho, ci95: rho === null ? null : fisherInterval(rho, n, SPEARMAN_VARIANCE) },
    kendall: { value: tau, p: tau === null ? null : kendallP(x, y, tau) },
  };
}
