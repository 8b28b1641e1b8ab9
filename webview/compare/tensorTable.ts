/** The change of every tensor. */
import type { TemplateResult } from 'lit';
import { CHANGE_NUMBERS, type Compared } from '../../src/protocol/comparePanel';
import { decimal, integer, percent, significant } from '../../src/protocol/format';
import { columnTable, type NumberColumn, type Order } from '../components/columnTable';
import { t } from '../l10n';

export const COLUMNS = ['name', 'shape', 'type', ...CHANGE_NUMBERS] as const;
type Key = (typeof CHANGE_NUMBERS)[number];

/** @param sort called with a new order. */
export function tensorTable(
  tensors: Compared['tensors'],
  order: Order<Key>,
  sort: (order: Order<Key>) => void,
): TemplateResult {
  const columns: Record<Key, Omit<NumberColumn<Key>, 'key'>> = {
    relative: { title: '‖B − A‖ / ‖A‖', print: (value) => significant(value, 3) },
    cosine: { title: t('Cosine'), print: (value) => decimal(value, 4) },
    equal: { title: t('Equal values'), print: percent },
    nonFinite: { title: t('NaN or infinite'), print: integer },
    elements: { title: t('Values'), print: integer },
  };
  return columnTable(tensors, {
    ...{ id: 'tensors', order, sort },
    columns: CHANGE_NUMBERS.map((key) => ({ key, ...columns[key] })),
  });
}
