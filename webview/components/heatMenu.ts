/** The menu of a heat map: as that of a chart, by its button or on the table itself. */
import { toolButton } from './controls';
import { figureMenu, type FigureOutput } from './figureMenu';
import type { Popup } from './menu';

/** @param table what {@link heatMap} has made. */
export function heatMenu(id: string, table: HTMLElement, output: FigureOutput): Popup {
  const popup = figureMenu(id, toolButton, output);
  table.addEventListener('contextmenu', (event) => {
    event.preventDefault();
    const cell = event.target as HTMLElement;
    const { left, bottom } = cell.getBoundingClientRect();
    popup.openAt(event.button === 2 ? { x: event.clientX, y: event.clientY } : { x: left, y: bottom }, cell);
  });
  return popup;
}
