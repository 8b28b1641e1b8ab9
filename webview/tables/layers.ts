/** One row per projection of a full network. */
import type { Analyzed } from '../data/analyzed';
import { layerSd, layerValue } from '../data/layers';
import { t } from '../l10n';
import type { Cell, Table } from './table';

export function layersTable(items: readonly Analyzed[]): Table {
  return {
    id: 'layers',
    title: t('Layers'),
    columns: [
      { key: 'checkpoint', label: t('checkpoint') },
      { key: 'projection', label: t('projection') },
      { key: 'block', label: t('block') },
      { key: 'role', label: t('role') },
      { key: 'sources', label: t('sources') },
      { key: 'targets', label: t('targets') },
      { key: 'neurons', label: t('neurons') },
      { key: 'neurons_dropped', label: t('dropped') },
      { key: 'edges_kept', label: t('edges kept') },
      { key: 'alpha0', label: 'α₀' },
      { key: 'alpha0_gaussian', label: t('α₀ Gaussian') },
      { key: 'alpha0_difference', label: t('difference') },
      { key: 'alpha0_gaussian_sd', label: t('α₀ Gaussian sd') },
      { key: 'alpha0_shuffled', label: t('α₀ reshuffled') },
      { key: 'alpha0_shuffled_sd', label: t('α₀ reshuffled sd') },
      { key: 'alpha0_exact', label: 'τ′(0)' },
      { key: 'w', label: 'w' },
      { key: 'w_gaussian', label: t('w Gaussian') },
      { key: 'w_gaussian_sd', label: t('w Gaussian sd') },
      { key: 'w_shuffled', label: t('w reshuffled') },
      { key: 'w_shuffled_sd', label: t('w reshuffled sd') },
      { key: 'nfd_median', label: t('NFD median') },
      { key: 'nfd_missing', label: t('NFD missing') },
    ],
    rows: items.flatMap(({ name, result }) =>
      (result.perProjection ?? []).map((p): Cell[] => [
        name,
        p.name,
        p.block,
        p.role,
        p.sources,
        p.targets,
        p.nodes,
        p.nodesDropped,
        p.edgesKept,
        p.alpha0,
        p.nulls?.gaussian.alpha0.mean ?? p.gaussian?.alpha0 ?? null,
        layerValue(p, 'difference'),
        layerSd(p, 'difference'),
        p.nulls?.shuffled.alpha0.mean ?? null,
        layerSd(p, 'alpha0-shuffled'),
        p.alpha0Exact,
        p.width,
        p.nulls?.gaussian.width.mean ?? p.gaussian?.width ?? null,
        layerSd(p, 'width-gaussian'),
        p.nulls?.shuffled.width.mean ?? null,
        layerSd(p, 'width-shuffled'),
        layerValue(p, 'nfd'),
        p.nfd.missing,
      ]),
    ),
  };
}
