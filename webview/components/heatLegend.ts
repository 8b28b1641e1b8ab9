/** The scale of a heat map with its ends named, and the tools of the figure. */
import { h } from '../dom';
import type { HeatScale } from '../figures/heat';

const STEPS = 33;

export function heatLegend(
  title: string,
  { min, max, color }: HeatScale,
  ends: readonly string[],
  tools: HTMLElement | null = null,
): HTMLElement {
  const bar = h('div', { class: 'heat-bar', 'aria-hidden': 'true' });
  for (let index = 0; index < STEPS; index++) {
    const piece = h('span');
    piece.style.backgroundColor = color(min + ((max - min) * index) / (STEPS - 1));
    bar.append(piece);
  }
  return h(
    'div',
    { class: 'heat-legend' },
    h('div', { class: 'figure-head' }, h('p', { class: 'figure-title' }, title), tools),
    bar,
    h('div', { class: 'heat-ends' }, ...ends.map((end) => h('span', {}, end))),
  );
}
