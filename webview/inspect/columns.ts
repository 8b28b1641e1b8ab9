/** The names of the columns. */
import { t } from '../l10n';
import type { Column } from './order';

export function columnTitle(column: Column): string {
  switch (column) {
    case 'name':
      return t('Name');
    case 'dtype':
      return t('Type');
    case 'shape':
      return t('Shape');
    case 'bytes':
      return t('Size');
    case 'role':
      return t('Role');
    case 'place':
      return t('Projection, or why left out');
  }
}
