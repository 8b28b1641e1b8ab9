/** The table behind the specification curve, at full precision. */
import { specificationName } from '../../src/protocol/specificationWords';
import { subsetName } from '../../src/protocol/subset';
import type { RunResults } from '../data/shownRuns';
import { t } from '../l10n';
import { wordsOf } from '../words/facts';
import { placed } from './runs';
import { cells, valued } from './nulls';
import type { Cell, Table } from './table';

/** Every specification of every run, from the smallest E to the largest; empty where none was requested. */
export function specificationsTable(runs: readonly RunResults[]): Table {
  return {
    id: 'specifications',
    title: t('How E depends on the settings'),
    columns: [
      ...placed(),
      { key: 'factor', label: t('what is changed') },
      { key: 'choice', label: t('choice') },
      ...valued('e', 'E'),
      ...valued('e_gaussian', t('E Gaussian')),
      ...valued('beyond_w', t('beyond w')),
      { key: 'neurons_kept', label: t('neurons kept') },
      { key: 'slope_ratio', label: t('ratio of local slopes') },
      { key: 'r2', label: t('mean R²') },
      { key: 'scales', label: t('scales') },
      { key: 'threshold', label: 'T' },
      { key: 'neurons', label: 'k' },
      { key: 'transfer', label: t('transfer') },
      { key: 'scale_free', label: t('scale-free') },
      { key: 'radii_from', label: t('radii from') },
      { key: 'q_min', label: t('q from') },
      { key: 'q_max', label: t('q to') },
      { key: 'part', label: t('part') },
      { key: 'population', label: t('neurons of E') },
      { key: 'note', label: t('note') },
    ],
    rows: runs.flatMap(({ name, series: { specifications = [] } }) =>
      specifications.map((each): Cell[] => {
        const { settings, emergence } = each;
        return [
          name,
          each.step,
          each.checkpoint,
          each.factor,
          specificationName(each, t),
          ...cells(emergence),
          ...cells(each.gaussian),
          ...cells(each.beyond?.width),
          each.nodesKept,
          each.scaling?.ratio ?? null,
          each.r2,
          each.scales === null ? null : each.scales ? t('yes') : t('no'),
          settings.threshold,
          settings.neurons,
          settings.transfer,
          settings.scaleFree || null,
          settings.radii.rule === 'fixed' ? settings.radii.lo : null,
          settings.q[0]!,
          settings.q.at(-1)!,
          settings.subset && subsetName(settings.subset, t),
          each.common ? t('common to both ends') : t('all'),
          emergence.reason && wordsOf(emergence.reason),
        ];
      }),
    ),
  };
}
