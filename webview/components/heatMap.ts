/** A heat map that is a table: numbers in colored cells, headings on both sides, arrows from cell to cell. */
import { h } from '../dom';
import { NOTHING } from '../../src/protocol/format';
import { inkOn, type HeatScale } from '../figures/heat';
import { hint, openGuide } from './hint';

export interface HeatCell {
  value: number;
  /** The text printed in the cell. */
  text: string;
  /** All details of the cell. */
  details: string;
  /** Whether it has no color: the number is within chance. */
  plain?: boolean;
}

export interface HeatMapInput {
  title: string;
  corner: string;
  columns: string[];
  rows: { heading: string; cells: (HeatCell | { value: null; details: string } | null)[] }[];
  scale: HeatScale;
}

/** Where the guide explains heat maps. */
const TOPIC = 'layers';

const MOVES: Record<string, [number, number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  PageUp: [-10, 0],
  PageDown: [10, 0],
  Home: [0, -Infinity],
  End: [0, Infinity],
};

/** Builds the table; only one cell at a time is in the tab order. */
export function heatMap({ title, corner, columns, rows, scale }: HeatMapInput): HTMLElement {
  const cells = rows.map((row) => row.cells.map((cell) => heatCell(cell, scale)));
  const head = (text: string): HTMLElement =>
    h('th', { scope: 'col', role: 'columnheader' }, ...breakable(text));
  const table = h(
    'table',
    { class: 'heat', role: 'grid', 'aria-label': title, 'data-testid': 'heat-map' },
    h('thead', {}, h('tr', {}, head(corner), ...columns.map(head))),
    h(
      'tbody',
      {},
      ...rows.map(({ heading }, index) =>
        h('tr', {}, h('th', { scope: 'row', role: 'rowheader' }, heading), ...cells[index]!),
      ),
    ),
  );
  if (cells[0]?.[0]) cells[0][0].tabIndex = 0;
  table.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') openGuide(TOPIC);
    const move = MOVES[event.key];
    const row = cells.findIndex((line) => line.includes(event.target as HTMLElement));
    if (!move || row < 0) return;
    event.preventDefault();
    const clamp = (value: number, length: number): number => Math.max(0, Math.min(length - 1, value));
    const column = cells[row]!.indexOf(event.target as HTMLElement);
    const next = cells[clamp(row + move[0], cells.length)]![clamp(column + move[1], columns.length)]!;
    cells[row]![column]!.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
  return h('div', { class: 'table-scroll heat-scroll' }, table);
}

function heatCell(cell: HeatMapInput['rows'][number]['cells'][number], scale: HeatScale): HTMLElement {
  const attributes = { role: 'gridcell', tabindex: -1 };
  if (cell === null) return h('td', { ...attributes, class: 'absent' });
  if (cell.value === null) return hint(h('td', attributes, NOTHING), cell.details, TOPIC);
  const element = hint(h('td', attributes, cell.text), cell.details, TOPIC);
  if (cell.plain) return element;
  const color = scale.color(cell.value);
  element.style.backgroundColor = color;
  element.style.color = inkOn(color);
  return element;
}

/** Role names may break after their dots and underscores, so that columns stay narrow. */
function breakable(text: string): (Node | string)[] {
  return text.split(/(?<=[._])/).flatMap((part, index) => (index === 0 ? [part] : [h('wbr'), part]));
}
