/**
 * The table of tensors: a grid following the ARIA pattern of which only the visible rows exist. Arrows, Page Up and
 * Down, Home and End move the active row; the headings sort.
 */
import { h, icon, onClick } from '../dom';
import { bytes } from '../../src/protocol/format';
import { t } from '../l10n';
import { columnTitle } from './columns';
import { COLUMNS, type Column, type Order } from './order';
import { shapeText, type Tensors } from './tensors';
import { scrolledHeight, scrollTo, windowOf, type View } from './virtualRows';

interface Row {
  element: HTMLElement;
  cells: HTMLElement[];
  tensor: number;
}

export interface GridActions {
  sort: (column: Column) => void;
  /** Called when another row has become active. */
  choose: (tensor: number | null) => void;
  /** Called when the view has scrolled. */
  moved: () => void;
}

export class TensorGrid {
  readonly element: HTMLElement;
  readonly #scroller: HTMLElement;
  readonly #spacer: HTMLElement;
  readonly #body: HTMLElement;
  readonly #headings: Map<Column, HTMLElement>;
  readonly #rows: Row[] = [];
  #order: Uint32Array = new Uint32Array();
  /** Position of the active row in the order. */
  #active: number | null = null;
  #rowHeight = 0;
  #frame = 0;

  constructor(
    private readonly tensors: Tensors,
    private readonly actions: GridActions,
  ) {
    this.#headings = new Map(COLUMNS.map((column) => [column, this.#heading(column)]));
    this.#body = h('div', { class: 'grid-body', role: 'rowgroup' });
    this.#spacer = h('div', { class: 'grid-spacer', role: 'presentation' }, this.#body);
    this.#scroller = h('div', { class: 'grid-scroll', role: 'presentation' }, this.#spacer);
    this.element = h(
      'div',
      {
        class: 'grid',
        role: 'grid',
        tabindex: 0,
        'aria-label': t('Tensors'),
        'aria-colcount': COLUMNS.length,
        'aria-readonly': 'true',
        'data-testid': 'tensors',
      },
      h(
        'div',
        { class: 'grid-head', role: 'rowgroup' },
        h('div', { class: 'grid-row', role: 'row', 'aria-rowindex': 1 }, ...this.#headings.values()),
      ),
      this.#scroller,
    );
    this.#scroller.addEventListener('scroll', () => {
      this.#later();
      this.actions.moved();
    });
    this.#body.addEventListener('click', (event) => {
      const row = (event.target as Element).closest<HTMLElement>('[data-row]');
      if (row) this.#choose(Number(row.dataset['row']));
    });
    this.element.addEventListener('keydown', (event) => {
      this.#key(event);
    });
    new ResizeObserver(() => {
      this.#rowHeight = 0;
      this.#later();
    }).observe(this.#scroller);
  }

  /** Shows these tensors, from the top unless the position is to stay. */
  show(order: Uint32Array, { column, descending }: Order, keepPosition = false): void {
    const tensor = this.#active === null ? null : this.#order[this.#active]!;
    this.#order = order;
    for (const [each, heading] of this.#headings) {
      const direction = descending ? 'descending' : 'ascending';
      heading.setAttribute('aria-sort', each === column ? direction : 'none');
    }
    this.element.setAttribute('aria-rowcount', String(order.length + 1));
    const at = tensor === null ? -1 : order.indexOf(tensor);
    this.#active = at < 0 ? null : at;
    if (at < 0 && tensor !== null) this.actions.choose(null);
    for (const row of this.#rows) row.tensor = -1;
    if (!keepPosition) this.#scroller.scrollTop = 0;
    this.#draw();
  }

  /** Makes the row of `tensor` the active one, if it is shown. */
  select(tensor: number): void {
    const at = this.#order.indexOf(tensor);
    if (at >= 0) this.#choose(at);
  }

  get scrollTop(): number {
    return this.#scroller.scrollTop;
  }

  set scrollTop(value: number) {
    this.#draw();
    this.#scroller.scrollTop = value;
    this.#draw();
  }

  #heading(column: Column): HTMLElement {
    const button = h('button', { type: 'button', 'data-testid': `sort-${column}` }, columnTitle(column));
    button.append(icon('chevron-up'));
    return h(
      'div',
      { class: `grid-cell ${column}`, role: 'columnheader', 'aria-sort': 'none' },
      onClick(button, () => {
        this.actions.sort(column);
      }),
    );
  }

  #view(): View {
    // A row's height changes with the font and the width of the page.
    this.#rowHeight ||= this.#measure();
    return {
      rows: this.#order.length,
      rowHeight: this.#rowHeight,
      height: this.#scroller.clientHeight,
      scrollTop: this.#scroller.scrollTop,
    };
  }

  #measure(): number {
    if (this.#rows.length === 0) this.#addRow();
    const { element } = this.#rows[0]!;
    element.hidden = false;
    return element.getBoundingClientRect().height || 22;
  }

  #later(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw(): void {
    const view = this.#view();
    this.#spacer.style.height = `${scrolledHeight(view)}px`;
    const { first, end, top } = windowOf(view);
    while (this.#rows.length < end - first) this.#addRow();
    this.#body.style.transform = `translateY(${top}px)`;
    for (const [i, row] of this.#rows.entries()) {
      const at = first + i;
      row.element.hidden = at >= end;
      if (at < end) this.#fill(row, at);
    }
    const active = this.#active !== null && this.#active >= first && this.#active < end;
    if (active)
      this.element.setAttribute('aria-activedescendant', this.#rows[this.#active! - first]!.element.id);
    else this.element.removeAttribute('aria-activedescendant');
  }

  #addRow(): void {
    const cells = COLUMNS.map((column) => h('div', { class: `grid-cell ${column}`, role: 'gridcell' }));
    const element = h('div', { class: 'grid-row', role: 'row', id: `row-${this.#rows.length}` }, ...cells);
    this.#rows.push({ element, cells, tensor: -1 });
    this.#body.append(element);
  }

  #fill(row: Row, at: number): void {
    const tensor = this.#order[at]!;
    row.element.dataset['row'] = String(at);
    row.element.setAttribute('aria-rowindex', String(at + 2));
    row.element.setAttribute('aria-selected', String(at === this.#active));
    if (row.tensor === tensor) return;
    row.tensor = tensor;
    const kind = this.tensors.kind(tensor);
    const projection = this.tensors.projection(tensor);
    row.element.classList.toggle('left-out', projection === null);
    const texts: Record<Column, string> = {
      name: this.tensors.names.at(tensor),
      dtype: kind.dtype,
      shape: shapeText(kind) || t('scalar'),
      bytes: bytes(kind.bytes),
      role: projection?.role ?? t('left out'),
      place: projection ? this.#place(tensor, projection.name) : (this.tensors.reason(tensor) ?? ''),
    };
    COLUMNS.forEach((column, i) => {
      row.cells[i]!.textContent = texts[column];
      if (column === 'name' || column === 'place') row.cells[i]!.title = texts[column];
    });
  }

  #place(tensor: number, name: string): string {
    const others = this.tensors.uses(tensor) - 1;
    return others > 0 ? t('{0} and {1} more', name, others) : name;
  }

  #choose(at: number): void {
    this.#active = at;
    this.#scroller.scrollTop = scrollTo(at, this.#view());
    this.#draw();
    this.actions.choose(this.#order[at]!);
  }

  #key(event: KeyboardEvent): void {
    // The headings are buttons of their own.
    if (event.target !== this.element || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = this.#order.length - 1;
    const page = Math.max(1, Math.floor(this.#scroller.clientHeight / (this.#rowHeight || 1)) - 1);
    const now = this.#active ?? -1;
    const next = {
      ArrowDown: now + 1,
      ArrowUp: now - 1,
      PageDown: now + page,
      PageUp: now - page,
      Home: 0,
      End: last,
    }[event.key];
    if (next === undefined || last < 0) return;
    event.preventDefault();
    this.#choose(Math.max(0, Math.min(last, next)));
  }
}
