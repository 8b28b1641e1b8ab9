/** Series of runs as one table of comma-separated values, a line per checkpoint at full precision. */
import type { Estimate } from '../protocol/analysis';
import { csvLine, type CsvCell } from '../protocol/csv';
import { factText } from '../protocol/factWords';
import type { Value } from '../protocol/nulls';
import type { RunPoint, RunSeries, Specification } from '../protocol/run';
import { specificationName } from '../protocol/specificationWords';
import { subsetName } from '../protocol/subset';
import { english } from '../protocol/translate';

type Column = [title: string, cell: (point: RunPoint, series: RunSeries) => CsvCell];

const estimate = (title: string, of: (point: RunPoint) => Estimate): Column[] => [
  [title, (point) => of(point).mean],
  [`${title}_sd`, (point) => of(point).sd],
  [`${title}_low`, (point) => of(point).ci95?.[0] ?? null],
  [`${title}_high`, (point) => of(point).ci95?.[1] ?? null],
];

const interval = (title: string, of: (point: RunPoint) => Value | undefined): Column[] => [
  [title, (point) => of(point)?.value ?? null],
  [`${title}_low`, (point) => of(point)?.ci95?.[0] ?? null],
  [`${title}_high`, (point) => of(point)?.ci95?.[1] ?? null],
];

const COLUMNS: readonly Column[] = [
  ['run', (_, { run }) => run.name],
  ['step', ({ step }) => step],
  ['checkpoint', ({ checkpoint }) => checkpoint.name],
  ['samples', ({ samplesKept }) => samplesKept],
  ...estimate('alpha0', ({ alpha0 }) => alpha0),
  ...estimate('alpha0_exact', ({ alpha0Exact }) => alpha0Exact),
  ...estimate('width', ({ width }) => width),
  ['emergence', ({ emergence }) => emergence.value],
  ['emergence_low', ({ emergence }) => emergence.ci95?.[0] ?? null],
  ['emergence_high', ({ emergence }) => emergence.ci95?.[1] ?? null],
  ['emergence_reason', ({ emergence }) => emergence.reason?.code ?? null],
  ['emergence_reason_text', ({ emergence }) => emergence.reason && factText(emergence.reason)],
  ['emergence_from', ({ emergence }) => emergence.from],
  ['baseline', (_, { baseline }) => baseline.kind],
  ['baseline_step', (_, { baseline }) => baseline.step],
  ['baseline_weights', (_, { baseline }) => baseline.point?.checkpoint.weights.kind ?? null],
  ['baseline_weights_source', (_, { baseline }) => baseline.point?.checkpoint.weights.source ?? null],
  ['emergence_method', ({ emergence }) => emergence.method],
  ['emergence_gaussian', ({ nulls }) => nulls?.gaussian.emergence.value ?? null],
  ['emergence_shuffled', ({ nulls }) => nulls?.shuffled.emergence.value ?? null],
  ...interval('size', ({ parts }) => parts?.size),
  ...interval('tails', ({ parts }) => parts?.tails),
  ...interval('arrangement', ({ parts }) => parts?.arrangement),
  ...interval('beyond_alpha0', ({ beyond }) => beyond?.alpha0),
  ['beyond_alpha0_p', ({ beyond }) => beyond?.alpha0.p ?? null],
  ...interval('beyond_width', ({ beyond }) => beyond?.width),
  ['beyond_width_p', ({ beyond }) => beyond?.width.p ?? null],
  ['non_finite', ({ nonFinite }) => nonFinite.weights],
  ['r2_mean', ({ r2Mean }) => r2Mean],
  ['r2_min', ({ r2Min }) => r2Min],
  ['scaling', ({ scaling }) => scaling?.kind ?? null],
  ['scaling_ratio', ({ scaling }) => scaling?.ratio ?? null],
  ['nodes_kept', ({ nodesKept }) => nodesKept],
  ['common_nodes', ({ common }) => common?.nodesKept ?? null],
  ...interval('emergence_all', ({ common }) => common?.all),
  ['fingerprint', ({ checkpoint }) => checkpoint.fingerprint],
  ['epoch', ({ epoch }) => epoch ?? null],
  ['tokens', ({ tokens }) => tokens ?? null],
  ['base', ({ checkpoint }) => checkpoint.adapter?.base?.name ?? null],
];

