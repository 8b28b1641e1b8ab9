import { h } from '../dom';

/** A text in a cell of a table: as wide as it is, but no wider than leaves room for numbers. */
export const cellText = (...content: (HTMLElement | string)[]): HTMLElement =>
  h('div', { class: 'cell-text' }, ...content);
