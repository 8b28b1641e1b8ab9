/** Metrics beside a run for people: the files, their correlations with E, and what these mean. */
import { relative } from 'node:path';
import { isBelow } from '../core/storage/withinFolders';
import { decimal, NOTHING, significant } from '../protocol/format';
import type { AcrossCorrelation, AcrossRuns, Correlation } from '../protocol/metrics';
import {
  acrossSentence,
  countedFromZero,
  metricFigureName,
  metricSentences,
  withinOneRun,
} from '../protocol/metricWords';
import type { Value } from '../protocol/nulls';
import type { RunSeries } from '../protocol/run';
import { shortened, visible } from '../protocol/visible';
import { valueText } from './analysisText';
import { formatTable, type Column } from './table';

/** Number of tasks shown of suites with hundreds; JSON and reports have all. */
const MAX_SHOWN = 8;

const number = (title: string, of: (row: Correlation) => number | null, digits = 3): Column<Correlation> => ({
  title,
  align: 'right',
  text: (row) => decimal(of(row), digits),
});

const COLUMNS: readonly Column<Correlation>[] = [
  { title: 'metric', text: ({ metric }) => shortened(metric, 60) },
  { title: 'with', text: ({ figure }) => metricFigureName(figure) },
  { title: 'n', align: 'right', text: ({ n }) => String(n) },
  number('Pearson', ({ pearson }) => pearson),
  number('Spearman', ({ spearman }) => spearman),
  number('Kendall', ({ kendall }) => kendall),
  number('differences', ({ differences }) => differences),
  number('n eff', ({ nEff }) => nEff, 1),
];

/** Empty where no metrics are known. */
export function metricsText({ run, metrics, correlations = [] }: RunSeries): string {
  if (!metrics) return '';
  const files = metrics.files.map(({ path, ...rest }) => ({
    ...rest,
    path: isBelow(path, run.path) ? relative(run.path, path) : path,
  }));
  const known = correlations.filter(({ pearson }) => pearson !== null);
  const { rows, names, more } = firstMetrics(known);
  const correlated = new Set(known.map(({ metric }) => metric));
  const few = metrics.values.flatMap(({ name }) => (correlated.has(name) ? [] : [name]));
  const notes = [
    more > 0 ? `${more} more metrics: --json` : '',
    few.length === 1 ? `${few[0]!} has too few values at the steps of checkpoints, or does not vary` : '',
    few.length > 1
      ? `${few.length} metrics have too few values at the steps of checkpoints, or do not vary`
      : '',
    ...countedFromZero(files).slice(0, MAX_FILES),
    ...metricSentences(rows.filter(({ metric }) => names.has(metric))),
    known.length > 0 ? withinOneRun() : '',
  ];
  return [
    `${visible(`metrics from ${listed(files.map(({ path }) => path))}`)}\n`,
    rows.length > 0 ? formatTable(COLUMNS, rows) : '',
    ...notes.filter(Boolean).map((note) => `${visible(note)}\n`),
  ].join('');
}

const MAX_FILES = 3;
const listed = (files: readonly string[]): string =>
  files.length <= MAX_FILES
    ? files.join(', ')
    : `${files.slice(0, MAX_FILES).join(', ')} and ${files.length - MAX_FILES} more`;

const value = (title: string, of: (row: AcrossCorrelation) => Value): Column<AcrossCorrelation> => ({
  title,
  align: 'right',
  text: (row) => valueText(of(row)),
});

const ACROSS_COLUMNS: readonly Column<AcrossCorrelation>[] = [
  { title: 'metric', text: ({ metric }) => shortened(metric, 60) },
  { title: 'with', text: ({ figure }) => metricFigureName(figure) },
  { title: 'runs', align: 'right', text: ({ n }) => String(n) },
  value('Pearson [95 %]', ({ pearson }) => pearson),
  value('Spearman [95 %]', ({ spearman }) => spearman),
  { title: 'Kendall', align: 'right', text: ({ kendall }) => decimal(kendall.value) },
  { title: 'p', align: 'right', text: ({ kendall: { p } }) => (p === null ? NOTHING : significant(p, 2)) },
];

export function acrossText(across: AcrossRuns): string {
  const { rows, more } = firstMetrics(across.correlations);
  const rest = more > 0 ? `${more} more metrics: --json\n` : '';
  return `${formatTable(ACROSS_COLUMNS, rows)}${rest}${visible(acrossSentence(across))}\n`;
}

function firstMetrics<Row extends { metric: string }>(
  all: readonly Row[],
): { rows: Row[]; names: Set<string>; more: number } {
  const every = [...new Set(all.map(({ metric }) => metric))];
  const names = new Set(every.slice(0, MAX_SHOWN));
  return { rows: all.filter(({ metric }) => names.has(metric)), names, more: every.length - names.size };
}