export function seriesAsCsv(all: readonly RunSeries[]): string {
  const columns = [...COLUMNS, ...drawsColumn(all), ...metricColumns(all)];
  const rows = all.flatMap((series) =>
    series.points.map((point) => csvLine(columns.map(([, cell]) => cell(point, series)))),
  );
  return [csvLine(columns.map(([title]) => title)), ...rows].join('');
}

/** How neurons were drawn, where any run has them otherwise than the paper. */
function drawsColumn(all: readonly RunSeries[]): Column[] {
  const otherwise = all.some(({ settings }) => settings.draws !== undefined);
  return otherwise ? [['draws', (_, { settings }) => settings.draws ?? 'scattered']] : [];
}

/** A column for each metric of any run. */
function metricColumns(all: readonly RunSeries[]): Column[] {
  const names = new Set(all.flatMap(({ metrics }) => metrics?.values.map(({ name }) => name) ?? []));
  return [...names].map((name) => {
    const values = new Map<RunPoint, number | null>();
    for (const { points, metrics } of all) {
      const own = metrics?.values.find((metric) => metric.name === name)?.values;
      for (const [i, point] of points.entries()) values.set(point, own?.[i] ?? null);
    }
    return [`metric_${name}`, (point) => values.get(point) ?? null];
  });
}

const SPECIFICATION_COLUMNS: readonly [
  title: string,
  cell: (of: Specification, series: RunSeries) => CsvCell,
][] = [
  ['run', (_, { run }) => run.name],
  ['step', ({ step }) => step],
  ['checkpoint', ({ checkpoint }) => checkpoint],
  ['factor', ({ factor }) => factor],
  ['choice', (specification) => specificationName(specification)],
  ['emergence', ({ emergence }) => emergence.value],
  ['emergence_low', ({ emergence }) => emergence.ci95?.[0] ?? null],
  ['emergence_high', ({ emergence }) => emergence.ci95?.[1] ?? null],
  ['emergence_reason', ({ emergence }) => emergence.reason?.code ?? null],
  ['emergence_gaussian', ({ gaussian }) => gaussian.value],
  ['emergence_gaussian_low', ({ gaussian }) => gaussian.ci95?.[0] ?? null],
  ['emergence_gaussian_high', ({ gaussian }) => gaussian.ci95?.[1] ?? null],
  ['beyond_alpha0', ({ beyond }) => beyond?.alpha0.value ?? null],
  ['beyond_width', ({ beyond }) => beyond?.width.value ?? null],
  ['nodes_kept', ({ nodesKept }) => nodesKept],
  ['scaling_ratio', ({ scaling }) => scaling?.ratio ?? null],
  ['r2', ({ r2 }) => r2],
  ['scales', ({ scales }) => (scales === null ? null : String(scales))],
  ['threshold', ({ settings }) => settings.threshold],
  ['neurons', ({ settings }) => settings.neurons],
  ['transfer', ({ settings }) => settings.transfer],
  ['scale_free', ({ settings }) => settings.scaleFree || null],
  ['radii_from', ({ settings }) => (settings.radii.rule === 'fixed' ? settings.radii.lo : null)],
  ['q_min', ({ settings }) => settings.q[0]!],
  ['q_max', ({ settings }) => settings.q.at(-1)!],
  ['part', ({ settings }) => settings.subset && subsetName(settings.subset, english)],
  ['population', ({ common }) => (common ? 'common' : 'all')],
];

/** The specification curves, a line per specification, from the smallest E to the largest. */
export function specificationsAsCsv(all: readonly RunSeries[]): string {
  const [draws] = drawsColumn(all);
  const rows = all.flatMap((series) =>
    (series.specifications ?? []).map((each) =>
      csvLine([
        ...SPECIFICATION_COLUMNS.map(([, cell]) => cell(each, series)),
        ...(draws ? [each.settings.draws ?? 'scattered'] : []),
      ]),
    ),
  );
  const titles = [...SPECIFICATION_COLUMNS, ...(draws ? [draws] : [])].map(([title]) => title);
  return [csvLine(titles), ...rows].join('');
}
