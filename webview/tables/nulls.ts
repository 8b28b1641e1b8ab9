/** The tables behind the figures of null models, at full precision. */
import type { Value } from '../../src/protocol/nulls';
import type { RunResults } from '../data/shownRuns';
import { t } from '../l10n';
import { placed } from './runs';
import type { Cell, Column, Table } from './table';

export const valued = (key: string, label: string): Column[] => [
  { key, label },
  { key: `${key}_ci95_low`, label: t('{0} from (95 %)', label) },
  { key: `${key}_ci95_high`, label: t('{0} to (95 %)', label) },
];
export const cells = (of: Value | undefined): Cell[] => [of?.value ?? null, ...(of?.ci95 ?? [null, null])];

/** What is beyond chance at every checkpoint, and α₀ and w of its null models. */
export function beyondTable(runs: readonly RunResults[]): Table {
  return {
    id: 'beyond',
    title: t('Beyond chance'),
    columns: [
      ...placed(),
      ...valued('beyond_w', t('beyond w')),
      { key: 'beyond_w_p', label: t('p of beyond w') },
      ...valued('beyond_alpha0', t('beyond α₀')),
      { key: 'beyond_alpha0_p', label: t('p of beyond α₀') },
      { key: 'alpha0_shuffled', label: t('α₀ reshuffled') },
      { key: 'alpha0_gaussian', label: t('α₀ Gaussian') },
      { key: 'w_shuffled', label: t('w reshuffled') },
      { key: 'w_gaussian', label: t('w Gaussian') },
    ],
    rows: runs.flatMap(({ name, series: { points } }) =>
      points.map(({ step, checkpoint, beyond, nulls }): Cell[] => [
        name,
        step,
        checkpoint.name,
        ...cells(beyond?.width),
        beyond?.width.p ?? null,
        ...cells(beyond?.alpha0),
        beyond?.alpha0.p ?? null,
        nulls?.shuffled.alpha0.mean ?? null,
        nulls?.gaussian.alpha0.mean ?? null,
        nulls?.shuffled.width.mean ?? null,
        nulls?.gaussian.width.mean ?? null,
      ]),
    ),
  };
}

/** The parts of E at every checkpoint, and E of its null models. */
export function partsTable(runs: readonly RunResults[]): Table {
  return {
    id: 'parts',
    title: t('What E is made of'),
    columns: [
      ...placed(),
      ...valued('e', 'E'),
      ...valued('size', t('size')),
      ...valued('tails', t('tails')),
      ...valued('arrangement', t('arrangement')),
      ...valued('e_gaussian', t('E Gaussian')),
      ...valued('e_shuffled', t('E reshuffled')),
    ],
    rows: runs.flatMap(({ name, series: { points } }) =>
      points.map(({ step, checkpoint, emergence, parts, nulls }): Cell[] => [
        name,
        step,
        checkpoint.name,
        ...cells(emergence),
        ...cells(parts?.size),
        ...cells(parts?.tails),
        ...cells(parts?.arrangement),
        ...cells(nulls?.gaussian.emergence),
        ...cells(nulls?.shuffled.emergence),
      ]),
    ),
  };
}
