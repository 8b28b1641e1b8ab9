/** A data table that scrolls inside itself, never the page sideways. */
import { h } from '../dom';
import { cellText } from './cellText';
import { integer, NOTHING, significant } from '../../src/protocol/format';
import type { Cell, Table } from '../tables/table';

function text(cell: Cell): string {
  if (cell === null) return NOTHING;
  if (typeof cell === 'string') return cell;
  // Rounding errors around an exact zero (f at q = 0) carry no information.
  if (Math.abs(cell) < 1e-12) return '0';
  return Number.isInteger(cell) ? integer(cell) : significant(cell, 5);
}

/** First columns that say what a row is of: where it is narrow, they stand above the row's numbers. */
const PLACES = [['run', 'step', 'checkpoint'], ['run', 'metric'], ['metric'], ['figure']];

/** Shows `table`; cells without a value contain "–". */
export function tableView(table: Table): HTMLElement {
  const numeric = table.columns.map((_, index) => table.rows.every((row) => typeof row[index] !== 'string'));
  const place = PLACES.find((keys) => keys.every((key, index) => table.columns[index]?.key === key)) ?? [];
  const cls = (index: number): string =>
    [numeric[index] && 'number', ...(index < place.length ? ['above', `at-${place[index]!}`] : [])]
      .filter(Boolean)
      .join(' ');
  return h(
    'div',
    {
      class: `table-scroll${place.length > 0 ? ' stacked' : ''}`,
      tabindex: 0,
      role: 'region',
      'aria-label': table.title,
      'data-testid': `table-${table.id}`,
    },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ...table.columns.map(({ label }, i) =>
            h(
              'th',
              { scope: 'col', class: cls(i) },
              // Percent signs stay on the line of their numbers.
              i < place.length
                ? cellText(label)
                : h('span', { class: 'words' }, label.replaceAll(' %', '\u00a0%')),
            ),
          ),
        ),
      ),
      h(
        'tbody',
        {},
        table.rows.map((row) =>
          h(
            'tr',
            {},
            row.map((cell, i) => {
              const shown = text(cell);
              const above = i < place.length;
              return h(
                'td',
                { class: cls(i), title: above ? shown : undefined },
                above || !numeric[i] ? cellText(shown) : shown,
              );
            }),
          ),
        ),
      ),
    ),
  );
}
