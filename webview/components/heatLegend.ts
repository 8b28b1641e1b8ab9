/** The scale of a heat map with its ends named, and the tools of the figure. */
import { h } from '../dom';
import type { HeatScale } from '../figures/heat';

const STEPS = 33;

/** @param scale null where nothing is colored: then there is only the title. */
export function heatLegend(
  title: string,
  scale: HeatScale | null,
  ends: readonly string[],
  tools: HTMLElement | null = null,
): HTMLElement {
  return h(
    'div',
    { class: 'heat-legend' },
    h('div', { class: 'figure-head' }, h('p', { class: 'figure-title' }, title), tools),
    scale && barOf(scale),
    scale && h('div', { class: 'heat-ends' }, ...ends.map((end) => h('span', {}, end))),
  );
}

function barOf({ min, max, color }: HeatScale): HTMLElement {
  const bar = h('div', { class: 'heat-bar', 'aria-hidden': 'true' });
  for (let index = 0; index < STEPS; index++) {
    const piece = h('span');
    piece.style.backgroundColor = color(min + ((max - min) * index) / (STEPS - 1));
    bar.append(piece);
  }
  return bar;
}
