/** Correlations of metrics beside runs with α₀, w and E, at full precision. */
import { integer, bracketed, decimal, significant } from '../../src/protocol/format';
import type { AcrossRuns } from '../../src/protocol/metrics';
import { metricFigureName } from '../../src/protocol/metricWords';
import type { RunResults } from '../data/shownRuns';
import { t } from '../l10n';
import type { Cell, Table } from './table';

export function correlationsTable(runs: readonly RunResults[]): Table {
  return {
    id: 'metrics',
    title: t('Correlations with metrics'),
    columns: [
      { key: 'run', label: t('Run') },
      { key: 'metric', label: t('Metric') },
      { key: 'figure', label: t('With') },
      { key: 'n', label: 'n' },
      { key: 'pearson', label: 'Pearson' },
      { key: 'spearman', label: 'Spearman' },
      { key: 'kendall', label: t('Kendall’s τ-b') },
      { key: 'differences', label: t('Differences') },
      { key: 'n_eff', label: t('Effective n') },
    ],
    rows: runs.flatMap(({ name, series: { correlations = [] } }) =>
      correlations.map((row): Cell[] => [
        name,
        row.metric,
        metricFigureName(row.figure, t),
        row.n,
        row.pearson,
        row.spearman,
        row.kendall,
        row.differences,
        row.nEff,
      ]),
    ),
  };
}

/** The same as {@link acrossTable} for people: each value with its interval. */
export function acrossForReaders({ correlations, ...across }: AcrossRuns): Table {
  return {
    ...acrossTable({ ...across, correlations }),
    columns: [
      { key: 'metric', label: t('Metric') },
      { key: 'figure', label: t('With') },
      { key: 'runs', label: t('Runs') },
      { key: 'pearson', label: t('{0} [95 %]', 'Pearson') },
      { key: 'spearman', label: t('{0} [95 %]', 'Spearman') },
      { key: 'kendall', label: t('Kendall’s τ-b (p)') },
    ],
    rows: correlations.map(({ metric, figure, n, pearson, spearman, kendall }): Cell[] => [
      metric,
      metricFigureName(figure, t),
      n,
      bracketed(pearson.value, pearson.ci95),
      bracketed(spearman.value, spearman.ci95),
      `${decimal(kendall.value)} (${significant(kendall.p, 2)})`,
    ]),
  };
}

export function acrossTable({ step, correlations }: AcrossRuns): Table {
  return {
    id: 'across-runs',
    title: t('Correlations across runs at step {0}', integer(step)),
    columns: [
      { key: 'metric', label: t('Metric') },
      { key: 'figure', label: t('With') },
      { key: 'runs', label: t('Runs') },
      { key: 'pearson', label: 'Pearson' },
      { key: 'pearson_ci95_low', label: t('{0} from (95 %)', 'Pearson') },
      { key: 'pearson_ci95_high', label: t('{0} to (95 %)', 'Pearson') },
      { key: 'spearman', label: 'Spearman' },
      { key: 'spearman_ci95_low', label: t('{0} from (95 %)', 'Spearman') },
      { key: 'spearman_ci95_high', label: t('{0} to (95 %)', 'Spearman') },
      { key: 'kendall', label: t('Kendall’s τ-b') },
      { key: 'kendall_p', label: t('p of Kendall’s τ-b') },
    ],
    rows: correlations.map(({ metric, figure, n, pearson, spearman, kendall }): Cell[] => [
      metric,
      metricFigureName(figure, t),
      n,
      pearson.value,
      ...(pearson.ci95 ?? [null, null]),
      spearman.value,
      ...(spearman.ci95 ?? [null, null]),
      kendall.value,
      kendall.p,
    ]),
  };
}
