/** A table of tensors with numbers, sorted by its headings. */
import { html, nothing, type TemplateResult } from 'lit';
import { integer, NOTHING } from '../../src/protocol/format';
import type { TensorColumns } from '../../src/protocol/tensorColumns';
import { t } from '../l10n';

const TEXTS = ['name', 'shape', 'type'] as const;
type TextKey = (typeof TEXTS)[number];

export interface Order<Key extends string> {
  column: TextKey | Key;
  descending: boolean;
}

/** The name of a number, and how it is written. */
export interface NumberColumn<Key extends string> {
  key: Key;
  title: string;
  print: (value: number) => string;
}

export interface ColumnTable<Key extends string> {
  id: string;
  columns: readonly NumberColumn<Key>[];
  order: Order<Key>;
  sort: (order: Order<Key>) => void;
  /** Turns the names into buttons; called with the index of a tensor. */
  open?: (tensor: number) => void;
}

/** More rows than anyone reads; files have all. */
const MAX_ROWS = 1000;

const textsOf = ({ names, shapes, types }: TensorColumns, column: TextKey): string[] =>
  ({ name: names, shape: shapes, type: types })[column];

/** Indices of tensors in order; those without a number come last, equal ones retain their order. */
export function orderOf<Key extends string>(
  tensors: TensorColumns,
  keys: readonly Key[],
  { column, descending }: Order<Key>,
): number[] {
  const places = tensors.names.map((_, index) => index);
  const sign = descending ? -1 : 1;
  const at = keys.findIndex((key) => key === column);
  if (at < 0) {
    const texts = textsOf(tensors, column as TextKey);
    const { compare } = new Intl.Collator('en', { numeric: true });
    return places.sort((a, b) => sign * compare(texts[a]!, texts[b]!));
  }
  const numberOf = (tensor: number): number => tensors.numbers[keys.length * tensor + at]!;
  return places.sort((a, b) => {
    const [x, y] = [numberOf(a), numberOf(b)];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
    return sign * (x - y);
  });
}

const textTitle = (column: TextKey): string =>
  ({ name: t('Tensor'), shape: t('Shape'), type: t('Type') })[column];

export function columnTable<Key extends string>(
  tensors: TensorColumns,
  { id, columns, order, sort, open }: ColumnTable<Key>,
): TemplateResult {
  const keys = columns.map(({ key }) => key);
  const places = orderOf(tensors, keys, order).slice(0, MAX_ROWS);
  const left = tensors.names.length - places.length;
  const heading = (column: TextKey | Key, title: string, isNumber: boolean): TemplateResult => {
    const isOrder = column === order.column;
    const symbol = order.descending ? 'chevron-down' : 'chevron-up';
    const next = { column, descending: isOrder ? !order.descending : isNumber };
    return html`<th
      scope="col"
      class=${isNumber ? 'number' : column === 'name' ? 'above' : nothing}
      aria-sort=${isOrder ? (order.descending ? 'descending' : 'ascending') : nothing}
    >
      <button
        type="button"
        class="tool"
        data-testid="${id}-by-${column}"
        @click=${() => {
          sort(next);
        }}
      >
        ${title}${
          isOrder ? html`<span class="codicon codicon-${symbol}" aria-hidden="true"></span>` : nothing
        }
      </button>
    </th>`;
  };
  const name = (tensor: number): TemplateResult => {
    const text = tensors.names[tensor]!;
    if (!open) return html`<div class="cell-text">${text}</div>`;
    return html`<button
      type="button"
      class="tool"
      @click=${() => {
        open(tensor);
      }}
      .textContent=${text}
    ></button>`;
  };
  const row = (tensor: number): TemplateResult =>
    html`<tr>
      <td class="tensor above" title=${tensors.names[tensor]!}>${name(tensor)}</td>
      <td>${tensors.shapes[tensor]}</td>
      <td>${tensors.types[tensor]}</td>
      ${columns.map(({ print }, i) => {
        const value = tensors.numbers[columns.length * tensor + i]!;
        return html`<td class="number">${Number.isNaN(value) ? NOTHING : print(value)}</td>`;
      })}
    </tr>`;
  return html`<div
      class="table-scroll stacked"
      tabindex="0"
      role="region"
      aria-label=${t('Tensors')}
      data-testid="table-${id}"
    >
      <table>
        <thead>
          <tr>
            ${TEXTS.map((column) => heading(column, textTitle(column), false))}
            ${columns.map(({ key, title }) => heading(key, title, true))}
          </tr>
        </thead>
        <tbody>
          ${places.map(row)}
        </tbody>
      </table>
    </div>
    ${left > 0 ? html`<p class="note">${t('{0} more are in the CSV file.', integer(left))}</p>` : nothing}`;
}
