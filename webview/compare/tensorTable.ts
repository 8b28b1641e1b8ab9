/** What became of every tensor: a table that its headings sort. */
import { CHANGE_NUMBERS, type Compared } from '../../src/protocol/comparePanel';
import { decimal, integer, NOTHING, percent, significant } from '../../src/protocol/format';
import { h, icon, onClick } from '../dom';
import { t } from '../l10n';

export const COLUMNS = ['name', 'shape', 'type', ...CHANGE_NUMBERS] as const;
export type Column = (typeof COLUMNS)[number];

export interface Order {
  column: Column;
  descending: boolean;
}

/** More rows than anyone reads; files have all. */
const MOST_ROWS = 1000;

type Tensors = Compared['tensors'];

const isNumber = (column: Column): column is (typeof CHANGE_NUMBERS)[number] =>
  CHANGE_NUMBERS.some((each) => each === column);

function numberOf({ numbers }: Tensors, tensor: number, column: (typeof CHANGE_NUMBERS)[number]): number {
  return numbers[CHANGE_NUMBERS.length * tensor + CHANGE_NUMBERS.indexOf(column)]!;
}

const textsOf = ({ names, shapes, types }: Tensors, column: 'name' | 'shape' | 'type'): string[] =>
  ({ name: names, shape: shapes, type: types })[column];

/** Places of tensors; those without a number come last, equal ones stay as they are. */
export function orderOf(tensors: Tensors, { column, descending }: Order): number[] {
  const places = tensors.names.map((_, index) => index);
  const sign = descending ? -1 : 1;
  if (!isNumber(column)) {
    const texts = textsOf(tensors, column);
    const { compare } = new Intl.Collator('en', { numeric: true });
    return places.sort((a, b) => sign * compare(texts[a]!, texts[b]!));
  }
  return places.sort((a, b) => {
    const [x, y] = [numberOf(tensors, a, column), numberOf(tensors, b, column)];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
    return sign * (x - y);
  });
}

function printed(value: number, column: (typeof CHANGE_NUMBERS)[number]): string {
  if (Number.isNaN(value)) return NOTHING;
  switch (column) {
    case 'relative':
      return significant(value, 3);
    case 'cosine':
      return decimal(value, 4);
    case 'equal':
      return percent(value);
    default:
      return integer(value);
  }
}

const titleOf = (column: Column): string =>
  ({
    name: t('Tensor'),
    shape: t('Shape'),
    type: t('Type'),
    relative: '‖B − A‖ / ‖A‖',
    cosine: t('Cosine'),
    equal: t('Equal values'),
    nonFinite: t('NaN or infinite'),
    elements: t('Values'),
  })[column];

/** @param sort called with another order. */
export function tensorTable(tensors: Tensors, order: Order, sort: (order: Order) => void): HTMLElement[] {
  const places = orderOf(tensors, order).slice(0, MOST_ROWS);
  const left = tensors.names.length - places.length;
  const heading = (column: Column): HTMLElement => {
    const isOrder = column === order.column;
    const direction = order.descending ? 'descending' : 'ascending';
    const button = h(
      'button',
      { type: 'button', class: 'tool', 'data-testid': `sort-${column}` },
      titleOf(column),
      isOrder && icon(order.descending ? 'chevron-down' : 'chevron-up'),
    );
    return h(
      'th',
      {
        scope: 'col',
        class: isNumber(column) ? 'number' : undefined,
        'aria-sort': isOrder ? direction : undefined,
      },
      onClick(button, () => {
        sort({ column, descending: isOrder ? !order.descending : isNumber(column) });
      }),
    );
  };
  const cell = (tensor: number, column: Column): HTMLElement =>
    isNumber(column)
      ? h('td', { class: 'number' }, printed(numberOf(tensors, tensor, column), column))
      : h('td', {}, textsOf(tensors, column)[tensor]);
  return [
    h(
      'div',
      {
        class: 'table-scroll',
        tabindex: 0,
        role: 'region',
        'aria-label': t('Tensors'),
        'data-testid': 'table-tensors',
      },
      h(
        'table',
        {},
        h('thead', {}, h('tr', {}, ...COLUMNS.map(heading))),
        h(
          'tbody',
          {},
          places.map((tensor) =>
            h(
              'tr',
              {},
              COLUMNS.map((column) => cell(tensor, column)),
            ),
          ),
        ),
      ),
    ),
    ...(left > 0 ? [h('p', { class: 'note' }, t('and {0} more; the CSV file has all', integer(left)))] : []),
  ];
}
